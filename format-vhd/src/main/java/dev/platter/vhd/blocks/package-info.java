/** What writers of VHD and VHDX share: chunks cut into blocks, pieces turned into placements. */
package dev.platter.vhd.blocks;

/**
 * Headers of encrypted disks and the key slots in them, wherever they lie: in front of the disk, in
 * a file of their own, or inside an image. After "LUKS1 On-Disk Format Specification" 1.2.3 and
 * "LUKS2 On-Disk Format Specification" 1.1.1. What a header says is bounded before it is believed:
 * places, lengths, and the work that a passphrase takes.
 */
package dev.platter.image.luks;

/** The data of images: up into a store or the staging area, and down, whole or a range. */
package dev.platter.server.data;

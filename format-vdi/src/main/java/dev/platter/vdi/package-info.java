/**
 * The VDI format of VirtualBox, header versions 1.x: dynamic, static, undo and differencing images,
 * read and written. There is no specification; the layout is what VirtualBox (its header
 * VDICore.h), QEMU and the libraries that read it agree on.
 *
 * <p>Where readers differ, and what is done here:
 *
 * <ul>
 *   <li>An image has a parent if, and only if, it carries the UUID of one ("linkage"). A block that
 *       is free (0xFFFFFFFF) shows the parent, or zeros where there is none; a block that is zero
 *       (0xFFFFFFFE) is zero. QEMU reads no image that has a parent. A differencing image without
 *       that UUID is refused: its free blocks would read as zeros that they are not.
 *   <li>Blocks may have any power of two as their size, and metadata in front of each ("extra
 *       data"), which is skipped. QEMU reads blocks of 1 MiB only and takes the metadata for data.
 *   <li>A disk size within a sector is rounded up to its end, as QEMU does.
 *   <li>Image type 0 is taken for a dynamic image, as QEMU does.
 *   <li>A block past the end of the file is an error; to QEMU it is zeros.
 *   <li>Data of a new image begins at a multiple of 4 KiB.
 * </ul>
 */
package dev.platter.vdi;

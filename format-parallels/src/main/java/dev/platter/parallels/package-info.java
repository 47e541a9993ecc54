/**
 * Disks of Parallels and Virtuozzo: expandable images, read and written, as QEMU's
 * docs/interop/parallels.rst specifies them; and bundles of such images with a DiskDescriptor.xml,
 * read and written to, as its docs/interop/prl-xml.rst does. ploop, which gives the format its name
 * in image services, is the same format inside of a bundle.
 *
 * <p>Where this departs from the specification, and why:
 *
 * <ul>
 *   <li>A data area that cannot be where "data_off" says (in or before the BAT, past the end of the
 *       file, not at a cluster) begins right after the BAT, as in QEMU; {@code check} tells.
 *   <li>The flag that an image is empty is told and otherwise ignored, as in QEMU: the BAT decides.
 *   <li>A cluster that lies before the data area but behind the BAT, or not where one of that area
 *       begins, is read; {@code check} tells. One that lies in the BAT or past the end of the file
 *       is an error; to QEMU, what is past the end is zeros.
 *   <li>Values of "in_use" that are not allowed are taken for zero, as in QEMU.
 *   <li>Dirty bitmaps are told by {@code info} and not used. Who writes to the disk drops the
 *       format extension with the first change, as it would not tell of that, and so does a repair;
 *       with a feature in it that is unknown and has one of the flags, both refuse. Nobody else
 *       changes an image that has an extension.
 *   <li>An image that was left in use and is sound but for that can be written to; QEMU refuses it.
 *   <li>Bundles may be split into several storages, one after the other, as Parallels Desktop makes
 *       them.
 * </ul>
 */
package dev.platter.parallels;

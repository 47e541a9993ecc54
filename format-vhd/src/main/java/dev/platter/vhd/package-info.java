/**
 * The VHD format, as "Virtual Hard Disk Image Format Specification" (Microsoft, version 1.0, 2006)
 * describes it: fixed, dynamic and differencing disks, read and written.
 *
 * <p>What goes beyond the specification, or departs from it:
 *
 * <ul>
 *   <li>The size of the guest disk is the footer's geometry for disks of Virtual PC and of QEMU
 *       (creators {@code vpc } and {@code qemu}), and the footer's current size for all others and
 *       wherever the geometry is at its maximum. This is what QEMU has done since version 10.0;
 *       {@code force_size_calc} asks for another rule.
 *   <li>A disk that is resized gets its new size as original size, too: some readers look only
 *       there. A table that becomes too short moves behind the blocks, which the specification
 *       leaves open. A differencing disk is never resized: it is as large as its parent.
 *   <li>The sector bitmaps of dynamic disks are not looked at: every writer in use fills an
 *       allocated block with zeros, and not all of them keep the bitmap. Those of differencing
 *       disks decide each sector.
 *   <li>A parent's timestamp is its modification time to some writers and its footer's time to
 *       others. A parent whose footer is younger than both can be is refused.
 *   <li>The batmap that Xen's tools put behind the table is used where it is clean.
 *   <li>A disk in use has its last footer ahead of its blocks, and a check finds that missing where
 *       the power failed as the file grew; opening the disk again puts it right. The identifier and
 *       the time stay: children tell by them who their parent is, not whether it has changed.
 *   <li>Data of a new image is aligned to 4 KiB; its sector bitmap stands right before it.
 * </ul>
 */
package dev.platter.vhd;

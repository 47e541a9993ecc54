/**
 * VMware's virtual disks, after "Virtual Disk Format 5.0" (VMware, Inc.): hosted sparse extents
 * (header versions 1 to 3, stream-optimized ones among them), flat extents, ESX server's sparse
 * extents (COWD), and, after what QEMU and others found out, seSparse extents.
 *
 * <p>Decisions where the specification is silent or files differ from it:
 *
 * <ul>
 *   <li>Every line of a descriptor must be understood: a disk never shrinks because an extent was
 *       not. An extent that the guest may not access (NOACCESS) reads as zeros.
 *   <li>A file that holds its own descriptor is that descriptor's sparse extent, whatever name the
 *       descriptor has for it: such files are renamed all the time.
 *   <li>Without a parent's content ID ({@code parentCID=ffffffff}) there is no parent, whatever a
 *       file name hint says.
 *   <li>The last grain of a compressed disk may be stored short, as QEMU does.
 *   <li>A stream-optimized file that is written to a pipe is as VMware's are: header and grains,
 *       then the tables, which the footer leads to. Whoever writes into it later, as QEMU does
 *       without a question, writes behind the footer, which is then not found any more, or over the
 *       header. In a file that can be written to anywhere (of up to 65536 tables, 2 TiB in the
 *       usual grains) the tables stand before the grains, too, one for each entry of the directory,
 *       and the header leads there, as in QEMU's files: QEMU's writes to grains that are not there
 *       yet hold, those to others are refused. What follows is the stream as it goes through a
 *       pipe, with all marks; who reads from front to back compares both sets of tables.
 *   <li>Where header and footer of a stream-optimized file disagree, the file is damaged.
 *   <li>A disk in use has its content ID changed before its first modification, and the last digits
 *       of VMware's longer one with it. A sparse extent is marked as not cleanly shut down from its
 *       first modification until it is closed. Two copies of a grain table that differ are put
 *       right, the second after the first, only where that mark stands; elsewhere nobody can know
 *       which of them is damaged, and the extent is not written to.
 * </ul>
 *
 * <p>Disks that stand for physical devices (fullDevice, partitionedDevice, raw device mappings) and
 * vSAN objects are refused by name.
 */
package dev.platter.vmdk;

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
 *   <li>Where header and footer of a stream-optimized file disagree, the file is damaged.
 * </ul>
 *
 * <p>Disks that stand for physical devices (fullDevice, partitionedDevice, raw device mappings) and
 * vSAN objects are refused by name.
 */
package dev.platter.vmdk;

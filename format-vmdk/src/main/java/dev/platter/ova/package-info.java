/**
 * Virtual appliances: the envelope around disks of other formats.
 *
 * <p>OVF is DMTF's DSP0243, versions 1.0 to 2.0, as an .ovf beside its files or as an OVA, the tar
 * (POSIX 1003.1, ustar with pax and GNU names) that holds it. Read are the disks of an appliance,
 * each in whatever format the envelope says, whole, in chunks, or gzip'd; the manifest's digests
 * are verified before a disk's first byte is used. Written is an OVA with one stream-optimized
 * VMDK. The disks themselves belong to their own formats, which are found as everybody finds them.
 *
 * <p>Where this differs: files that the envelope names are only looked for inside the OVA, or
 * beside the .ovf; sub-directories are allowed, ways out of them and URLs are not. The capacity
 * that the envelope declares is told, the disk's own size is what is read. Signatures are told of
 * and not verified. A file that the manifest leaves out is read unverified; a capacity that is a
 * property takes its default, one that cannot be read, or has no units and is too small for a disk,
 * is the size that the disk's own file says. Each is told. Disks that need a parent disk are
 * refused. Headers of the tar may be older than POSIX, and its envelope anywhere in it.
 */
package dev.platter.ova;

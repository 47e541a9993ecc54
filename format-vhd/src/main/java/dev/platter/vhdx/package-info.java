/**
 * The VHDX format, as [MS-VHDX] "Virtual Hard Disk v2 (VHDX) File Format" (Microsoft, revision 4.0,
 * 2018) describes it: fixed, dynamic and differencing disks, read and written.
 *
 * <p>What the specification leaves open, and where this departs from it:
 *
 * <ul>
 *   <li>A log that was not played back is played back for reading only: the file stays as it is,
 *       and what the log would write lies over it.
 *   <li>Blocks that are not present in a disk without a parent read as zeros; so do undefined and
 *       unmapped ones.
 *   <li>State 5 is what drafts before 1.0 called unmapped, and is read as that.
 *   <li>A block is checked to lie in the file as far as the disk reaches: some writers end the file
 *       with the last sector of the disk, not of its block.
 *   <li>A file that is changed in place is changed through its log, one entry for each change; the
 *       log's header fields are set for as long as that takes only.
 *   <li>A disk in use keeps its log counting until it is closed. An entry is a sequence of its own,
 *       and is written when what the one before it says has been made true and synced.
 *   <li>New files are written without their log: until they are finished they have no signature.
 * </ul>
 */
package dev.platter.vhdx;

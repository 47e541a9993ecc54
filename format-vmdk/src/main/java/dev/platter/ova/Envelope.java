package dev.platter.ova;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What an OVF envelope declares.
 *
 * @param files the files of the appliance
 * @param disks its disks, in the envelope's order
 * @param systems its virtual machines
 * @param remarks what it does not say plainly, and how it was understood
 */
record Envelope(
    List<File> files, List<Disk> disks, List<VirtualMachine> systems, List<String> remarks) {
  /**
   * A file.
   *
   * @param size bytes as it lies there, compressed or not
   * @param gzip whether it is compressed
   * @param chunkSize bytes of each of the pieces it is cut into
   */
  record File(String id, String href, OptionalLong size, boolean gzip, OptionalLong chunkSize) {}

  /**
   * A disk.
   *
   * @param capacity bytes; empty: the envelope does not say it so that it could be believed
   * @param fileRef the file that holds it; empty: it holds nothing yet
   * @param format the URI of its format, which may be empty
   * @param parentRef the disk that it is a difference to
   */
  record Disk(
      String id,
      OptionalLong capacity,
      Optional<String> fileRef,
      String format,
      Optional<String> parentRef) {}

  /**
   * A virtual machine.
   *
   * @param guest what runs in it
   * @param hardware the family of hardware, such as vmx-10
   * @param memory bytes
   * @param devices its other hardware, in words
   */
  record VirtualMachine(
      String name,
      Optional<String> guest,
      Optional<String> hardware,
      OptionalLong cpus,
      OptionalLong memory,
      List<String> devices) {}

  Envelope {
    files = List.copyOf(files);
    disks = List.copyOf(disks);
    systems = List.copyOf(systems);
    remarks = List.copyOf(remarks);
  }

  Optional<File> file(String id) {
    return files.stream().filter(file -> file.id().equals(id)).findFirst();
  }
}

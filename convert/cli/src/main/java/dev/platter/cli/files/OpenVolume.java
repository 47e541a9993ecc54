package dev.platter.cli.files;

import dev.platter.cli.line.Failure;
import dev.platter.cli.line.Invocation;
import dev.platter.guest.GuestVolumes;
import dev.platter.guest.Volume;
import dev.platter.guest.files.Budget;
import dev.platter.guest.files.FileTree;
import dev.platter.guest.files.Node;
import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** The file system that a command is about. */
final class OpenVolume implements Closeable {
  private final OpenDisk disk;
  private final Volume volume;
  private final FileTree files;

  private OpenVolume(OpenDisk disk, Volume volume, FileTree files) {
    this.disk = disk;
    this.volume = volume;
    this.files = files;
  }

  /** Opens the disk of that name, and the file system that the call means. */
  static OpenVolume open(Invocation call, String name) throws IOException, Failure {
    OpenDisk disk = OpenDisk.open(call, name, GuestVolumes.ROOMY);
    try {
      Optional<Volume> chosen = disk.chosen(call);
      Volume volume = chosen.isPresent() ? chosen.get() : onlyOne(disk);
      if (!volume.hasFiles()) {
        String place = volume.fileSystem().place();
        throw new Failure("'" + disk.name() + "': " + place + ": " + volume.whyNoFiles());
      }
      return new OpenVolume(disk, volume, volume.open());
    } catch (Throwable e) {
      disk.close();
      throw e;
    }
  }

  private static Volume onlyOne(OpenDisk disk) throws Failure {
    List<Volume> readable = disk.volumes().stream().filter(Volume::hasFiles).toList();
    // A disc that starts as a disk, too, has partitions that are parts of it.
    boolean isDisc = !readable.isEmpty() && readable.getFirst().fileSystem().place().equals("disk");
    if (readable.size() == 1 || isDisc) {
      return readable.getFirst();
    }
    if (readable.isEmpty()) {
      throw new Failure(
          "'" + disk.name() + "': no file system whose files can be read" + disk.known("; there"));
    }
    throw new Failure("'" + disk.name() + "': say which file system" + disk.known(": there"));
  }

  /** What the file system counts for what one file may cost. */
  Budget budget() {
    return volume.bytes().orElseThrow().budget();
  }

  /** What lies at the path, with all links followed. */
  Node find(String path) throws IOException, Failure {
    return found(files.find(path), path);
  }

  /** The same; where the path ends in a link, that itself. */
  Node findItself(String path) throws IOException, Failure {
    return found(files.findItself(path), path);
  }

  private Node found(Optional<Node> node, String path) throws Failure {
    return node.orElseThrow(
        () -> new Failure("'" + disk.name() + "': no such file or directory: '" + path + "'"));
  }

  @Override
  public void close() throws IOException {
    disk.close();
  }
}

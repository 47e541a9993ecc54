package dev.platter.cli.files;

import dev.platter.cli.line.Arguments;
import dev.platter.cli.line.Command;
import dev.platter.cli.line.Failure;
import dev.platter.cli.line.Invocation;
import dev.platter.cli.line.Option;
import dev.platter.cli.source.Access;
import dev.platter.cli.source.CacheMode;
import dev.platter.cli.source.Source;
import dev.platter.cli.source.Unwrap;
import dev.platter.guest.FileSystem;
import dev.platter.guest.GuestVolumes;
import dev.platter.guest.Volume;
import dev.platter.guest.files.Budget;
import dev.platter.guest.files.FileTree;
import dev.platter.guest.files.Node;
import dev.platter.image.spi.FileUse;
import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * The file system that a command is about. It is chosen by options, not by what stands behind the
 * disk's name, as names of disks have colons and slashes themselves.
 */
final class OpenVolume implements Closeable {
  static final Option PARTITION =
      new Option("", "partition", "N", "the file system in that partition (default: the only one)");
  static final Option VOLUME =
      new Option("", "volume", "GROUP/NAME", "the file system in that logical volume of LVM");

  /** Those of every command here. */
  static final List<Option> OPTIONS =
      List.of(
          Option.HELP,
          Command.FORMAT,
          PARTITION,
          VOLUME,
          Command.DISK,
          Command.UNWRAP,
          Command.MAX_UNWRAPPED,
          Command.FORCE_SHARE,
          Command.IMAGE_OPTS,
          Command.OBJECT);

  private final Source source;
  private final GuestVolumes volumes;
  private final Volume volume;
  private final FileTree files;

  private OpenVolume(Source source, GuestVolumes volumes, Volume volume, FileTree files) {
    this.source = source;
    this.volumes = volumes;
    this.volume = volume;
    this.files = files;
  }

  /** Opens the disk of that name, and the file system that the call means. */
  static OpenVolume open(Invocation call, String disk) throws IOException, Failure {
    Arguments arguments = call.arguments();
    if (call.has(PARTITION) && call.has(VOLUME)) {
      throw new Failure("--partition and --volume are mutually exclusive");
    }
    Source source =
        Source.open(
            disk,
            arguments.last(Command.FORMAT),
            arguments.last(Command.DISK),
            Unwrap.sources(call),
            true,
            Access.reading(call, FileUse.READ, CacheMode.WRITEBACK));
    GuestVolumes volumes = null;
    try {
      String name = source.name().shown();
      volumes = GuestVolumes.open(source.map(), name);
      Volume volume = choose(call, volumes, name);
      return new OpenVolume(source, volumes, volume, files(volume, name));
    } catch (Throwable e) {
      if (volumes != null) {
        volumes.close();
      }
      source.close();
      throw e;
    }
  }

  private static FileTree files(Volume volume, String name) throws IOException, Failure {
    FileSystem found = volume.fileSystem();
    if (!volume.hasFiles()) {
      throw new Failure("'" + name + "': " + found.place() + ": " + why(found));
    }
    return volume.open();
  }

  private static Volume choose(Invocation call, GuestVolumes volumes, String name) throws Failure {
    String wanted = null;
    if (call.has(PARTITION)) {
      wanted = "partition " + call.arguments().last(PARTITION);
    } else if (call.has(VOLUME)) {
      wanted = call.arguments().last(VOLUME);
    }
    if (wanted == null) {
      return onlyOne(volumes, name);
    }
    for (Volume volume : volumes.volumes()) {
      FileSystem found = volume.fileSystem();
      if (found.place().equals(wanted) && (call.has(PARTITION) == isPartition(found))) {
        return volume;
      }
    }
    throw new Failure(
        "'" + name + "': no file system is known in '" + wanted + "'" + known(volumes, "; there"));
  }

  private static Volume onlyOne(GuestVolumes volumes, String name) throws Failure {
    List<Volume> readable = volumes.volumes().stream().filter(Volume::hasFiles).toList();
    // A disc that starts as a disk, too, has partitions that are parts of it.
    boolean isDisc = !readable.isEmpty() && readable.getFirst().fileSystem().place().equals("disk");
    if (readable.size() == 1 || isDisc) {
      return readable.getFirst();
    }
    if (readable.isEmpty()) {
      throw new Failure(
          "'" + name + "': no file system whose files can be read" + known(volumes, "; there"));
    }
    throw new Failure("'" + name + "': say which file system" + known(volumes, ": there"));
  }

  private static boolean isPartition(FileSystem found) {
    return found.place().startsWith("partition ");
  }

  /** What there is, by the options that choose it. */
  private static String known(GuestVolumes volumes, String intro) {
    StringBuilder text = new StringBuilder();
    for (Volume volume : volumes.volumes()) {
      FileSystem found = volume.fileSystem();
      String option =
          isPartition(found)
              ? "--partition " + found.partition().getAsInt()
              : found.place().equals("disk") ? "disk" : "--volume " + found.place();
      text.append(text.isEmpty() ? intro + " is " : ", ").append(option);
      text.append(" (").append(found.kind().isEmpty() ? "unknown" : found.kind());
      text.append(found.label().isEmpty() ? "" : " " + found.label()).append(')');
    }
    return text.toString();
  }

  private static String why(FileSystem found) {
    Optional<String> unreadable = found.unreadable();
    if (unreadable.isPresent()) {
      return unreadable.get();
    }
    String kind = found.kind();
    boolean isEncrypted = kind.startsWith("crypto_") || kind.equals("BitLocker");
    return isEncrypted
        ? kind + " is encrypted, and is not opened here"
        : "files of " + kind + " are not read";
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
    return node.orElseThrow(() ->
        new Failure("'" + source.name().shown() + "': no such file or directory: '" + path + "'"));
  }

  @Override
  public void close() throws IOException {
    try (source) {
      volumes.close();
    }
  }
}

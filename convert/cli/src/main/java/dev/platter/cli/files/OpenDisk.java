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
import dev.platter.guest.InspectionLimits;
import dev.platter.guest.Volume;
import dev.platter.image.spi.FileUse;
import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * A disk and what lies on it. Which of its file systems is meant is said by options, not by what
 * stands behind the disk's name, as names of disks have colons and slashes themselves.
 */
final class OpenDisk implements Closeable {
  static final Option PARTITION =
      new Option("", "partition", "N", "the file system in that partition, and no other");
  static final Option VOLUME =
      new Option(
          "",
          "volume",
          "GROUP/NAME",
          "the file system in that logical volume of LVM, and no other");

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

  private OpenDisk(Source source, GuestVolumes volumes) {
    this.source = source;
    this.volumes = volumes;
  }

  /** Opens the disk of that name. */
  static OpenDisk open(Invocation call, String disk, InspectionLimits limits)
      throws IOException, Failure {
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
    try {
      return new OpenDisk(source, GuestVolumes.open(source.map(), source.name().shown(), limits));
    } catch (Throwable e) {
      source.close();
      throw e;
    }
  }

  /** What messages call it. */
  String name() {
    return source.name().shown();
  }

  List<Volume> volumes() {
    return volumes.volumes();
  }

  /** The volume that the call's options name; empty: they name none. */
  Optional<Volume> chosen(Invocation call) throws Failure {
    if (!call.has(PARTITION) && !call.has(VOLUME)) {
      return Optional.empty();
    }
    String wanted =
        call.has(PARTITION)
            ? "partition " + call.arguments().last(PARTITION)
            : call.arguments().last(VOLUME);
    for (Volume volume : volumes()) {
      FileSystem found = volume.fileSystem();
      if (found.place().equals(wanted) && (call.has(PARTITION) == isPartition(found))) {
        return Optional.of(volume);
      }
    }
    throw new Failure(
        "'" + name() + "': no file system is known in '" + wanted + "'" + known("; there"));
  }

  private static boolean isPartition(FileSystem found) {
    return found.place().startsWith("partition ");
  }

  /** What there is, by the options that choose it. */
  String known(String intro) {
    StringBuilder text = new StringBuilder();
    for (Volume volume : volumes()) {
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

  @Override
  public void close() throws IOException {
    try (source) {
      volumes.close();
    }
  }
}

package dev.platter.cli.command;

import dev.platter.cli.image.CreationOptions;
import dev.platter.cli.image.EditedImage;
import dev.platter.cli.image.NewImage;
import dev.platter.cli.line.Command;
import dev.platter.cli.line.Failure;
import dev.platter.cli.line.Invocation;
import dev.platter.cli.line.Option;
import dev.platter.cli.source.Access;
import dev.platter.cli.source.CacheMode;
import dev.platter.cli.source.Source;
import dev.platter.cli.source.Unwrap;
import dev.platter.image.BlockMap;
import dev.platter.image.DirtyBitmap;
import dev.platter.image.chain.ImageChain;
import dev.platter.image.disk.GuestDisk;
import dev.platter.image.spi.FileUse;
import dev.platter.remote.nbd.DiskExport;
import dev.platter.storage.Location;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A disk that is offered, and all that was opened for it. */
final class ServedDisk implements Closeable {
  static final Option CACHE =
      new Option("t", "cache", "CACHE", "cache mode of the images' files (default: writeback)");
  private static final String OVERLAY_FORMAT = "qcow2";

  private final Source source;
  private final GuestDisk disk;
  private final DiskExport export;

  private ServedDisk(Source source, GuestDisk disk, DiskExport export) {
    this.source = source;
    this.disk = disk;
    this.export = export;
  }

  /**
   * Opens it.
   *
   * @param name what clients call it; null: as its file is called
   */
  static ServedDisk open(Invocation call, String file, String name) throws Failure, IOException {
    String called = name == null ? fileName(file, call) : name;
    String overlay = call.arguments().last(ServeCommand.OVERLAY);
    CacheMode cache = CacheMode.of(call.arguments().last(CACHE, "writeback"), "cache");
    if (overlay != null) {
      makeOverlay(call, file, overlay);
      Access access = Access.of(call, cache, FileUse.CHANGE, dev.platter.image.name.Locking.USUAL);
      return writable(call, Source.open(overlay, OVERLAY_FORMAT, true, access), called, cache);
    }
    boolean writes = call.has(ServeCommand.WRITABLE);
    Access access =
        writes ? Access.changing(call, cache) : Access.reading(call, FileUse.COPY, cache);
    Source source =
        Source.open(
            file,
            call.arguments().last(Command.FORMAT),
            call.arguments().last(Command.DISK),
            Unwrap.sources(call),
            true,
            access);
    return writes ? writable(call, source, called, cache) : readOnly(call, source, called);
  }

  private static String fileName(String file, Invocation call) throws Failure {
    Location location = Source.name(call.profile(), file, call.has(Command.IMAGE_OPTS)).location();
    Path path = location.path().orElse(null);
    return path == null || path.getFileName() == null ? "disk" : path.getFileName().toString();
  }

  private static ServedDisk readOnly(Invocation call, Source source, String name)
      throws Failure, IOException {
    try {
      String snapshot = call.arguments().last(ServeCommand.SNAPSHOT);
      BlockMap map = snapshot == null ? source.map() : source.map(source.snapshot(snapshot));
      // Bitmaps are of the disk as it is now, not as it was.
      List<DirtyBitmap> bitmaps =
          snapshot == null ? source.chain().top().image().dirtyBitmaps() : List.of();
      return new ServedDisk(
          source, null, DiskExport.readOnly(name, description(source), map, bitmaps));
    } catch (Throwable e) {
      source.close();
      throw e;
    }
  }

  private static ServedDisk writable(Invocation call, Source source, String name, CacheMode cache)
      throws Failure, IOException {
    try {
      GuestDisk disk = EditedImage.openDisk(call, source, cache);
      return new ServedDisk(source, disk, DiskExport.writable(name, description(source), disk));
    } catch (Throwable e) {
      source.close();
      throw e;
    }
  }

  private static String description(Source source) {
    ImageChain.Layer top = source.chain().top();
    return top.format().name() + " image";
  }

  /** Makes the image that takes what clients write, unless it is there from an earlier time. */
  private static void makeOverlay(Invocation call, String file, String overlay)
      throws Failure, IOException {
    Location location = Source.name(call.profile(), overlay, false).location();
    if (location.path().isEmpty() || Files.exists(location.file())) {
      return;
    }
    Location below = Source.name(call.profile(), file, call.has(Command.IMAGE_OPTS)).location();
    String name = below.path().isPresent() ? below.file().toAbsolutePath().toString() : file;
    String format;
    long size;
    try (Source source =
        Source.open(
            file,
            call.arguments().last(Command.FORMAT),
            true,
            Access.reading(call, FileUse.COPY, CacheMode.WRITEBACK))) {
      format = source.formatName();
      size = source.map().size();
    }
    CreationOptions options =
        CreationOptions.parse(call, NewImage.format(call, OVERLAY_FORMAT), List.of(), name, format);
    NewImage.createEmpty(call, options, location, size, null);
  }

  DiskExport export() {
    return export;
  }

  /** Brings everything written to the medium. */
  @Override
  public void close() throws IOException {
    try (source;
        disk;
        export) {
      // In the order opposite to this list.
    }
  }
}

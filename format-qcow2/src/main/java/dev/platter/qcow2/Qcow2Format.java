package dev.platter.qcow2;

import dev.platter.image.BlockMap;
import dev.platter.image.DiskImage;
import dev.platter.image.FormatOptions;
import dev.platter.image.IllegalOptionException;
import dev.platter.image.ImageInfo;
import dev.platter.image.Measurement;
import dev.platter.image.OptionSpec;
import dev.platter.image.spi.CreateRequest;
import dev.platter.image.spi.EditRequest;
import dev.platter.image.spi.ImageEditor;
import dev.platter.image.spi.ImageFormat;
import dev.platter.image.spi.ImageWriter;
import dev.platter.image.spi.LiveImage;
import dev.platter.image.spi.OpenRequest;
import dev.platter.qcow2.edit.Qcow2Amendment;
import dev.platter.qcow2.format.Encryption;
import dev.platter.qcow2.format.Qcow2Header;
import dev.platter.qcow2.live.LiveOpening;
import dev.platter.qcow2.write.BitmapSpace;
import dev.platter.qcow2.write.FileSize;
import dev.platter.qcow2.write.Qcow2Options;
import dev.platter.qcow2.write.Qcow2Writer;
import dev.platter.storage.Storage;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** The qcow2 format, versions 2 and 3. */
public final class Qcow2Format implements ImageFormat {
  @Override
  public String name() {
    return "qcow2";
  }

  @Override
  public int probe(Storage storage, MemorySegment head) {
    boolean found =
        head.byteSize() >= 2 * Integer.BYTES // one that is cut off in its header is one, too
            && head.get(Qcow2Header.INT, 0) == Qcow2Header.MAGIC
            && head.get(Qcow2Header.INT, 4) >= 2;
    return found ? 100 : NO_MATCH;
  }

  @Override
  public DiskImage open(Storage storage, OpenRequest request) throws IOException {
    return Qcow2Image.open(storage, request);
  }

  @Override
  public List<OptionSpec> openOptions() {
    return Encryption.OPEN_OPTIONS;
  }

  @Override
  public List<OptionSpec> editOptions() {
    return Encryption.OPEN_OPTIONS;
  }

  @Override
  public ImageEditor edit(WritableStorage storage, EditRequest request) throws IOException {
    return Qcow2Editor.open(storage, request);
  }

  @Override
  public LiveImage openLive(WritableStorage storage, EditRequest request) throws IOException {
    return LiveOpening.open(storage, request);
  }

  @Override
  public List<OptionSpec> createOptions() {
    return Qcow2Options.SPECS;
  }

  @Override
  public List<OptionSpec> amendOptions() {
    return Qcow2Amendment.options();
  }

  @Override
  public ImageWriter create(CreateRequest request) throws IOException {
    return Qcow2Writer.create(request);
  }

  @Override
  public boolean takesSizeLast(FormatOptions options) {
    try {
      return Qcow2Writer.takesSizeLast(options);
    } catch (IllegalOptionException e) {
      return true; // create tells what is wrong with the options
    }
  }

  @Override
  public boolean keepsBitmaps(FormatOptions options) {
    try {
      return Qcow2Options.parse(options).version() >= 3;
    } catch (IllegalOptionException e) {
      return true; // create tells what is wrong with the options
    }
  }

  @Override
  public Optional<Measurement> measure(long size, FormatOptions options, Optional<BlockMap> source)
      throws IOException {
    boolean overBacking = options.string("backing_file").isPresent();
    return Optional.of(FileSize.measure(size, options, overBacking, source));
  }

  @Override
  public OptionalLong measureBitmaps(FormatOptions options, ImageInfo source) {
    return keepsBitmaps(options)
        ? OptionalLong.of(BitmapSpace.measure(options, source))
        : OptionalLong.empty();
  }
}

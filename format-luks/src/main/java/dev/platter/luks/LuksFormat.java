package dev.platter.luks;

import dev.platter.cipher.Secret;
import dev.platter.image.BlockMap;
import dev.platter.image.DiskImage;
import dev.platter.image.FormatOptions;
import dev.platter.image.IllegalOptionException;
import dev.platter.image.Measurement;
import dev.platter.image.OptionSpec;
import dev.platter.image.Sizes;
import dev.platter.image.luks.KeySlots;
import dev.platter.image.luks.LuksHeader;
import dev.platter.image.luks.LuksOptions;
import dev.platter.image.luks.NewLuks;
import dev.platter.image.spi.CreateRequest;
import dev.platter.image.spi.EditRequest;
import dev.platter.image.spi.ImageEditor;
import dev.platter.image.spi.ImageFormat;
import dev.platter.image.spi.ImageWriter;
import dev.platter.image.spi.LiveImage;
import dev.platter.image.spi.OpenRequest;
import dev.platter.storage.Storage;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;

/** Encrypted disks. To qemu-img, those of version 2 are raw. */
public final class LuksFormat implements ImageFormat {
  static final String NAME = "luks";

  /** Names the secret that opens a slot. */
  static final String KEY_SECRET = LuksOptions.KEY_SECRET;

  static final OptionSpec KEY_OPTION =
      new OptionSpec(
          KEY_SECRET,
          OptionSpec.Type.STRING,
          "ID of the secret that provides the keyslot passphrase");

  /** Names the file of the header. */
  static final String HEADER_FILE = "header.filename";

  private static final int CERTAIN = 100;

  /** Found by {@link java.util.ServiceLoader}. */
  public LuksFormat() {}

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public int probe(Storage storage, MemorySegment head) {
    return switch (LuksHeader.versionOf(head)) {
      case 1 -> CERTAIN;
      case 2 -> LIKE_RAW;
      default -> NO_MATCH;
    };
  }

  @Override
  public List<OptionSpec> openOptions() {
    return List.of(
        KEY_OPTION,
        new OptionSpec(
            HEADER_FILE, OptionSpec.Type.STRING, "the file of the header, if it is another one"));
  }

  @Override
  public DiskImage open(Storage storage, OpenRequest request) throws IOException {
    return LuksImage.open(storage, request);
  }

  @Override
  public List<OptionSpec> editOptions() {
    return openOptions();
  }

  @Override
  public ImageEditor edit(WritableStorage storage, EditRequest request) throws IOException {
    return new LuksEditor(storage, request);
  }

  @Override
  public LiveImage openLive(WritableStorage storage, EditRequest request) throws IOException {
    return LiveLuks.open(storage, request);
  }

  @Override
  public List<OptionSpec> amendOptions() {
    return Stream.concat(KeySlots.specs("").stream(), KeySlots.specsOf2("").stream()).toList();
  }

  @Override
  public List<OptionSpec> createOptions() {
    return LuksWriter.SPECS;
  }

  @Override
  public long diskSize(long size, FormatOptions options) {
    try {
      return Sizes.roundUp(size, NewLuks.sectorSize(options));
    } catch (IllegalOptionException e) {
      return size; // create tells what is wrong with the options
    }
  }

  @Override
  public ImageWriter create(CreateRequest request) throws IOException {
    return LuksWriter.begin(request);
  }

  @Override
  public boolean writesInOrder(FormatOptions options) {
    return true;
  }

  /** All of the disk is written, zeros too. */
  @Override
  public Optional<Measurement> measure(long size, FormatOptions options, Optional<BlockMap> source)
      throws IOException {
    LuksWriter.preallocation(options);
    try (Secret passphrase = options.secret(KEY_SECRET, NAME)) {
      long all = NewLuks.length(options) + diskSize(size, options);
      return Optional.of(new Measurement(all, all, OptionalLong.empty()));
    }
  }
}

package dev.platter.luks;

import dev.platter.cipher.Secret;
import dev.platter.image.FormatOptions;
import dev.platter.image.IllegalOptionException;
import dev.platter.image.OptionSpec;
import dev.platter.image.Preallocation;
import dev.platter.image.Sizes;
import dev.platter.image.luks.LuksHeader;
import dev.platter.image.luks.LuksOptions;
import dev.platter.image.luks.NewLuks;
import dev.platter.image.spi.Chunk;
import dev.platter.image.spi.CreateRequest;
import dev.platter.image.spi.ImageWriter;
import dev.platter.image.spi.Piece;
import dev.platter.image.spi.Placement;
import dev.platter.image.spi.Target;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes a disk encrypted with LUKS, version 1: every sector has its place, and zeros are encrypted
 * as data are. What nobody wrote is not defined, as in a new image.
 */
final class LuksWriter implements ImageWriter {
  static final List<OptionSpec> SPECS = specs();

  /** What one worker encrypts at a time of a long run of zeros, bytes. */
  private static final long ZEROS = 1 << 20;

  /** The header's own part, without key slots, which makes it one. */
  private static final int HEAD = 4096;

  private final WritableStorage storage;
  private final boolean sequential;
  private final long size;
  private final NewLuks luks;
  private boolean headerWritten;

  private LuksWriter(Target target, long size, NewLuks luks) {
    this.storage = target.storage();
    this.sequential = target.sequential();
    this.size = size;
    this.luks = luks;
  }

  private static List<OptionSpec> specs() {
    List<OptionSpec> specs = new ArrayList<>();
    specs.add(new OptionSpec("size", OptionSpec.Type.SIZE, "Virtual disk size"));
    specs.add(LuksFormat.KEY_OPTION);
    specs.addAll(LuksOptions.specs(""));
    specs.add(
        new OptionSpec(
            "preallocation",
            OptionSpec.Type.STRING,
            "Preallocation mode (allowed values: off, falloc, full)"));
    return List.copyOf(specs);
  }

  @Override
  public boolean encrypts() {
    return true;
  }

  static LuksWriter begin(CreateRequest request) throws IOException {
    if (request.compress()) {
      throw IllegalOptionException.noCompression();
    }
    if (request.backing().isPresent()) {
      throw new IllegalOptionException("Backing file not supported for file format 'luks'");
    }
    LuksOptions options = LuksOptions.of(request.options(), "");
    Preallocation preallocation = preallocation(request.options());
    Target target = request.target();
    if (preallocation != Preallocation.OFF && target.sequential()) {
      throw new IllegalOptionException("A pipe has no space to preallocate");
    }
    if (request.size() > Long.MAX_VALUE / 2) {
      throw new IllegalOptionException("The image is too large for file format 'luks'");
    }
    long size = Sizes.roundUp(request.size(), LuksHeader.SECTOR);
    NewLuks luks;
    try (Secret passphrase =
        request.options().secret(LuksFormat.KEY_SECRET, target.storage().name())) {
      luks = NewLuks.create(options, passphrase, request.identity().uuid("luks"));
    }
    long all = luks.bytes().byteSize() + size;
    switch (preallocation) {
      case OFF, METADATA -> {}
      case FALLOC -> target.storage().allocate(0, all);
      case FULL -> target.storage().fill(0, all);
    }
    return new LuksWriter(target, size, luks);
  }

  static Preallocation preallocation(FormatOptions options) throws IllegalOptionException {
    String text = options.string("preallocation").orElse("off");
    return switch (text) {
      case "off" -> Preallocation.OFF;
      case "falloc" -> Preallocation.FALLOC;
      case "full" -> Preallocation.FULL;
      case "metadata" ->
          throw new IllegalOptionException("Unsupported preallocation mode: metadata");
      default -> throw new IllegalOptionException("invalid parameter value: " + text);
    };
  }

  @Override
  public int blockSize() {
    return LuksHeader.SECTOR;
  }

  @Override
  public int granularity() {
    return LuksHeader.SECTOR;
  }

  @Override
  public long longestZeros() {
    return ZEROS;
  }

  @Override
  public List<Placement> reserve(Chunk chunk) {
    List<Placement> placements = new ArrayList<>();
    if (sequential && !headerWritten) {
      placements.add(new Placement.Write(storage, 0, luks.bytes()));
      headerWritten = true;
    }
    for (Piece piece : chunk.pieces()) {
      if (!(piece instanceof Piece.Absent) || sequential) {
        place(piece, placements);
      }
    }
    return placements;
  }

  /** The end of a disk that is no whole sector is filled up with zeros. */
  private void place(Piece piece, List<Placement> placements) {
    long offset = piece.offset();
    long whole = Sizes.roundDown(piece.length(), LuksHeader.SECTOR);
    if (whole > 0) {
      placements.add(encrypted(piece.slice(offset, whole)));
    }
    if (whole < piece.length()) {
      MemorySegment sector = MemorySegment.ofArray(new byte[LuksHeader.SECTOR]);
      if (piece.slice(offset + whole, piece.length() - whole) instanceof Piece.Bytes rest) {
        MemorySegment.copy(rest.bytes(), 0, sector, 0, rest.length());
        placements.add(encrypted(new Piece.Bytes(offset + whole, sector)));
      } else if (!piece.isData()) {
        placements.add(encrypted(new Piece.Bytes(offset + whole, sector)));
      } else {
        throw new IllegalStateException("a part of a sector that was not read: " + piece);
      }
    }
  }

  private Placement encrypted(Piece piece) {
    long host = luks.bytes().byteSize() + piece.offset();
    return new Placement.Encrypted(piece.placed(storage, host), luks.cipher(), piece.offset());
  }

  /** Only the first page makes it an image, so it comes last. */
  @Override
  public void finish() throws IOException {
    long start = luks.bytes().byteSize();
    if (!sequential) {
      storage.write(HEAD, luks.bytes().asSlice(HEAD));
      if (storage.size() < start + size) {
        storage.truncate(start + size);
      }
      storage.write(0, luks.bytes().asSlice(0, HEAD));
    } else if (!headerWritten) {
      storage.write(0, luks.bytes());
    }
  }

  @Override
  public void close() {
    luks.cipher().close();
  }
}

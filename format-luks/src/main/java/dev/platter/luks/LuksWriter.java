package dev.platter.luks;

import dev.platter.cipher.Secret;
import dev.platter.image.FormatOptions;
import dev.platter.image.IllegalOptionException;
import dev.platter.image.OptionSpec;
import dev.platter.image.Preallocation;
import dev.platter.image.Sizes;
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
 * Writes a disk encrypted with LUKS: every sector has its place, and zeros are encrypted as data
 * are. What nobody wrote is not defined, as in a new image.
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

  /** What lies in front of the disk, bytes, whether or not that follows. */
  private final long length;

  private boolean headerWritten;

  private LuksWriter(Target target, long size, NewLuks luks, long length) {
    this.storage = target.storage();
    this.sequential = target.sequential();
    this.size = size;
    this.luks = luks;
    this.length = length;
  }

  private static List<OptionSpec> specs() {
    List<OptionSpec> specs = new ArrayList<>();
    specs.add(new OptionSpec("size", OptionSpec.Type.SIZE, "Virtual disk size"));
    specs.add(LuksFormat.KEY_OPTION);
    specs.addAll(NewLuks.diskSpecs());
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
    int sector = NewLuks.sectorSize(request.options());
    Preallocation preallocation = preallocation(request.options());
    Target target = request.target();
    if (preallocation != Preallocation.OFF && target.sequential()) {
      throw new IllegalOptionException("A pipe has no space to preallocate");
    }
    if (request.size() > Long.MAX_VALUE / 2) {
      throw new IllegalOptionException("The image is too large for file format 'luks'");
    }
    boolean detached = NewLuks.isDetached(request.options());
    long size = detached ? 0 : Sizes.roundUp(request.size(), sector);
    NewLuks luks;
    try (Secret passphrase =
        request.options().secret(LuksFormat.KEY_SECRET, target.storage().name())) {
      luks = NewLuks.ofDisk(request.options(), passphrase, request.identity().uuid("luks"));
    }
    long length = NewLuks.length(request.options());
    long all = length + size;
    switch (preallocation) {
      case OFF, METADATA -> {}
      case FALLOC -> target.storage().allocate(0, all);
      case FULL -> target.storage().fill(0, all);
    }
    return new LuksWriter(target, size, luks, length);
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
    return luks.cipher().sectorSize();
  }

  @Override
  public int granularity() {
    return luks.cipher().sectorSize();
  }

  @Override
  public long longestZeros() {
    return ZEROS;
  }

  @Override
  public List<Placement> reserve(Chunk chunk) throws IOException {
    List<Placement> placements = new ArrayList<>();
    if (luks.payloadOffset() == 0) {
      refuseContent(chunk);
      return placements;
    }
    if (sequential && !headerWritten) {
      placements.add(new Placement.Write(storage, 0, luks.bytes()));
      gap(placements);
      headerWritten = true;
    }
    for (Piece piece : chunk.pieces()) {
      if (!(piece instanceof Piece.Absent) || sequential) {
        place(piece, placements);
      }
    }
    return placements;
  }

  private static void refuseContent(Chunk chunk) throws IllegalOptionException {
    for (Piece piece : chunk.pieces()) {
      if (!(piece instanceof Piece.Absent)) {
        throw new IllegalOptionException("A detached header has no disk behind it to convert to");
      }
    }
  }

  /** What a header of version 2 leaves free in front of the disk. */
  private void gap(List<Placement> placements) {
    long end = luks.bytes().byteSize();
    if (end < length) {
      placements.add(new Placement.Zero(storage, end, length - end));
    }
  }

  /** The end of a disk that is no whole sector is filled up with zeros. */
  private void place(Piece piece, List<Placement> placements) {
    long offset = piece.offset();
    long whole = Sizes.roundDown(piece.length(), granularity());
    if (whole > 0) {
      placements.add(encrypted(piece.slice(offset, whole)));
    }
    if (whole < piece.length()) {
      MemorySegment sector = MemorySegment.ofArray(new byte[granularity()]);
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
    long host = luks.payloadOffset() + piece.offset();
    return new Placement.Encrypted(piece.placed(storage, host), luks.cipher(), piece.offset());
  }

  /** Only the first page makes it an image, so it comes last. */
  @Override
  public void finish() throws IOException {
    if (!sequential) {
      storage.write(HEAD, luks.bytes().asSlice(HEAD));
      if (storage.size() < length + size) {
        storage.truncate(length + size);
      }
      storage.write(0, luks.bytes().asSlice(0, HEAD));
    } else if (!headerWritten) {
      storage.write(0, luks.bytes());
      storage.zero(luks.bytes().byteSize(), length - luks.bytes().byteSize());
    }
  }

  @Override
  public void close() {
    luks.cipher().close();
  }
}

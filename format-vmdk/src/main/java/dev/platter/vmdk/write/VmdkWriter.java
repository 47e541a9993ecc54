package dev.platter.vmdk.write;

import dev.platter.image.IllegalOptionException;
import dev.platter.image.Reference;
import dev.platter.image.Sizes;
import dev.platter.image.spi.Chunk;
import dev.platter.image.spi.CreateRequest;
import dev.platter.image.spi.ImageWriter;
import dev.platter.image.spi.Piece;
import dev.platter.image.spi.Placement;
import dev.platter.storage.FileNames;
import dev.platter.storage.WritableStorage;
import dev.platter.vmdk.format.ExtentLine;
import dev.platter.vmdk.format.SparseHeader;
import dev.platter.vmdk.format.SparseLayout;
import dev.platter.vmdk.read.VmdkImage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Writes the kinds of disk whose grains are not compressed, in one file or several. */
public final class VmdkWriter implements ImageWriter {
  /** How much of the guest disk one file of a split disk holds, bytes. */
  static final long SPLIT_SIZE = 1L << 31;

  /** The room that a descriptor in a sparse extent has at least, sectors. */
  private static final long DESCRIPTOR_SECTORS = 20;

  /** How many grains of zeros are entered at a time, where they must be. */
  private static final long ZEROS_AT_ONCE = 1 << 19;

  private final WritableStorage storage;
  private final VmdkOptions options;
  private final Optional<byte[]> descriptorFile;
  private final List<Part> parts;
  private final boolean hasParent;

  private record Part(long start, long end, ExtentWriter writer) {}

  private VmdkWriter(
      WritableStorage storage,
      VmdkOptions options,
      Optional<byte[]> descriptorFile,
      List<Part> parts,
      boolean hasParent) {
    this.storage = storage;
    this.options = options;
    this.descriptorFile = descriptorFile;
    this.parts = parts;
    this.hasParent = hasParent;
  }

  public static ImageWriter begin(CreateRequest request) throws IOException {
    VmdkOptions options = VmdkOptions.parse(request.options());
    Optional<DescriptorText.Parent> parent = parentOf(request, options);
    if (request.compress() && options.subformat().isFlat()) {
      throw IllegalOptionException.noCompression();
    }
    if (options.subformat() == VmdkOptions.Subformat.STREAM_OPTIMIZED) {
      return StreamWriter.begin(request, options, parent);
    }
    if (request.target().sequential()) {
      throw new IllegalOptionException(
          "A pipe takes streamOptimized images only, not " + options.subformat());
    }
    return begin(request, options, parent);
  }

  private static VmdkWriter begin(
      CreateRequest request, VmdkOptions options, Optional<DescriptorText.Parent> parent)
      throws IOException {
    WritableStorage storage = request.target().storage();
    List<ExtentLine> lines = lines(request, options);
    String text = DescriptorText.of(options, request.size(), lines, parent, request.identity());
    byte[] descriptor = FileNames.bytes(text);
    boolean alone = options.subformat() == VmdkOptions.Subformat.MONOLITHIC_SPARSE;
    // Once without files, so that what cannot be is found before anything is touched.
    for (ExtentLine line : lines) {
      if (!options.subformat().isFlat()) {
        SparseLayout.of(
            line.sectors(),
            options.grainSize() / SparseHeader.SECTOR,
            alone ? descriptorSectors(descriptor.length) : 0);
      }
    }
    List<Part> parts = new ArrayList<>();
    long at = 0;
    for (ExtentLine line : lines) {
      long end = Math.min(request.size(), at + line.length());
      ExtentWriter writer;
      if (options.subformat().isFlat()) {
        writer = new FlatExtentWriter(outside(request, line), at, line.length());
      } else {
        SparseExtentWriter sparse =
            new SparseExtentWriter(
                alone ? storage : outside(request, line),
                options,
                at,
                end - at,
                alone ? Optional.of(descriptor) : Optional.empty(),
                parent.isPresent());
        sparse.begin();
        writer = sparse;
      }
      parts.add(new Part(at, end, writer));
      at = end;
    }
    return new VmdkWriter(
        storage,
        options,
        alone ? Optional.empty() : Optional.of(descriptor),
        parts,
        parent.isPresent());
  }

  /** What the new disk must know of the one below it. */
  private static Optional<DescriptorText.Parent> parentOf(
      CreateRequest request, VmdkOptions options) throws IllegalOptionException {
    if (request.backing().isEmpty()) {
      return Optional.empty();
    }
    if (options.subformat().isFlat()) {
      throw new IllegalOptionException("Flat image can't have backing file");
    }
    String name = request.backing().get().name();
    if (!request.backing().get().format().orElse("vmdk").equals("vmdk")
        || !(request.parent().orElse(null) instanceof VmdkImage below)) {
      throw new IllegalOptionException("backing_file must be a vmdk image");
    }
    if (!VmdkOptions.isPlain(name)) {
      throw new IllegalOptionException("A descriptor cannot hold the name '" + name + "'");
    }
    return Optional.of(new DescriptorText.Parent(name, below.cid()));
  }

  private static List<ExtentLine> lines(CreateRequest request, VmdkOptions options)
      throws IllegalOptionException {
    String own = fileName(request);
    int dot = own.lastIndexOf('.');
    String stem = dot < 0 ? own : own.substring(0, dot);
    String suffix = dot < 0 ? "" : own.substring(dot);
    long most = options.subformat().isSplit() ? SPLIT_SIZE : Long.MAX_VALUE;
    List<ExtentLine> lines = new ArrayList<>();
    long at = 0;
    do {
      long length = Math.min(most, request.size() - at);
      String name =
          switch (options.subformat()) {
            case MONOLITHIC_SPARSE, STREAM_OPTIMIZED -> own;
            case MONOLITHIC_FLAT -> stem + "-flat" + suffix;
            case TWO_GB_MAX_EXTENT_SPARSE -> "%s-s%03d%s".formatted(stem, lines.size() + 1, suffix);
            case TWO_GB_MAX_EXTENT_FLAT -> "%s-f%03d%s".formatted(stem, lines.size() + 1, suffix);
          };
      lines.add(line(options, length, name));
      at += length;
    } while (at < request.size());
    return lines;
  }

  /** The line of an extent of that many bytes. */
  static ExtentLine line(VmdkOptions options, long length, String name) {
    return new ExtentLine(
        ExtentLine.Access.RW,
        Sizes.ceilDiv(length, SparseHeader.SECTOR),
        options.subformat().isFlat() ? ExtentLine.Type.FLAT : ExtentLine.Type.SPARSE,
        Optional.of(name),
        0);
  }

  /** The name of the image's own file, without directory, as a descriptor can say it. */
  static String fileName(CreateRequest request) throws IllegalOptionException {
    if (request.target().sequential()) {
      return "disk.vmdk";
    }
    String path = request.target().storage().name();
    String name = path.substring(path.lastIndexOf('/') + 1);
    if (!VmdkOptions.isPlain(name)) {
      throw new IllegalOptionException("A descriptor cannot hold the name '" + name + "'");
    }
    return name;
  }

  private static WritableStorage outside(CreateRequest request, ExtentLine line)
      throws IOException {
    return request
        .target()
        .outside(
            new Reference(
                Reference.Kind.EXTENT,
                line.fileName().orElseThrow(),
                request.target().storage().name()));
  }

  /** The sectors to keep for a descriptor of that many bytes: some are free for later changes. */
  static long descriptorSectors(int length) {
    return Math.max(DESCRIPTOR_SECTORS, Sizes.ceilDiv(length, SparseHeader.SECTOR) + 4);
  }

  @Override
  public int blockSize() {
    return granularity();
  }

  @Override
  public int granularity() {
    return options.subformat().isFlat() ? SparseHeader.SECTOR : options.grainSize();
  }

  @Override
  public boolean sparseData() {
    return true;
  }

  @Override
  public long longestZeros() {
    return hasParent ? ZEROS_AT_ONCE * options.grainSize() : Long.MAX_VALUE;
  }

  @Override
  public List<Placement> reserve(Chunk chunk) throws IOException {
    List<Placement> placements = new ArrayList<>(chunk.pieces().size() + 2);
    long end = chunk.offset() + chunk.length();
    for (Part part : parts) {
      if (part.start < end && part.end > chunk.offset()) {
        List<Piece> pieces = new ArrayList<>(chunk.pieces().size());
        for (Piece piece : chunk.pieces()) {
          long from = Math.max(piece.offset(), part.start);
          long to = Math.min(piece.end(), part.end);
          if (from < to) {
            pieces.add(piece.slice(from, to - from));
          }
        }
        part.writer.reserve(pieces, placements);
      }
    }
    return placements;
  }

  @Override
  public void finish() throws IOException {
    for (Part part : parts) {
      part.writer.finish();
    }
    if (descriptorFile.isPresent()) {
      byte[] text = descriptorFile.get();
      storage.write(0, MemorySegment.ofArray(text));
      storage.truncate(text.length);
    }
  }

  @Override
  public void close() {}
}

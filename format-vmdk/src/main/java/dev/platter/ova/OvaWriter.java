package dev.platter.ova;

import dev.platter.archive.TarHeader;
import dev.platter.codec.Encoding;
import dev.platter.image.BlockMap;
import dev.platter.image.Fault;
import dev.platter.image.FormatOptions;
import dev.platter.image.IllegalOptionException;
import dev.platter.image.ImageException;
import dev.platter.image.Measurement;
import dev.platter.image.Reference;
import dev.platter.image.Sizes;
import dev.platter.image.spi.BlockEncoder;
import dev.platter.image.spi.Chunk;
import dev.platter.image.spi.CreateRequest;
import dev.platter.image.spi.ImageFormat;
import dev.platter.image.spi.ImageFormats;
import dev.platter.image.spi.ImageWriter;
import dev.platter.image.spi.Placement;
import dev.platter.image.spi.Target;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * Writes an OVA in one pass: room for the envelope, the disk as VMDK's own writer makes it, the
 * manifest; then the headers and the envelope, whose numbers are known by now, and the very first
 * header last.
 */
final class OvaWriter implements ImageWriter {
  private static final int SECTOR = 512;
  private static final String SUFFIX = ".ova";

  /** Tar archives end at a multiple of this, after at least two blocks of zeros. */
  private static final int RECORD = 20 * TarHeader.BLOCK;

  private static final int MAX_STEM = 60;

  /** The longest line of the manifest: words, a chunk's name and the digest's digits. */
  private static final int MAX_LINE = 12 + MAX_STEM + 21 + 64;

  private final WritableStorage tar;
  private final OvaOptions options;
  private final EnvelopeText text;
  private final String stem;
  private final String diskFile;
  private final DiskMember member;
  private final ImageWriter disk;
  private final long modified;

  private OvaWriter(
      CreateRequest request,
      OvaOptions options,
      EnvelopeText text,
      String stem,
      String diskFile,
      DiskMember member,
      ImageWriter disk) {
    this.tar = request.target().storage();
    this.options = options;
    this.text = text;
    this.stem = stem;
    this.diskFile = diskFile;
    this.member = member;
    this.disk = disk;
    this.modified = request.identity().time().getEpochSecond();
  }

  static OvaWriter begin(CreateRequest request) throws IOException {
    OvaOptions options = OvaOptions.parse(request.options());
    if (request.target().sequential()) {
      throw new IllegalOptionException("An ova is not written from front to back");
    }
    if (request.backing().isPresent()) {
      throw new IllegalOptionException("Backing file not supported for file format 'ova'");
    }
    WritableStorage tar = request.target().storage();
    String own = tar.name().substring(tar.name().lastIndexOf('/') + 1);
    boolean named = own.toLowerCase(Locale.ROOT).endsWith(SUFFIX) && own.length() > SUFFIX.length();
    String fallback = named ? own.substring(0, own.length() - SUFFIX.length()) : "disk";
    String name = options.name().orElse(ImageException.printable(fallback));
    String stem = stem(name);
    String diskFile = stem + "-disk1.vmdk";
    EnvelopeText text =
        new EnvelopeText(options, name, diskFile, Sizes.roundUp(request.size(), SECTOR));
    long envelope = Sizes.roundUp(text.of(0).length, TarHeader.BLOCK);
    long start = TarHeader.BLOCK + envelope + TarHeader.BLOCK;
    if (!tar.readsZeroWhereUnwritten()) {
      tar.zero(0, TarHeader.BLOCK); // what was there is no image from now on
    }
    DiskMember member = new DiskMember(diskFile, tar, start, options.chunkSize());
    ImageFormat format = diskFormat();
    ImageWriter disk =
        format.create(
            new CreateRequest(
                request.size(),
                FormatOptions.parse(options.disk(), format.createOptions()),
                true,
                Optional.empty(),
                new MemberTarget(member),
                request.identity()));
    return new OvaWriter(request, options, text, stem, diskFile, member, disk);
  }

  private static ImageFormat diskFormat() throws IllegalOptionException {
    return ImageFormats.present()
        .named("vmdk")
        .orElseThrow(() -> new IllegalOptionException("An ova needs the format vmdk"));
  }

  /** What the disk's own format says, and the most that goes around it. */
  static Optional<Measurement> measure(
      long size, FormatOptions formatOptions, Optional<BlockMap> source) throws IOException {
    OvaOptions options = OvaOptions.parse(formatOptions);
    ImageFormat format = diskFormat();
    FormatOptions diskOptions = FormatOptions.parse(options.disk(), format.createOptions());
    String name = options.name().orElse("-".repeat(MAX_STEM));
    String diskFile = "-".repeat(MAX_STEM) + "-disk1.vmdk";
    long envelope = new EnvelopeText(options, name, diskFile, size).of(0).length;
    return format
        .measure(size, diskOptions, source)
        .map(disk ->
            new Measurement(
                disk.required() + around(disk.required(), envelope, options),
                disk.fullyAllocated() + around(disk.fullyAllocated(), envelope, options),
                OptionalLong.empty()));
  }

  private static long around(long disk, long envelope, OvaOptions options) {
    long chunks = Sizes.ceilDiv(disk, options.chunkSize());
    return envelope + chunks * (TarHeader.BLOCK + MAX_LINE) + MAX_LINE + 2L * RECORD;
  }

  /** A name as a part of file names that every tool takes. */
  private static String stem(String name) {
    String stem = name.replaceAll("[^A-Za-z0-9._-]", "_");
    stem = stem.substring(0, Math.min(MAX_STEM, stem.length()));
    return stem.isEmpty() || stem.startsWith(".") ? "disk" + stem : stem;
  }

  /** What the disk's own writer writes to. */
  private record MemberTarget(DiskMember storage) implements Target {
    @Override
    public WritableStorage outside(Reference reference) throws IOException {
      throw Fault.ofFormat("ova").denied("a disk in an appliance is one file");
    }

    @Override
    public boolean sequential() {
      return true;
    }
  }

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  @Override
  public int blockSize() {
    return disk.blockSize();
  }

  @Override
  public int granularity() {
    return disk.granularity();
  }

  @Override
  public long longestZeros() {
    return disk.longestZeros();
  }

  @Override
  public long longestAbsent() {
    return disk.longestAbsent();
  }

  @Override
  public Optional<BlockEncoder> newEncoder() {
    return disk.newEncoder();
  }

  @Override
  public Set<Encoding> adopts() {
    return disk.adopts();
  }

  /** The bytes are in memory and come in order here: the one place where their digest is free. */
  @Override
  public List<Placement> reserve(Chunk chunk) throws IOException {
    List<Placement> places = new ArrayList<>();
    for (Placement placement : disk.reserve(chunk)) {
      member.place(placement, places);
    }
    return places;
  }

  @Override
  public void finish() throws IOException {
    disk.finish();
    long size = member.size();
    boolean chunked = size > options.chunkSize();
    byte[] envelope = text.of(size);
    StringBuilder manifest = new StringBuilder();
    addDigest(manifest, stem + ".ovf", sha256().digest(envelope));
    List<byte[]> digests = member.digests();
    for (int i = 0; i < digests.size(); i++) {
      long offset = i * options.chunkSize();
      String file = chunked ? Appliance.chunkName(diskFile, i) : diskFile;
      addDigest(manifest, file, digests.get(i));
      long length = Math.min(options.chunkSize(), size - offset);
      writeHeader(member.place(offset) - TarHeader.BLOCK, file, length);
    }
    long end = writePadded(member.end(), new byte[0]);
    byte[] lines = manifest.toString().getBytes(StandardCharsets.UTF_8);
    writeHeader(end, stem + ".mf", lines.length);
    end = writePadded(end + TarHeader.BLOCK, lines);
    long wholeEnd = Math.ceilDiv(end + 2 * TarHeader.BLOCK, RECORD) * RECORD;
    tar.write(end, MemorySegment.ofArray(new byte[(int) (wholeEnd - end)]));
    writePadded(TarHeader.BLOCK, envelope);
    writeHeader(0, stem + ".ovf", envelope.length);
    if (tar.size() > wholeEnd) {
      tar.truncate(wholeEnd);
    }
  }

  private static void addDigest(StringBuilder manifest, String file, byte[] digest) {
    manifest.append("SHA256(").append(file).append(")= ");
    manifest.append(HexFormat.of().formatHex(digest)).append('\n');
  }

  private void writeHeader(long at, String name, long size) throws IOException {
    tar.write(at, MemorySegment.ofArray(new TarHeader(name, size, '0').toBlock(modified)));
  }

  /** Writes bytes and zeros up to the next block, and answers where that is. */
  private long writePadded(long at, byte[] bytes) throws IOException {
    long end = Sizes.roundUp(at + bytes.length, TarHeader.BLOCK);
    if (end > at) {
      byte[] padded = new byte[(int) (end - at)];
      System.arraycopy(bytes, 0, padded, 0, bytes.length);
      tar.write(at, MemorySegment.ofArray(padded));
    }
    return end;
  }

  @Override
  public void close() throws IOException {
    disk.close();
  }
}

package dev.platter.guest.files.erofs;

import dev.platter.codec.CodecException;
import dev.platter.codec.Packing;
import dev.platter.guest.files.ArraySource;
import dev.platter.guest.files.Bytes;
import dev.platter.guest.files.MappedSource;
import dev.platter.guest.files.Recent;
import dev.platter.guest.files.Source;
import dev.platter.image.Fault;
import dev.platter.image.ImageException;
import java.io.IOException;
import java.util.Arrays;

/** The bytes of a compressed file: runs, of which some are stored as they are. */
final class ErofsCompressed extends MappedSource {
  /** In the order of their numbers. */
  private static final Packing[] ALGORITHMS = {
    Packing.LZ4, Packing.MICRO_LZMA, Packing.DEFLATE, Packing.ZSTD
  };

  /** More than any run may decode to. */
  private static final long MAX_RUN = 16 << 20;

  private static final int KEPT = 2;

  private final Source volume;
  private final ErofsSuperblock superblock;
  private final ErofsIndex index;
  private final ErofsAttributes.Opener packed;
  private ErofsIndex.Run last;
  private final Recent<Source> decoded = new Recent<>(KEPT, this::decode);

  /**
   * @param packed opens what the ends of files lie in
   */
  ErofsCompressed(
      String name,
      Source volume,
      ErofsSuperblock superblock,
      ErofsInode inode,
      ErofsAttributes.Opener packed)
      throws IOException {
    super(name, inode.size(), volume.budget());
    this.volume = volume;
    this.superblock = superblock;
    this.index = new ErofsIndex(volume, superblock, inode);
    this.packed = packed;
  }

  @Override
  protected Piece pieceAt(long offset) throws IOException {
    if (index.isAllFragment()) {
      return new Piece(size() - offset, packed.open(), index.fragment() + offset);
    }
    if (last == null || offset < last.start() || offset >= last.end()) {
      last = index.runAt(offset);
    }
    ErofsIndex.Run run = last;
    long within = offset - run.start();
    long left = run.end() - offset;
    if (run.isLast() && index.advises(ErofsIndex.ADVISE_FRAGMENT)) {
      return new Piece(left, packed.open(), index.fragment(run) + within);
    }
    if (run.type() != ErofsIndex.PLAIN) {
      return new Piece(left, decoded.at(run.start()), within);
    }
    long length = stored(run);
    if (run.end() - run.start() > length) {
      throw Fault.on(name())
          .corrupt("a run of " + (run.end() - run.start()) + " bytes in " + length);
    }
    if (!index.advises(ErofsIndex.ADVISE_INTERLACED)) {
      return new Piece(left, volume, place(run) + within);
    }
    // It begins where it would within a block of the file, and goes on in front of that.
    long first = superblock.blockSize() - run.start() % superblock.blockSize();
    return within < first
        ? new Piece(Math.min(first - within, left), volume, place(run) + length - first + within)
        : new Piece(left, volume, place(run) + within - first);
  }

  private boolean isInline(ErofsIndex.Run run) {
    return run.isLast() && index.advises(ErofsIndex.ADVISE_INLINE);
  }

  private long place(ErofsIndex.Run run) throws ImageException {
    return isInline(run) ? index.inlinePlace() : run.block() << superblock.blockLog();
  }

  private long stored(ErofsIndex.Run run) throws ImageException {
    return isInline(run) ? index.inlineLength() : run.stored();
  }

  private Source decode(long start) throws IOException {
    ErofsIndex.Run run = index.runAt(start);
    Bytes bytes = volume.read(place(run), stored(run));
    long length = run.end() - run.start();
    bytes.require(length <= MAX_RUN, "a run of " + length + " bytes");
    int algorithm = index.algorithm(run);
    if (algorithm >= ALGORITHMS.length) {
      throw bytes.unsupported("compression " + algorithm);
    }
    Packing packing = ALGORITHMS[algorithm];
    volume.stepsToDecode(length);
    byte[] target = new byte[(int) length];
    try {
      boolean isPadded = packing != Packing.LZ4 || superblock.has(ErofsSuperblock.ZERO_PADDING);
      int count = packing.unpack(isPadded ? withoutPadding(bytes) : bytes.array(), target);
      bytes.require(count == length, "a run that decodes to " + count + " of " + length + " bytes");
    } catch (CodecException e) {
      throw bytes.wrong("damaged data, " + e.getMessage(), e);
    } catch (IllegalStateException e) {
      throw Fault.on(name()).unsupported(e.getMessage(), e);
    }
    return new ArraySource(name(), target, budget());
  }

  private static byte[] withoutPadding(Bytes bytes) throws ImageException {
    byte[] all = bytes.array();
    int zeros = 0;
    while (zeros < all.length && all[zeros] == 0) {
      zeros++;
    }
    return Arrays.copyOfRange(all, zeros, all.length);
  }
}

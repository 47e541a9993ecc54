package dev.platter.guest.files.erofs;

import dev.platter.guest.files.Bytes;
import dev.platter.guest.files.MappedSource;
import dev.platter.guest.files.Source;
import dev.platter.image.ImageException;
import java.io.IOException;

/** The bytes of a file that is not compressed. */
final class ErofsPlain extends MappedSource {
  private static final int CHUNK_LOG = 0x1F;
  private static final int WITH_INDEXES = 0x20;
  private static final int KNOWN_CHUNKS = 0x3F;
  private static final int INDEX = 8;
  private static final long NOWHERE = 0xFFFFFFFFL;
  private static final int LARGEST_CHUNK_LOG = 46;

  private final Source volume;
  private final ErofsSuperblock superblock;
  private final ErofsInode inode;
  private final int chunkLog;
  private final boolean withIndexes;

  ErofsPlain(String name, Source volume, ErofsSuperblock superblock, ErofsInode inode)
      throws ImageException {
    super(name, inode.size(), volume.budget());
    this.volume = volume;
    this.superblock = superblock;
    this.inode = inode;
    int format = (int) inode.where() & 0xFFFF;
    this.chunkLog = superblock.blockLog() + (format & CHUNK_LOG);
    this.withIndexes = (format & WITH_INDEXES) != 0;
    boolean isKnown = (format & ~KNOWN_CHUNKS) == 0 && chunkLog <= LARGEST_CHUNK_LOG;
    if (inode.layout() == ErofsInode.CHUNKS && !isKnown) {
      throw Bytes.of(name, inode.place(), new byte[0])
          .unsupported("chunks of format 0x" + Integer.toHexString(format));
    }
  }

  @Override
  protected Piece pieceAt(long offset) throws IOException {
    if (inode.layout() == ErofsInode.CHUNKS) {
      return chunkAt(offset);
    }
    long end = size();
    if (inode.layout() == ErofsInode.INLINE) {
      long inlined = (size() - 1) >> superblock.blockLog() << superblock.blockLog();
      if (offset >= inlined) {
        return new Piece(size() - offset, volume, inode.behind() + offset - inlined);
      }
      end = inlined;
    }
    return new Piece(end - offset, volume, (inode.where() << superblock.blockLog()) + offset);
  }

  private Piece chunkAt(long offset) throws IOException {
    long chunk = offset >> chunkLog;
    long within = offset - (chunk << chunkLog);
    int unit = withIndexes ? INDEX : Integer.BYTES;
    long table = (inode.behind() + unit - 1) / unit * unit;
    Bytes entry = volume.read(table + chunk * unit, unit);
    if (withIndexes && entry.u16(2) != 0) {
      throw entry.unsupported("data on another device");
    }
    long block = entry.u32(withIndexes ? 4 : 0);
    long length = (1L << chunkLog) - within;
    return block == NOWHERE
        ? Piece.zeros(length)
        : new Piece(length, volume, (block << superblock.blockLog()) + within);
  }
}

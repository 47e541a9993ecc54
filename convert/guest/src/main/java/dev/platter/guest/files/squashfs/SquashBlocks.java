package dev.platter.guest.files.squashfs;

import dev.platter.codec.CodecException;
import dev.platter.codec.Packing;
import dev.platter.guest.files.Bytes;
import dev.platter.guest.files.Recent;
import dev.platter.guest.files.Source;
import dev.platter.image.Fault;
import dev.platter.image.ImageException;
import java.io.IOException;
import java.util.Arrays;

/** Blocks of metadata and of data, decompressed; those used last are kept. */
final class SquashBlocks {
  /** What a block of metadata decodes to; the last one of a table to less. */
  static final int METADATA = 8192;

  private static final int STORED_PLAIN = 0x8000;
  private static final int MAX_METADATA = 64;

  private final Source volume;
  private final Packing packing;
  private final Recent<Metadata> metadata = new Recent<>(MAX_METADATA, this::readMetadata);

  /**
   * A block of metadata.
   *
   * @param next where the next one lies
   */
  private record Metadata(byte[] bytes, long next) {}

  SquashBlocks(Source volume, Packing packing) {
    this.volume = volume;
    this.packing = packing;
  }

  private Metadata readMetadata(long offset) throws IOException {
    int header = volume.read(offset, 2).u16(0);
    int length = header & STORED_PLAIN - 1;
    Bytes stored = volume.read(offset + 2, length);
    stored.require(length > 0 && length <= METADATA, "a block of metadata of " + length + " bytes");
    byte[] bytes = stored.array();
    if ((header & STORED_PLAIN) == 0) {
      bytes = unpack(stored, METADATA);
    }
    return new Metadata(bytes, offset + 2 + length);
  }

  /** Decompresses a block. */
  byte[] unpack(Bytes stored, int most) throws ImageException {
    byte[] target = new byte[most + 1];
    volume.stepsToDecode(most);
    try {
      int length = packing.unpack(stored.array(), target);
      stored.require(length <= most, "a block that decodes to more than " + most + " bytes");
      return Arrays.copyOf(target, length);
    } catch (CodecException e) {
      throw stored.wrong("damaged block, " + e.getMessage(), e);
    } catch (IllegalStateException e) {
      throw Fault.on(volume.name()).unsupported(e.getMessage(), e);
    }
  }

  /** A reader of metadata that begins at a byte of a block. */
  Reader reader(long block, int within) {
    return new Reader(block, within);
  }

  /**
   * An entry of a table, whose blocks a list in the volume tells.
   *
   * @param list where the list lies
   */
  Bytes entry(long list, long index, int size) throws IOException {
    int perBlock = METADATA / size;
    long block = volume.read(list + index / perBlock * Long.BYTES, Long.BYTES).u63(0);
    return reader(block, (int) (index % perBlock) * size).read(size);
  }

  /** Reads metadata in order, from one block into the next. */
  final class Reader {
    private long block;
    private int within;

    private Reader(long block, int within) {
      this.block = block;
      this.within = within;
    }

    /** Another one, in the same place. */
    Reader copy() {
      return new Reader(block, within);
    }

    /** The next bytes. */
    Bytes read(int length) throws IOException {
      byte[] bytes = new byte[length];
      for (int done = 0; done < length; ) {
        volume.step();
        Metadata from = metadata.at(block);
        int count = Math.min(length - done, from.bytes().length - within);
        if (count < 0) {
          throw Fault.on(volume.name())
              .at(block)
              .corrupt("metadata has " + from.bytes().length + " bytes, asked for " + within);
        }
        System.arraycopy(from.bytes(), within, bytes, done, count);
        done += count;
        within += count;
        if (within == from.bytes().length && done < length) {
          block = from.next();
          within = 0;
        }
      }
      return Bytes.of(volume.name(), block, bytes);
    }
  }
}

package dev.platter.testdata;

import dev.platter.codec.Codecs;
import dev.platter.codec.Encoder;
import dev.platter.codec.Encoding;
import dev.platter.image.BlockMap;
import dev.platter.image.Extent;
import dev.platter.storage.MemoryStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Random;

/**
 * A layer of a guest disk with a random layout, and what a plain byte array says it holds: the
 * oracle of model tests. The layout depends on the seed alone.
 */
public final class ModelDisk implements BlockMap {
  private final int blockSize;
  private final Extent[] blocks;
  private final byte[] content;
  private final boolean[] present;
  private final MemoryStorage storage;

  private ModelDisk(int size, int blockSize, MemoryStorage storage) {
    this.blockSize = blockSize;
    this.blocks = new Extent[Math.ceilDiv(size, blockSize)];
    this.content = new byte[size];
    this.present = new boolean[blocks.length];
    this.storage = storage;
  }

  /**
   * A random layer.
   *
   * @param size bytes
   * @param blockSize the unit in which the kinds change
   */
  public static ModelDisk random(long seed, int size, int blockSize) throws IOException {
    Random random = new Random(seed);
    ModelDisk disk = new ModelDisk(size, blockSize, new MemoryStorage("model-" + seed));
    long host = 512L * random.nextInt(9);
    int kind = 0;
    for (int i = 0; i < disk.blocks.length; i++) {
      // Runs of one kind, so that joining and cutting happen.
      kind = random.nextInt(3) == 0 ? random.nextInt(6) : kind;
      long offset = (long) i * blockSize;
      int length = (int) Math.min(blockSize, size - offset);
      disk.present[i] = kind != 0;
      byte[] bytes = new byte[blockSize];
      disk.blocks[i] =
          switch (kind) {
            case 0 -> new Extent.Absent(offset, length);
            case 1 -> new Extent.Zero(offset, length);
            case 2, 3 -> {
              fill(random, bytes);
              disk.storage.write(host, MemorySegment.ofArray(bytes).asSlice(0, length));
              Extent data = new Extent.Data(offset, length, disk.storage, host);
              host += length + (random.nextBoolean() ? 0 : 512);
              yield data;
            }
            default -> {
              fill(random, bytes);
              Encoding encoding = kind == 4 ? Encoding.DEFLATE : Encoding.ZSTD;
              byte[] stream = encode(encoding, bytes);
              disk.storage.write(host, MemorySegment.ofArray(stream));
              int hostLength = stream.length + random.nextInt(64);
              Extent unit =
                  new Extent.Encoded(
                      offset, length, encoding, disk.storage, host, hostLength, blockSize, 0);
              host += hostLength;
              yield unit;
            }
          };
      System.arraycopy(bytes, 0, disk.content, (int) offset, length);
    }
    return disk;
  }

  /** Bytes that compress, with zeros of many lengths among them; sometimes nothing but zeros. */
  private static void fill(Random random, byte[] bytes) {
    if (random.nextInt(6) == 0) {
      return;
    }
    for (int at = 0; at < bytes.length; ) {
      int length = Math.min(bytes.length - at, 1 + random.nextInt(bytes.length));
      if (random.nextBoolean()) {
        byte[] noise = new byte[Math.min(length, 48)];
        random.nextBytes(noise);
        for (int i = 0; i < length; i++) {
          bytes[at + i] = noise[i % noise.length];
        }
      }
      at += length;
    }
  }

  private static byte[] encode(Encoding encoding, byte[] bytes) {
    try (Encoder encoder = Codecs.newEncoder(encoding)) {
      byte[] target = new byte[bytes.length * 2 + 1024];
      int length = encoder.encode(MemorySegment.ofArray(bytes), MemorySegment.ofArray(target));
      return Arrays.copyOf(target, length);
    }
  }

  /** What this layer holds; zeros where it is absent. */
  public byte[] content() {
    return content.clone();
  }

  /** What the guest sees of this layer over {@code below}, which may be shorter or longer. */
  public byte[] contentOver(byte[] below) {
    byte[] seen = content.clone();
    for (int i = 0; i < blocks.length; i++) {
      int start = i * blockSize;
      int end = (int) Math.min(Math.min((long) start + blockSize, seen.length), below.length);
      if (!present[i] && end > start) {
        System.arraycopy(below, start, seen, start, end - start);
      }
    }
    return seen;
  }

  @Override
  public long size() {
    return content.length;
  }

  @Override
  public int blockSize() {
    return blockSize;
  }

  @Override
  public Extent extentAt(long offset, long limit) {
    int index = (int) (offset / blockSize);
    Extent extent = blocks[index];
    Extent part = extent.slice(offset, Math.min(limit, extent.end()) - offset);
    // Joins runs that no byte belongs to, as formats do.
    for (int i = index + 1; i < blocks.length && part.end() < limit; i++) {
      long end = Math.min(limit, blocks[i].end());
      if (part instanceof Extent.Absent && blocks[i] instanceof Extent.Absent) {
        part = new Extent.Absent(offset, end - offset);
      } else if (part instanceof Extent.Zero && blocks[i] instanceof Extent.Zero) {
        part = new Extent.Zero(offset, end - offset);
      } else {
        break;
      }
    }
    return part;
  }
}

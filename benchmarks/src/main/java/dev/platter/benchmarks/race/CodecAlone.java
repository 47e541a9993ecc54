package dev.platter.benchmarks.race;

import dev.platter.codec.Codecs;
import dev.platter.codec.Decoder;
import dev.platter.codec.Encoder;
import dev.platter.codec.Encoding;
import dev.platter.image.BlockMap;
import dev.platter.image.Extent;
import dev.platter.image.chain.ImageChain;
import dev.platter.image.spi.ImageFormats;
import dev.platter.image.spi.ReferencePolicy;
import dev.platter.image.spi.StorageOpener;
import dev.platter.storage.ZeroScan;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What a codec's library takes by itself for an image's blocks, on all cores: {@code encode FORMAT
 * IMAGE ENCODING [LEVEL]} or {@code decode FORMAT IMAGE}. Prints the seconds spent in it.
 *
 * <p>Blocks are read into memory first, a batch at a time, and only the codec is timed. A program
 * that converts the same image cannot be faster with this library.
 */
public final class CodecAlone {
  private static final int BLOCK = 64 << 10;
  private static final long BATCH = 96 << 20;

  private final Encoding encoding;
  private final OptionalInt level;
  private final List<Block> batch = new ArrayList<>();
  private long nanos;

  private record Block(MemorySegment source, int decodedLength) {}

  private CodecAlone(Encoding encoding, OptionalInt level) {
    this.encoding = encoding;
    this.level = level;
  }

  /** Runs it. */
  public static void main(String[] args) throws IOException {
    ImageFormats formats = ImageFormats.present();
    ImageChain.Options options =
        ImageChain.Options.of(formats, ReferencePolicy.deny(), StorageOpener.READING)
            .withFormat(formats.named(args[1]));
    try (ImageChain chain = ImageChain.open(Path.of(args[2]), options)) {
      BlockMap map = chain.map();
      boolean encode = args[0].equals("encode");
      CodecAlone codec =
          encode
              ? new CodecAlone(
                  Encoding.valueOf(args[3].toUpperCase(Locale.ROOT)),
                  args.length > 4 ? OptionalInt.of(Integer.parseInt(args[4])) : OptionalInt.empty())
              : new CodecAlone(encodingOf(map), OptionalInt.empty());
      codec.run(map, encode);
      System.out.printf(Locale.ROOT, "%.3f%n", codec.nanos / 1e9);
    }
  }

  private static Encoding encodingOf(BlockMap map) throws IOException {
    for (long at = 0; at < map.size(); ) {
      Extent extent = map.extentAt(at, map.size());
      if (extent instanceof Extent.Encoded encoded) {
        return encoded.encoding();
      }
      at = extent.end();
    }
    throw new IllegalArgumentException("no block is encoded");
  }

  private void run(BlockMap map, boolean encode) throws IOException {
    long at = 0;
    while (at < map.size()) {
      try (Arena arena = Arena.ofShared()) {
        MemorySegment memory = arena.allocate(BATCH, 4096);
        batch.clear();
        at = encode ? gatherPlain(map, at, memory) : gatherEncoded(map, at, memory);
        time(encode);
      }
    }
  }

  /** The blocks from there on that hold more than zeros; returns where the next batch begins. */
  private long gatherPlain(BlockMap map, long from, MemorySegment memory) throws IOException {
    long filled = 0;
    long at = from;
    while (at < map.size()) {
      Extent extent = map.extentAt(at, map.size());
      if (!(extent instanceof Extent.Data data)) {
        at = Math.min(map.size(), Math.ceilDiv(extent.end(), BLOCK) * (long) BLOCK);
        continue;
      }
      if (filled + BLOCK > memory.byteSize()) {
        return at;
      }
      int length = (int) Math.min(BLOCK, map.size() - at);
      MemorySegment block = memory.asSlice(filled, length);
      data.storage().readFully(data.hostOffset(), block);
      if (!ZeroScan.isZero(block)) {
        batch.add(new Block(block, length));
        filled += BLOCK;
      }
      at += length;
    }
    return at;
  }

  private long gatherEncoded(BlockMap map, long from, MemorySegment memory) throws IOException {
    long filled = 0;
    long at = from;
    while (at < map.size()) {
      Extent extent = map.extentAt(at, map.size());
      if (extent instanceof Extent.Encoded encoded) {
        if (filled + encoded.hostLength() > memory.byteSize()) {
          return at;
        }
        MemorySegment block = memory.asSlice(filled, encoded.hostLength());
        long read = encoded.storage().read(encoded.hostOffset(), block);
        batch.add(new Block(block.asSlice(0, read), encoded.decodedLength()));
        filled += encoded.hostLength();
      }
      at = extent.end();
    }
    return at;
  }

  private void time(boolean encode) throws IOException {
    AtomicInteger next = new AtomicInteger();
    List<Thread> workers = new ArrayList<>();
    List<Throwable> failures = new ArrayList<>();
    long start = System.nanoTime();
    for (int i = 0; i < Runtime.getRuntime().availableProcessors(); i++) {
      Thread worker = Thread.ofPlatform().unstarted(() -> work(encode, next));
      worker.setUncaughtExceptionHandler((thread, e) -> {
        synchronized (failures) {
          failures.add(e);
        }
      });
      worker.start();
      workers.add(worker);
    }
    for (Thread worker : workers) {
      try {
        worker.join();
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
    }
    nanos += System.nanoTime() - start;
    synchronized (failures) {
      if (!failures.isEmpty()) {
        throw new IOException(failures.getFirst());
      }
    }
  }

  private void work(boolean encode, AtomicInteger next) {
    try (Arena arena = Arena.ofConfined();
        Encoder encoder = encode ? Codecs.newEncoder(encoding, level) : null;
        Decoder decoder = encode ? null : Codecs.newDecoder(encoding)) {
      MemorySegment target = arena.allocate(2 * BLOCK, 4096);
      for (int i = next.getAndIncrement(); i < batch.size(); i = next.getAndIncrement()) {
        Block block = batch.get(i);
        if (encode) {
          // All of VMDK's grains are zlib streams; a qcow2 cluster that does not shrink is no
          // stream.
          long room = encoding == Encoding.ZLIB ? target.byteSize() : block.decodedLength;
          encoder.encode(block.source, target.asSlice(0, room));
        } else {
          decoder.decode(block.source, target.asSlice(0, block.decodedLength));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

package dev.platter.convert;

import dev.platter.image.BlockMap;
import dev.platter.image.Chunk;
import dev.platter.image.ImageWriter;
import dev.platter.image.LayeredMap;
import dev.platter.image.Placement;
import dev.platter.image.Sizes;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;

/**
 * One conversion: moves all guest bytes of a source into an image writer on several threads. The
 * calling thread is one of them. The caller finishes the writer and publishes the target
 * afterwards.
 */
public final class Converter {
  /** How much data one worker takes at a time where blocks are stored as they are. */
  private static final int PLAIN_SEGMENT_BYTES = 2 << 20;

  /** The same where blocks are compressed: small enough that workers seldom wait for their turn. */
  private static final int COMPRESSED_SEGMENT_BYTES = 512 << 10;

  /**
   * What the buffers of all workers may take together, where blocks are so large that it counts.
   */
  private static final long BUFFER_BUDGET_BYTES = 96 << 20;

  private final BlockMap source;
  private final ImageWriter writer;
  private final boolean sequential;
  private final ConvertOptions options;
  private final Progress progress;
  private final Cancellation cancellation;
  private final int segmentBytes;
  private final SegmentPlan plan;
  private final Turnstile turnstile = new Turnstile();
  private final AtomicReference<Throwable> failure = new AtomicReference<>();
  private final Throttle throttle;
  private long done;

  private Converter(
      BlockMap source,
      ImageWriter writer,
      boolean sequential,
      ConvertOptions options,
      Progress progress,
      Cancellation cancellation,
      boolean compresses) {
    this.source = source;
    this.writer = writer;
    this.sequential = sequential;
    this.options = options;
    this.progress = progress;
    this.cancellation = cancellation;
    int wanted = compresses ? COMPRESSED_SEGMENT_BYTES : PLAIN_SEGMENT_BYTES;
    this.segmentBytes = (int) Sizes.ceilDiv(wanted, writer.blockSize()) * writer.blockSize();
    this.plan =
        new SegmentPlan(
            options.keepBacking() ? topLayer(source) : source,
            segmentBytes,
            writer.blockSize(),
            options.sparseBytes() != 0);
    this.throttle = new Throttle(options.bytesPerSecond());
  }

  /**
   * Converts.
   *
   * @param source what the guest shall see; with {@link ConvertOptions#keepBacking()} a {@link
   *     LayeredMap}
   * @param writer the new image; not finished nor closed here
   * @param sequential whether the target takes bytes only in ascending order
   * @throws IOException the first error of any worker; the others have stopped then
   */
  public static void convert(
      BlockMap source,
      ImageWriter writer,
      boolean sequential,
      ConvertOptions options,
      Progress progress,
      Cancellation cancellation)
      throws IOException {
    boolean compresses = !writer.adopts().isEmpty();
    new Converter(source, writer, sequential, options, progress, cancellation, compresses).run();
  }

  private static BlockMap topLayer(BlockMap source) {
    if (source instanceof LayeredMap chain) {
      return chain.layers().getFirst();
    }
    throw new IllegalArgumentException("only a chain has a backing to keep");
  }

  private void run() throws IOException {
    List<Thread> helpers = new ArrayList<>();
    long useful = Sizes.ceilDiv(source.size(), segmentBytes);
    long affordable = Math.max(1, BUFFER_BUDGET_BYTES / segmentBytes);
    int count = (int) Math.min(options.workers(), Math.min(useful, affordable));
    for (int i = 1; i < count; i++) {
      helpers.add(Thread.ofPlatform().name("platter-convert-" + i).daemon().start(this::work));
    }
    work();
    for (Thread helper : helpers) {
      Workers.join(helper);
    }
    if (failure.get() != null) {
      throw Workers.rethrow(failure.get());
    }
  }

  private void work() {
    try (ChunkMaker maker = new ChunkMaker(source, writer, options, progress, segmentBytes);
        Mover mover = new Mover()) {
      while (failure.get() == null) {
        cancellation.check();
        Segment segment = plan.claim();
        if (segment == null) {
          return;
        }
        throttle.take(segment);
        deal(segment, maker.make(segment), mover);
      }
    } catch (Throwable e) {
      fail(e);
    }
  }

  private void deal(Segment segment, Chunk chunk, Mover mover) throws IOException {
    if (!turnstile.await(segment.index())) {
      return;
    }
    List<Placement> placements = writer.reserve(chunk);
    if (sequential) {
      mover.carryOut(placements);
      turnstile.pass();
    } else {
      turnstile.pass();
      mover.carryOut(placements);
    }
    advance(segment.length());
  }

  private synchronized void advance(long bytes) {
    done += bytes;
    progress.advanced(done, source.size());
  }

  private void fail(Throwable e) {
    if (!failure.compareAndSet(null, e)) {
      Throwable first = failure.get();
      if (first != e) {
        first.addSuppressed(e);
      }
    }
    turnstile.breakDown();
  }
}

package dev.platter.convert;

import dev.platter.image.BlockMap;
import dev.platter.image.Sizes;
import dev.platter.image.disk.LayeredMap;
import dev.platter.image.spi.ImageWriter;
import dev.platter.image.spi.Placement;
import dev.platter.image.spi.SequentialImage;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;

/**
 * Moves all guest bytes of a source into an image writer on several threads. The calling thread is
 * one of them. What comes before and after is {@link Converter}'s.
 */
final class Transfer {
  /** How much data one worker takes at a time where blocks are stored as they are. */
  private static final int PLAIN_SEGMENT_BYTES = 1 << 20;

  /** The same where blocks are compressed: small enough that workers seldom wait for their turn. */
  private static final int COMPRESSED_SEGMENT_BYTES = 512 << 10;

  /**
   * What the buffers of all workers may take together, where blocks are so large that it counts.
   */
  private static final long BUFFER_BUDGET_BYTES = 96 << 20;

  /** How many chunks a worker may have finished or in hand before it waits for its turn. */
  private static final int MAKERS_A_WORKER = 2;

  private static final int PAGE = 4096;

  private final ImageWriter writer;
  private final boolean sequential;
  private final Progress progress;
  private final Cancellation cancellation;
  private final Tap tap;
  private final int segmentBytes;
  private final Segments segments;
  private final int workers;
  private final Sequencer sequencer;
  private final AtomicReference<Throwable> failure = new AtomicReference<>();
  private final Throttle throttle;
  private boolean sizeTold;
  private long done;

  private Transfer(
      Segments segments,
      int segmentBytes,
      Supplier<ChunkMaker> newMaker,
      ImageWriter writer,
      boolean sequential,
      ConvertOptions options,
      Tap tap,
      Progress progress,
      Cancellation cancellation) {
    this.segments = segments;
    this.segmentBytes = segmentBytes;
    this.writer = writer;
    this.sequential = sequential;
    this.progress = progress;
    this.cancellation = cancellation;
    this.tap = tap;
    this.sizeTold = segments.size().isPresent();
    this.throttle = new Throttle(options.bytesPerSecond());
    long useful = Sizes.ceilDiv(segments.size().orElse(Long.MAX_VALUE), segmentBytes);
    long affordable = Math.max(1, BUFFER_BUDGET_BYTES / segmentBytes);
    this.workers = (int) Math.min(options.workers(), Math.min(useful, affordable));
    this.sequencer =
        new Sequencer(
            newMaker,
            workers > 1 ? (int) Math.min(affordable, (long) workers * MAKERS_A_WORKER) : 1);
  }

  /**
   * Moves what is where a map says.
   *
   * @param sequential whether the target takes bytes only in ascending order
   * @param tap sees what is moved, which all is read then
   * @throws IOException the first error of any worker; the others have stopped then
   */
  static void run(
      BlockMap source,
      ImageWriter writer,
      boolean sequential,
      ConvertOptions options,
      Tap tap,
      Progress progress,
      Cancellation cancellation)
      throws IOException {
    Unread unread = options.copyOffload() && tap == Tap.NONE ? Unread.STORED : Unread.NONE;
    run(source, writer, sequential, options, unread, tap, progress, cancellation);
  }

  /** The same, with some data passed on without a look. */
  static void run(
      BlockMap source,
      ImageWriter writer,
      boolean sequential,
      ConvertOptions options,
      Unread unread,
      Tap tap,
      Progress progress,
      Cancellation cancellation)
      throws IOException {
    int segmentBytes = segmentBytes(writer);
    Segments segments =
        new SegmentPlan(
            options.keepBacking() ? topLayer(source) : source,
            segmentBytes,
            writer.blockSize(),
            QuietRuns.of(writer, options));
    Supplier<ChunkMaker> newMaker =
        () -> new ChunkMaker(source, writer, options, unread, progress, segmentBytes);
    new Transfer(
            segments,
            segmentBytes,
            newMaker,
            writer,
            sequential,
            options,
            tap,
            progress,
            cancellation)
        .run();
  }

  /**
   * Moves what comes in order.
   *
   * @return how large the disk was
   */
  static long run(
      SequentialImage source,
      ImageWriter writer,
      boolean sequential,
      ConvertOptions options,
      Tap tap,
      Progress progress,
      Cancellation cancellation)
      throws IOException {
    int segmentBytes = segmentBytes(writer);
    ConvertOptions once = options.withCopyOffload(false).withSalvage(false).withKeepBacking(false);
    Segments segments =
        new StreamPlan(source, segmentBytes, writer.blockSize(), QuietRuns.of(writer, once));
    Supplier<ChunkMaker> newMaker =
        () -> new ChunkMaker(null, writer, once, Unread.NONE, progress, segmentBytes);
    new Transfer(
            segments, segmentBytes, newMaker, writer, sequential, once, tap, progress, cancellation)
        .run();
    return segments.size().orElseThrow();
  }

  private static int segmentBytes(ImageWriter writer) {
    boolean compresses = !writer.adopts().isEmpty();
    int wanted = compresses ? COMPRESSED_SEGMENT_BYTES : PLAIN_SEGMENT_BYTES;
    return (int) Sizes.ceilDiv(wanted, writer.blockSize()) * writer.blockSize();
  }

  private static BlockMap topLayer(BlockMap source) {
    if (source instanceof LayeredMap chain) {
      return chain.layers().getFirst();
    }
    throw new IllegalArgumentException("only a chain has a backing to keep");
  }

  private void run() throws IOException {
    try (sequencer) {
      List<Thread> helpers = new ArrayList<>();
      for (int i = 1; i < workers; i++) {
        helpers.add(Thread.ofPlatform().name("platter-convert-" + i).daemon().start(this::work));
      }
      work();
      for (Thread helper : helpers) {
        Workers.join(helper);
      }
    }
    if (failure.get() != null) {
      throw Workers.rethrow(failure.get());
    }
    tellSize();
  }

  private void work() {
    try (Mover mover = new Mover();
        Arena arena = Arena.ofConfined()) {
      MemorySegment buffer =
          segments.needsBuffer() ? arena.allocate(segmentBytes, PAGE) : MemorySegment.NULL;
      while (true) {
        cancellation.check();
        ChunkMaker maker = sequencer.lend();
        if (maker == null) {
          return;
        }
        Segment segment = segments.claim(buffer);
        if (segment == null) {
          sequencer.giveBack(maker);
          return;
        }
        throttle.take(maker.toRead(segment));
        sequencer.layDown(new Sequencer.Finished(segment, maker.make(segment), maker));
        deal(mover);
      }
    } catch (Throwable e) {
      fail(e);
    }
  }

  /** Deals with all chunks whose turn has come. */
  private void deal(Mover mover) throws IOException {
    Sequencer.Finished finished = sequencer.take();
    while (finished != null) {
      Segment segment = finished.segment();
      if (segment.end() % writer.blockSize() != 0) {
        tellSize(); // only the last one ends within a block
      }
      if (tap != Tap.NONE) {
        finished.maker().show(finished.chunk(), tap);
      }
      List<Placement> placements = writer.reserve(finished.chunk());
      if (sequential) {
        mover.carryOut(placements);
        sequencer.passed();
      } else {
        sequencer.passed();
        mover.carryOut(placements);
      }
      sequencer.giveBack(finished.maker());
      advance(segment.length());
      finished = sequencer.take();
    }
  }

  /** Tells a writer that does not know it how large the disk has turned out to be. */
  private void tellSize() throws IOException {
    if (!sizeTold) {
      sizeTold = true;
      writer.endAt(segments.size().orElseThrow());
    }
  }

  private synchronized void advance(long bytes) {
    done += bytes;
    progress.advanced(done, segments.size().orElse(done));
  }

  private void fail(Throwable e) {
    if (!failure.compareAndSet(null, e)) {
      Throwable first = failure.get();
      if (first != e) {
        first.addSuppressed(e);
      }
    }
    sequencer.breakOff();
  }
}

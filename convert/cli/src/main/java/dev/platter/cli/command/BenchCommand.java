package dev.platter.cli.command;

import dev.platter.cli.image.EditedImage;
import dev.platter.cli.line.Arguments;
import dev.platter.cli.line.Command;
import dev.platter.cli.line.Example;
import dev.platter.cli.line.Failure;
import dev.platter.cli.line.Invocation;
import dev.platter.cli.line.Numbers;
import dev.platter.cli.line.Option;
import dev.platter.cli.source.Access;
import dev.platter.cli.source.CacheMode;
import dev.platter.cli.source.Source;
import dev.platter.cli.text.Decimals;
import dev.platter.cli.text.Reasons;
import dev.platter.image.disk.GuestDisk;
import dev.platter.image.spi.FileUse;
import java.io.IOException;
import java.util.List;

/** {@code bench}: how fast an image answers requests of one size, many at a time. */
public final class BenchCommand extends Command {
  private static final Option COUNT =
      new Option("c", "count", "COUNT", "how many requests (default: 75000)");
  private static final Option DEPTH =
      new Option("d", "depth", "DEPTH", "how many of them at a time (default: 64)");
  private static final Option OFFSET =
      new Option("o", "offset", "OFFSET", "where the first one begins (default: 0)");
  private static final Option BUFFER_SIZE =
      new Option("s", "buffer-size", "SIZE", "bytes of each one (default: 4k)");
  private static final Option STEP =
      new Option("S", "step-size", "SIZE", "from one's begin to the next one's (default: SIZE)");
  private static final Option WRITE = new Option("w", "write", "", "write (default: read)");
  private static final Option PATTERN =
      new Option("", "pattern", "BYTE", "what is written, 0 to 255 (default: 0)");
  private static final Option FLUSH_INTERVAL =
      new Option("", "flush-interval", "COUNT", "flush after each so many writes");
  private static final Option NO_DRAIN =
      new Option("", "no-drain", "", "flush while writes are under way, not between them");
  private static final Option CACHE =
      new Option("t", "cache", "CACHE", "cache mode for FILE (default: writeback)");
  private static final Option AIO =
      new Option("i", "aio", "threads|native|io_uring", "accepted; requests are made by threads");
  private static final Option NATIVE = new Option("n", "native", "", "the same as -i native");

  private static final List<String> ENGINES = List.of("threads", "native", "io_uring");
  private static final int USUAL_COUNT = 75_000;
  private static final int USUAL_DEPTH = 64;
  private static final int USUAL_BYTES = 4096;
  private static final int MAX_PATTERN = 255;

  @Override
  public String name() {
    return "bench";
  }

  @Override
  public String summary() {
    return "Measure how fast an image answers requests";
  }

  @Override
  public String usage() {
    return "[-f FMT] [-c COUNT] [-d DEPTH] [-o OFFSET] [-s SIZE] [-S SIZE] [-t CACHE] [-U] "
        + "[-w [--pattern BYTE] [--flush-interval COUNT [--no-drain]]] FILE";
  }

  @Override
  public List<Option> options() {
    return List.of(
        Option.HELP,
        FORMAT,
        COUNT,
        DEPTH,
        OFFSET,
        BUFFER_SIZE,
        STEP,
        WRITE,
        PATTERN,
        FLUSH_INTERVAL,
        NO_DRAIN,
        CACHE,
        AIO,
        NATIVE,
        FORCE_SHARE,
        QUIET,
        IMAGE_OPTS,
        OBJECT);
  }

  @Override
  public String operands() {
    return "FILE  the image; with -w its disk is written over";
  }

  @Override
  public List<Example> examples() {
    return List.of(
        new Example(
            "read 1,000 times 4 KiB, 8 requests at a time", "bench -c 1000 -d 8 -s 4k disk.qcow2"));
  }

  @Override
  public int run(Invocation call) throws IOException, Failure {
    Arguments arguments = call.arguments();
    int bytes = number(arguments, BUFFER_SIZE, "buffer size", USUAL_BYTES, 1);
    int step = number(arguments, STEP, "step size", 0, 0);
    boolean writes = call.has(WRITE);
    Requests requests =
        new Requests(
            number(arguments, COUNT, "request count", USUAL_COUNT, 1),
            number(arguments, DEPTH, "queue depth", USUAL_DEPTH, 1),
            offset(arguments),
            bytes,
            step == 0 ? bytes : step,
            number(arguments, FLUSH_INTERVAL, "flush interval", 0, 0),
            call.has(NO_DRAIN));
    int pattern =
        (int) Numbers.between(arguments.last(PATTERN, "0"), "pattern byte", 0, MAX_PATTERN);
    CacheMode cache = cache(arguments.last(CACHE, "writeback"));
    boolean isNative = isNative(call);
    String file = call.operand();
    if (!writes && requests.flushInterval() > 0) {
      throw new Failure("--flush-interval is only available in write tests");
    }
    if (requests.flushInterval() > 0 && requests.flushInterval() < requests.depth()) {
      throw new Failure("Flush interval can't be smaller than depth");
    }
    if (isNative && !cache.isDirect()) {
      throw new Failure(
          "Could not open '"
              + file
              + "': aio=native was specified, but it requires cache.direct=on, which was not"
              + " specified.");
    }
    Access access =
        writes ? Access.changing(call, cache) : Access.reading(call, FileUse.READ, cache);
    try (Source source = Source.open(file, arguments.last(FORMAT), true, access)) {
      if (!writes) {
        try (BenchDisk disk = BenchDisk.toRead(source.map())) {
          run(call, requests, false, disk);
        }
        return 0;
      }
      try (GuestDisk guest = EditedImage.openDisk(call, source, cache);
          BenchDisk disk = BenchDisk.toWrite(guest, requests.bytes(), pattern, cache)) {
        run(call, requests, true, disk);
      }
    }
    return 0;
  }

  private static void run(Invocation call, Requests requests, boolean writes, BenchDisk disk)
      throws IOException, Failure {
    call.err().flush();
    // As in qemu-img, -q does not silence the answer.
    call.out().println(requests.describe(writes ? "write" : "read"));
    if (requests.flushInterval() > 0) {
      call.out().println("Sending flush every " + requests.flushInterval() + " requests");
    }
    call.out().flush();
    long nanos;
    try {
      nanos = new Bench(requests, disk).run();
    } catch (IOException e) {
      throw new Failure("Failed request: " + Reasons.of(e));
    }
    call.out().println("Run completed in " + Decimals.decimals(nanos / 1e9, 3) + " seconds.");
  }

  private static int number(Arguments arguments, Option option, String what, int usual, int least)
      throws Failure {
    String text = arguments.last(option);
    if (text == null) {
      return usual;
    }
    boolean isSize = option == BUFFER_SIZE || option == STEP;
    return (int)
        (isSize
            ? Numbers.size(text, what, least, Integer.MAX_VALUE)
            : Numbers.between(text, what, least, Integer.MAX_VALUE));
  }

  private static long offset(Arguments arguments) throws Failure {
    return Numbers.size(arguments.last(OFFSET, "0"), "offset");
  }

  private static CacheMode cache(String word) throws Failure {
    try {
      return CacheMode.of(word, "cache");
    } catch (Failure e) {
      throw new Failure("Invalid cache mode");
    }
  }

  private static boolean isNative(Invocation call) throws Failure {
    String engine = call.arguments().last(AIO, "threads");
    if (!ENGINES.contains(engine)) {
      throw new Failure("Invalid aio option: " + engine);
    }
    return call.has(NATIVE) || engine.equals("native");
  }
}

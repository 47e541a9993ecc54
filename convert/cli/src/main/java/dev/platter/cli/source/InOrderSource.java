package dev.platter.cli.source;

import dev.platter.cli.line.Failure;
import dev.platter.cli.line.Invocation;
import dev.platter.image.Extent;
import dev.platter.image.Fault;
import dev.platter.image.IllegalOptionException;
import dev.platter.image.OutOfOrderException;
import dev.platter.image.chain.WrappedFiles;
import dev.platter.image.name.ImageName;
import dev.platter.image.spi.ImageFormat;
import dev.platter.image.spi.ImageFormats;
import dev.platter.image.spi.OpenRequest;
import dev.platter.image.spi.SequentialImage;
import dev.platter.image.wrap.GradualSpool;
import dev.platter.storage.Storage;
import dev.platter.storage.StreamSource;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.UnaryOperator;

/**
 * A source that comes in order: standard input, or what is in a wrapped file. It is an image that
 * can be read so, or else must be put into a file first.
 */
public final class InOrderSource implements Closeable {
  private static final String DASH = "-";

  /** A name of standard input. */
  public static final String STANDARD_INPUT = "/dev/stdin";

  private static final List<String> INPUTS =
      List.of(STANDARD_INPUT, "/dev/fd/0", "/proc/self/fd/0");

  /** Types in a file's mode, as POSIX systems have them. */
  private static final int FILE_TYPE = 0170000;

  private static final int FIFO = 0010000;
  private static final int SOCKET = 0140000;

  private final List<Closeable> below;
  private final StreamSource plain;
  private final ImageFormats formats;
  private final ImageFormat format;
  private final boolean given;
  private final MemorySegment head;
  private final Optional<SequentialImage> image;

  private InOrderSource(
      List<Closeable> below, StreamSource plain, Optional<ImageFormat> asked, ImageFormats formats)
      throws IOException {
    this.below = below;
    this.plain = plain;
    this.formats = formats;
    this.given = asked.isPresent();
    byte[] copy = plain.head(ImageFormat.HEAD_BYTES).toArray(ValueLayout.JAVA_BYTE);
    this.head = MemorySegment.ofArray(copy).asReadOnly();
    this.format = formatOf(plain, asked, formats);
    Optional<SequentialImage> opened = format.openSequential(plain, OpenRequest.strict());
    this.image =
        opened.isPresent() ? Optional.of(new CheckedImage(opened.get())) : Optional.empty();
  }

  /**
   * Whether a name means what can be read once and in order only: {@code -}, or a FIFO, which
   * {@code /dev/stdin} and {@code /dev/fd/N} may be, too. To qemu-img none does.
   */
  public static boolean isNamed(Invocation call, String name) throws IOException {
    return call.profile().dashIsStream() && (name.equals(DASH) || isPipe(name));
  }

  /** Whether a name is that of a FIFO, or of what else comes as from one. */
  public static boolean isPipe(String name) throws IOException {
    Optional<Path> file;
    try {
      file = ImageName.parse(name).location().path();
    } catch (IllegalOptionException e) {
      return false; // it is told when the source is opened
    }
    if (file.isEmpty()) {
      return false;
    }
    Path path = file.get();
    if (!Files.exists(path) || Files.isRegularFile(path)) {
      return false;
    }
    int type = (int) Files.getAttribute(path, "unix:mode") & FILE_TYPE;
    return type == FIFO || (type == SOCKET && INPUTS.contains(name));
  }

  /** What comes under such a name, byte by byte. */
  public static StreamSource file(String name) throws IOException, Failure {
    return name.equals(DASH) || INPUTS.contains(name)
        ? StreamSource.standardInput()
        : new StreamSource(name, Files.newByteChannel(ImageName.parse(name).location().file()));
  }

  /**
   * What is in a stream. Where nothing comes, whoever was to send it has failed.
   *
   * @param input stays the caller's
   * @param asked its format, where that is given
   * @param wrapped how it is unwrapped; empty: it is not
   */
  public static InOrderSource in(
      Invocation call,
      StreamSource input,
      Optional<ImageFormat> asked,
      Optional<WrappedFiles> wrapped)
      throws IOException, Failure {
    ImageFormats formats = call.profile().probed(Source.FORMATS);
    List<Closeable> opened = new ArrayList<>();
    try {
      StreamSource plain = input;
      if (wrapped.isPresent()) {
        ImageFormat outer = formatOf(input, asked, formats);
        plain = wrapped.get().open(input, outer, asked.isPresent()).orElse(input);
        if (plain != input) {
          opened.addFirst(plain);
        }
      }
      if (plain.head(1).byteSize() == 0) {
        throw Fault.on(plain.name()).corrupt("nothing came, and so no image");
      }
      return new InOrderSource(opened, plain, asked, formats);
    } catch (Throwable e) {
      closeAll(opened, e);
      throw e;
    }
  }

  /**
   * What is in a wrapped file, or in one that itself comes in order.
   *
   * @param file becomes the result's; closed where there is none
   * @param passing is shown a file that comes in order, before it does
   * @return empty if it is not wrapped or no image that can be read in order
   */
  public static Optional<InOrderSource> unwrapped(
      Invocation call,
      Storage file,
      Optional<ImageFormat> asked,
      WrappedFiles wrapped,
      UnaryOperator<StreamSource> passing)
      throws IOException, Failure {
    ImageFormats formats = call.profile().probed(Source.FORMATS);
    List<Closeable> opened = new ArrayList<>(List.of(file));
    try {
      if (file instanceof GradualSpool coming) {
        StreamSource stream = passing.apply(coming.passing());
        InOrderSource source = in(call, stream, asked, Optional.of(wrapped));
        source.below.add(file);
        if (source.image.isPresent()) {
          return Optional.of(source);
        }
        source.close();
        return Optional.empty();
      }
      ImageFormat outer = asked.isPresent() ? asked.get() : formats.probe(file).orElseThrow();
      Optional<StreamSource> plain = wrapped.open(file, outer, asked.isPresent());
      if (plain.isPresent()) {
        opened.addFirst(plain.get());
        InOrderSource source = new InOrderSource(opened, plain.get(), asked, formats);
        if (source.image.isPresent()) {
          return Optional.of(source);
        }
      }
    } catch (Throwable e) {
      closeAll(opened, e);
      throw e;
    }
    for (Closeable each : opened) {
      each.close();
    }
    return Optional.empty();
  }

  private static ImageFormat formatOf(
      StreamSource source, Optional<ImageFormat> asked, ImageFormats formats) throws IOException {
    Optional<ImageFormat> format = asked.isPresent() ? asked : formats.probe(source);
    return format.orElseThrow(() -> Fault.on(source.name()).unsupported("the format is not known"));
  }

  /** The image, where it can be read in order. */
  public Optional<SequentialImage> image() {
    return image;
  }

  /** The bytes of the image's file. */
  public StreamSource plain() {
    return plain;
  }

  /** The format. */
  public ImageFormat format() {
    return format;
  }

  /**
   * Sees, once all was read, that the end does not tell another format than the beginning did, as
   * that of a fixed VHD does.
   */
  public void checkEnd() throws IOException {
    if (given) {
      return;
    }
    String ended = formats.probeEnds(plain, head).map(ImageFormat::name).orElse("");
    if (!ended.equals(format.name())) {
      throw new OutOfOrderException(
          plain.name()
              + ": by its end it is a "
              + ended
              + " image, which is not read in order; give its format (-f)");
    }
  }

  /** The image, which must be at its end what it was at its beginning. */
  private final class CheckedImage implements SequentialImage {
    private final SequentialImage image;
    private boolean ended;

    CheckedImage(SequentialImage image) {
      this.image = image;
    }

    @Override
    public OptionalLong size() {
      return image.size();
    }

    @Override
    public Optional<Extent> next(MemorySegment buffer) throws IOException {
      Optional<Extent> next = image.next(buffer);
      if (next.isEmpty() && !ended) {
        checkEnd();
        ended = true;
      }
      return next;
    }

    @Override
    public void close() throws IOException {
      image.close();
    }
  }

  private static void closeAll(List<Closeable> opened, Throwable collector) {
    for (Closeable each : opened) {
      try {
        each.close();
      } catch (IOException e) {
        collector.addSuppressed(e);
      }
    }
  }

  @Override
  public void close() throws IOException {
    if (image.isPresent()) {
      image.get().close();
    }
    for (Closeable each : below) {
      each.close();
    }
  }
}

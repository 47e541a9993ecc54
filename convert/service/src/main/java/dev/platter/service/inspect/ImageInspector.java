package dev.platter.service.inspect;

import dev.platter.image.spi.ImageFormat;
import dev.platter.image.spi.ImageFormats;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Tells what an image is from its bytes as they pass by, in order, in blocks of any size. It looks
 * for all formats at once, keeps less than 1 MiB whatever the image claims, and gives the same
 * answer however the bytes were cut into blocks. For one thread at a time.
 *
 * <p>No format is parsed here. The formats' own code reads a storage that keeps the head and the
 * tail of what passes by; where it wants more, it is stopped, the range is kept when it comes, and
 * it is asked again. What it cannot judge in this way, because it needs bytes that have passed or
 * too many of them, is a danger; {@link #inspect} of a file has no such bounds. Appliances (ova)
 * are recognised in a stream, and described from a file only.
 */
public final class ImageInspector {
  /** How often one format may find that it needs one range more. */
  private static final int MAX_TRIES = 48;

  private final Examiner examiner;
  private final PassingStorage passing = new PassingStorage();
  private final List<Candidate> asking = new ArrayList<>();
  private boolean headSeen;
  private String early;

  private static final class Candidate {
    private final ImageFormat format;
    private int tries;

    Candidate(ImageFormat format) {
      this.format = format;
    }
  }

  /** An inspector that knows these formats. */
  public ImageInspector(ImageFormats formats) {
    this.examiner = Examiner.ofStreams(Objects.requireNonNull(formats));
  }

  /**
   * Inspects what can be read anywhere, without the bounds that a stream has. The storage stays the
   * caller's.
   *
   * @throws IOException if the storage fails; never for what the bytes say
   */
  public static Inspection inspect(Storage storage, ImageFormats formats) throws IOException {
    return Examiner.ofFiles(formats).examine(storage);
  }

  /** The next bytes; all that remain in the buffer are consumed. Never throws for what they say. */
  public void feed(ByteBuffer bytes) throws IOException {
    feed(MemorySegment.ofBuffer(bytes));
    bytes.position(bytes.limit());
  }

  /** The next bytes. Never throws for what they say. */
  public void feed(MemorySegment bytes) throws IOException {
    for (long at = 0; at < bytes.byteSize(); ) {
      long stop = passing.untilNextStop();
      long part = Math.min(stop, bytes.byteSize() - at);
      passing.append(bytes.asSlice(at, part));
      at += part;
      if (part == stop) {
        ask();
      }
    }
  }

  /**
   * The format, as soon as the head alone says for sure that it is one of those that have a
   * signature there; empty: not yet, or there is none. More may be found at the end.
   */
  public Optional<String> earlyFormat() {
    return Optional.ofNullable(early);
  }

  /** The end of the image: what it is. */
  public Inspection finish() throws IOException {
    passing.end();
    return examiner.examine(passing);
  }

  /** What is kept of the image now, bytes. */
  int keptBytes() {
    return passing.keptBytes();
  }

  /** Lets each format that is not content yet say what it needs. */
  private void ask() throws IOException {
    if (!headSeen) {
      headSeen = true;
      for (Examiner.Match match : examiner.matches(passing)) {
        asking.add(new Candidate(match.format()));
        if (early == null && match.strength() > ImageFormat.TOLD_BY_TAIL) {
          early = match.name();
        }
      }
    }
    asking.removeIf(this::isContent);
  }

  private boolean isContent(Candidate candidate) {
    try {
      examiner.readAll(candidate.format, passing);
      return true;
    } catch (PassingStorage.NotKept e) {
      // Else it will not be content any more, and the end will say so.
      return ++candidate.tries > MAX_TRIES || !passing.keep(e);
    } catch (IOException | RuntimeException e) {
      return true; // What it is, is said at the end, when all is known.
    }
  }
}

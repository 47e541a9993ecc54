package dev.platter.guest.copy;

import dev.platter.guest.files.Source;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The bytes of a file in their order, its holes as holes. Keeps a buffer; belongs to one thread.
 */
public final class ContentCopy {
  private static final int BUFFER = 1 << 20;

  private final byte[] buffer = new byte[BUFFER];
  private final Pulse pulse;

  /** Takes the bytes. */
  public interface Sink {
    /** Some bytes, the first {@code length} of the array, which is used again. */
    void bytes(byte[] bytes, int length) throws IOException;

    /** So many zeros, which nothing stores. */
    void hole(long length) throws IOException;
  }

  /** Is called every now and then, and may end the work with an exception. */
  public interface Pulse {
    void beat() throws IOException;
  }

  /** A run of bytes that are stored. */
  record Region(long offset, long length) {}

  public ContentCopy(Pulse pulse) {
    this.pulse = pulse;
  }

  /** Hands over all bytes of a file. */
  public void copy(Source content, Sink sink) throws IOException {
    for (long at = 0; at < content.size(); ) {
      content.budget().renew();
      Source.Run run = begin(content, at);
      if (run.zeros()) {
        sink.hole(run.length());
        at += run.length();
      } else {
        at += read(content, at, stored(content, at, run.length()), sink);
      }
    }
  }

  /** How far what is stored reaches; runs beside one another are read at once. */
  private static long stored(Source content, long at, long first) throws IOException {
    long length = first;
    while (length < BUFFER && at + length < content.size()) {
      Source.Run next = content.runAt(at + length);
      if (next.zeros()) {
        break;
      }
      length += next.length();
    }
    return length;
  }

  /** Hands over a part of a file as bytes, holes and all. */
  void copy(Source content, Region part, Sink sink) throws IOException {
    begin(content, part.offset());
    read(content, part.offset(), part.length(), sink);
  }

  private long read(Source content, long from, long length, Sink sink) throws IOException {
    for (long done = 0; done < length; ) {
      int count = (int) Math.min(length - done, BUFFER);
      content.read(from + done, buffer, count);
      sink.bytes(buffer, count);
      done += count;
      content.budget().renew();
      pulse.beat();
    }
    return length;
  }

  private Source.Run begin(Source content, long at) throws IOException {
    pulse.beat();
    return content.runAt(at);
  }

  /**
   * The parts of a file that are stored, with holes shorter than {@code hole} in them.
   *
   * @return empty: there are more than {@code most}
   */
  Optional<List<Region>> regions(Source content, long hole, int most) throws IOException {
    List<Region> regions = new ArrayList<>();
    long start = -1;
    long end = -1;
    for (long at = 0; at < content.size(); ) {
      Source.Run run = begin(content, at);
      if (!run.zeros()) {
        if (start < 0) {
          start = at;
        } else if (at - end >= hole) {
          regions.add(new Region(start, end - start));
          start = at;
        }
        end = at + run.length();
        if (regions.size() >= most) {
          return Optional.empty();
        }
      }
      at += run.length();
      content.budget().renew();
    }
    if (start >= 0) {
      regions.add(new Region(start, end - start));
    }
    return Optional.of(regions);
  }
}

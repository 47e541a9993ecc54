package dev.platter.image.disk;

import dev.platter.image.DiskEncryption;
import dev.platter.image.spi.Allocation.Content;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * Brings guest bytes to the places that an image has for them: as they are, or encrypted. For any
 * number of threads.
 */
public interface PlaceWriter {
  /** What can only be written as a whole, bytes; places begin and end with it. */
  int unit();

  /** What a place that holds that holds of the guest's. */
  Content seen(Content content);

  /**
   * Writes guest bytes. What the disk has had so far beside them in the first and the last unit is
   * written again, so that for a part of one nobody else may write there.
   *
   * @param guestOffset where they lie on the disk
   */
  void write(WritableStorage storage, long hostOffset, long guestOffset, MemorySegment bytes)
      throws IOException;

  /** Writes zeros likewise, which need take no space. */
  void zero(WritableStorage storage, long hostOffset, long guestOffset, long length)
      throws IOException;

  /** Writes zeros likewise, which take their space. */
  void fill(WritableStorage storage, long hostOffset, long guestOffset, long length)
      throws IOException;

  /** What the disk holds; zeros behind its end. */
  @FunctionalInterface
  interface Disk {
    void read(long offset, MemorySegment target) throws IOException;
  }

  /**
   * The writer of an image.
   *
   * @param encryption how its disk is encrypted; empty: not
   * @param disk what it has held so far
   */
  static PlaceWriter of(Optional<DiskEncryption> encryption, Disk disk) {
    return encryption.isPresent() ? new EncryptingWriter(encryption.get(), disk) : PLAIN;
  }

  /** Each byte for itself. */
  PlaceWriter PLAIN =
      new PlaceWriter() {
        @Override
        public int unit() {
          return 1;
        }

        @Override
        public Content seen(Content content) {
          return content;
        }

        @Override
        public void write(
            WritableStorage storage, long hostOffset, long guestOffset, MemorySegment bytes)
            throws IOException {
          storage.write(hostOffset, bytes);
        }

        @Override
        public void zero(WritableStorage storage, long hostOffset, long guestOffset, long length)
            throws IOException {
          storage.zero(hostOffset, length);
        }

        @Override
        public void fill(WritableStorage storage, long hostOffset, long guestOffset, long length)
            throws IOException {
          storage.fill(hostOffset, length);
        }
      };
}

package dev.platter.service.inspect;

import dev.platter.image.ImageFormats;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/**
 * Tells what an image is from its bytes as they pass by, in order, in blocks of any size. It looks
 * for all formats at once, keeps less than 1 MiB whatever the image claims, and gives the same
 * answer however the bytes were cut into blocks. For one thread at a time.
 */
public final class ImageInspector {
  /** An inspector that knows these formats. */
  public ImageInspector(ImageFormats formats) {
    throw new UnsupportedOperationException(formats.toString());
  }

  /** The next bytes; all that remain in the buffer are consumed. Never throws for what they say. */
  public void feed(ByteBuffer bytes) throws IOException {
    feed(MemorySegment.ofBuffer(bytes));
    bytes.position(bytes.limit());
  }

  /** The next bytes. Never throws for what they say. */
  public void feed(MemorySegment bytes) throws IOException {
    throw new UnsupportedOperationException(bytes.toString());
  }

  /** The end of the image: what it is. */
  public Inspection finish() throws IOException {
    throw new UnsupportedOperationException();
  }
}

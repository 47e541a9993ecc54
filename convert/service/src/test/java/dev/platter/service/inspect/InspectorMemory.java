package dev.platter.service.inspect;

import com.sun.management.ThreadMXBean;
import dev.platter.image.spi.ImageFormats;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;

/**
 * Measures what an inspector holds at most: what it keeps, and, because that cannot be seen from
 * outside, all that one call allocates, which is more than is alive at any time within it.
 */
final class InspectorMemory {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private static final int BLOCK = 16 << 10;
  private static final ImageFormats FORMATS = ImageFormats.present();

  private InspectorMemory() {}

  /** Kept bytes and the largest sum of allocations of one call, bytes. */
  static long mostHeld(byte[] image) throws IOException {
    run(image); // Classes are loaded, code is compiled: that is not the inspector's.
    return run(image);
  }

  private static long run(byte[] image) throws IOException {
    long before = allocated();
    ImageInspector inspector = new ImageInspector(FORMATS);
    MemorySegment bytes = MemorySegment.ofArray(image);
    long largest = allocated() - before;
    for (long at = 0; at < image.length; at += BLOCK) {
      MemorySegment block = bytes.asSlice(at, Math.min(BLOCK, image.length - at));
      long start = allocated();
      inspector.feed(block);
      largest = Math.max(largest, allocated() - start);
    }
    long start = allocated();
    inspector.finish();
    largest = Math.max(largest, allocated() - start);
    return largest + inspector.keptBytes();
  }

  private static long allocated() {
    return THREADS.getCurrentThreadAllocatedBytes();
  }
}

package dev.platter.codec;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** An encoder of the tests, for what is only read. */
@FunctionalInterface
interface ArrayEncoder {
  byte[] encode(byte[] block);

  default Encoder asEncoder() {
    return new Encoder() {
      @Override
      public int encode(MemorySegment source, MemorySegment target) {
        byte[] stream = ArrayEncoder.this.encode(source.toArray(ValueLayout.JAVA_BYTE));
        if (stream.length > target.byteSize()) {
          return -1;
        }
        MemorySegment.copy(stream, 0, target, ValueLayout.JAVA_BYTE, 0, stream.length);
        return stream.length;
      }

      @Override
      public void close() {}
    };
  }
}

package dev.platter.convert;

import dev.platter.image.spi.Placement;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** Carries out placements. One mover belongs to one worker. */
final class Mover implements Closeable {
  private static final int COPY_BYTES = 1 << 20;

  private final Arena arena = Arena.ofShared();
  private MemorySegment buffer;

  void carryOut(List<Placement> placements) throws IOException {
    for (Placement placement : placements) {
      if (placement instanceof Placement.Write write) {
        write.storage().write(write.hostOffset(), write.bytes());
      } else if (placement instanceof Placement.Copy copy) {
        copy(copy);
      } else if (placement instanceof Placement.Zero zero) {
        zero.storage().zero(zero.hostOffset(), zero.length());
      } else {
        throw new IllegalStateException("no way to carry out " + placement);
      }
    }
  }

  private void copy(Placement.Copy copy) throws IOException {
    long done =
        copy.storage()
            .copyFrom(copy.source(), copy.sourceOffset(), copy.hostOffset(), copy.length());
    while (done < copy.length()) {
      if (buffer == null) {
        buffer = arena.allocate(COPY_BYTES, 4096);
      }
      MemorySegment part = buffer.asSlice(0, Math.min(COPY_BYTES, copy.length() - done));
      long count = copy.source().read(copy.sourceOffset() + done, part);
      // A stored run may reach past the end of a file that was cut: the rest reads as zeros.
      part.asSlice(count).fill((byte) 0);
      copy.storage().write(copy.hostOffset() + done, part);
      done += part.byteSize();
    }
  }

  @Override
  public void close() {
    arena.close();
  }
}

package dev.platter.convert;

import dev.platter.cipher.DiskCipher;
import dev.platter.cipher.SectorCipher;
import dev.platter.image.spi.Placement;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/** Carries out placements. One mover belongs to one worker. */
final class Mover implements Closeable {
  private static final int COPY_BYTES = 1 << 20;

  private final Arena arena = Arena.ofShared();
  private final Map<DiskCipher, SectorCipher> ciphers = new IdentityHashMap<>();
  private MemorySegment buffer;

  void carryOut(List<Placement> placements) throws IOException {
    for (Placement placement : placements) {
      if (placement instanceof Placement.Write write) {
        write.storage().write(write.hostOffset(), write.bytes());
      } else if (placement instanceof Placement.Copy copy) {
        copy(copy);
      } else if (placement instanceof Placement.Zero zero) {
        zero.storage().zero(zero.hostOffset(), zero.length());
      } else if (placement instanceof Placement.Encrypted encrypted) {
        encrypt(encrypted);
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
      MemorySegment part = buffer().asSlice(0, Math.min(COPY_BYTES, copy.length() - done));
      load(copy, done, part);
      copy.storage().write(copy.hostOffset() + done, part);
      done += part.byteSize();
    }
  }

  private static void load(Placement.Copy copy, long from, MemorySegment part) throws IOException {
    long count = copy.source().read(copy.sourceOffset() + from, part);
    // A stored run may reach past the end of a file that was cut: the rest reads as zeros.
    part.asSlice(count).fill((byte) 0);
  }

  /** In a buffer, as the bytes may be wanted as they are by others. */
  private void encrypt(Placement.Encrypted placement) throws IOException {
    SectorCipher cipher = ciphers.computeIfAbsent(placement.cipher(), DiskCipher::newSectorCipher);
    for (long done = 0; done < placement.length(); done += COPY_BYTES) {
      MemorySegment part = buffer().asSlice(0, Math.min(COPY_BYTES, placement.length() - done));
      if (placement.plain() instanceof Placement.Write write) {
        part.copyFrom(write.bytes().asSlice(done, part.byteSize()));
      } else if (placement.plain() instanceof Placement.Copy copy) {
        load(copy, done, part);
      } else if (placement.plain() instanceof Placement.Zero) {
        part.fill((byte) 0);
      } else {
        throw new IllegalStateException("no way to encrypt " + placement.plain());
      }
      cipher.encrypt(placement.cipherOffset() + done, part);
      placement.storage().write(placement.hostOffset() + done, part);
    }
  }

  private MemorySegment buffer() {
    if (buffer == null) {
      buffer = arena.allocate(COPY_BYTES, 4096);
    }
    return buffer;
  }

  @Override
  public void close() {
    arena.close();
  }
}

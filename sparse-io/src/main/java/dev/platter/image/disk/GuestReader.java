package dev.platter.image.disk;

import dev.platter.cipher.DiskCipher;
import dev.platter.cipher.SectorCipher;
import dev.platter.codec.CodecException;
import dev.platter.codec.Codecs;
import dev.platter.codec.Decoder;
import dev.platter.codec.Encoding;
import dev.platter.image.BlockMap;
import dev.platter.image.Extent;
import dev.platter.image.Fault;
import dev.platter.image.ImageException;
import dev.platter.image.Sizes;
import dev.platter.image.UnsupportedFeatureException;
import dev.platter.storage.Storage;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.EnumMap;
import java.util.IdentityHashMap;
import java.util.Map;

/**
 * Turns extents into guest bytes: the one place where payload is read, decoded and decrypted. A
 * reader keeps decoders, ciphers, one buffer for compressed bytes and the unit decoded last; it
 * belongs to one thread at a time. {@link #close()} gives them back.
 */
public final class GuestReader implements Closeable {
  private final Map<Encoding, Decoder> decoders = new EnumMap<>(Encoding.class);
  private final GrowingBuffer encoded = new GrowingBuffer();
  private final GrowingBuffer decoded = new GrowingBuffer();
  private final Map<DiskCipher, SectorCipher> ciphers = new IdentityHashMap<>();
  private final GrowingBuffer ends = new GrowingBuffer();
  private Extent.Encoded held;

  /**
   * Reads guest bytes from {@code offset} until {@code target} is full.
   *
   * @throws ImageException if the image is damaged where the bytes lie
   */
  public void read(BlockMap map, long offset, MemorySegment target) throws IOException {
    long end = offset + target.byteSize();
    long at = offset;
    while (at < end) {
      Extent extent = map.extentAt(at, end);
      read(extent, target.asSlice(at - offset, extent.length()));
      at = extent.end();
    }
  }

  /**
   * Reads the guest bytes of one extent; {@code target} is as long as the extent. Absent and zero
   * read as zeros.
   */
  public void read(Extent extent, MemorySegment target) throws IOException {
    if (extent instanceof Extent.Data data) {
      readStored(data, target);
    } else if (extent.readsZero()) {
      target.fill((byte) 0);
    } else if (extent instanceof Extent.Ciphered run) {
      decrypt(run, target);
    } else if (!(extent instanceof Extent.Encoded unit)) {
      throw new IllegalStateException("no way to read " + extent);
    } else if (unit.whole()) {
      decode(unit, target);
    } else {
      hold(unit);
      MemorySegment.copy(decoded.of(unit.decodedLength()), unit.skip(), target, 0, unit.length());
    }
  }

  /**
   * Decodes one whole compressed unit into {@code target}.
   *
   * @return its exact stream, without what the host stores behind it; valid until the next call
   */
  public MemorySegment decode(Extent.Encoded unit, MemorySegment target) throws IOException {
    MemorySegment source = load(unit);
    try {
      int length = decoder(unit).decode(source, target);
      return source.asSlice(0, length);
    } catch (CodecException e) {
      throw Fault.on(unit.storage().name())
          .at(unit.hostOffset())
          .corrupt(
              "compressed block of guest offset 0x"
                  + Long.toHexString(unit.offset() - unit.skip())
                  + " at 0x"
                  + Long.toHexString(unit.hostOffset())
                  + ": "
                  + e.getMessage(),
              e);
    }
  }

  private Decoder decoder(Extent.Encoded unit) throws UnsupportedFeatureException {
    try {
      return decoders.computeIfAbsent(unit.encoding(), Codecs::newDecoder);
    } catch (IllegalStateException e) {
      throw Fault.on(unit.storage().name()).unsupported(e.getMessage(), e);
    }
  }

  /**
   * A stored run may reach past the end of its file, as an image on a device that was cut: the rest
   * reads as zeros.
   */
  private static void readStored(Extent.Data data, MemorySegment target) throws IOException {
    load(data.storage(), data.hostOffset(), target);
  }

  /** Whole sectors where they shall be, and those that are cut by way of a buffer. */
  private void decrypt(Extent.Ciphered run, MemorySegment target) throws IOException {
    int sector = run.cipher().sectorSize();
    long skip = run.cipherOffset() % sector;
    long length = target.byteSize();
    long head = skip == 0 ? 0 : Math.min(length, sector - skip);
    long whole = Sizes.roundDown(length - head, sector);
    if (head > 0) {
      cut(run.slice(run.offset(), head), skip, target.asSlice(0, head));
    }
    if (whole > 0) {
      Extent.Ciphered part = run.slice(run.offset() + head, whole);
      MemorySegment bytes = target.asSlice(head, whole);
      load(part.storage(), part.hostOffset(), bytes);
      cipher(part.cipher()).decrypt(part.cipherOffset(), bytes);
    }
    if (head + whole < length) {
      long rest = length - head - whole;
      cut(run.slice(run.end() - rest, rest), 0, target.asSlice(head + whole));
    }
  }

  /** A part of one sector, from {@code skip} on. */
  private void cut(Extent.Ciphered part, long skip, MemorySegment target) throws IOException {
    MemorySegment sector = ends.of(part.cipher().sectorSize());
    load(part.storage(), part.hostOffset() - skip, sector);
    cipher(part.cipher()).decrypt(part.cipherOffset() - skip, sector);
    MemorySegment.copy(sector, skip, target, 0, target.byteSize());
  }

  private static void load(Storage storage, long hostOffset, MemorySegment target)
      throws IOException {
    long count = storage.read(hostOffset, target);
    if (count < target.byteSize()) {
      target.asSlice(count).fill((byte) 0);
    }
  }

  private SectorCipher cipher(DiskCipher cipher) {
    return ciphers.computeIfAbsent(cipher, DiskCipher::newSectorCipher);
  }

  /** Decodes anew what is read next: something else may lie where the unit decoded last did. */
  void forget() {
    held = null;
  }

  private void hold(Extent.Encoded unit) throws IOException {
    if (held != null
        && held.storage() == unit.storage()
        && held.hostOffset() == unit.hostOffset()
        && held.hostLength() == unit.hostLength()
        && held.encoding() == unit.encoding()
        && held.decodedLength() == unit.decodedLength()) {
      return;
    }
    held = null;
    decode(unit, decoded.of(unit.decodedLength()));
    held = unit;
  }

  private MemorySegment load(Extent.Encoded unit) throws IOException {
    MemorySegment source = encoded.of(unit.hostLength());
    Storage storage = unit.storage();
    long count = storage.read(unit.hostOffset(), source);
    return source.asSlice(0, count);
  }

  @Override
  public void close() {
    decoders.values().forEach(Decoder::close);
    decoders.clear();
    ciphers.clear();
    held = null;
    ends.close();
    encoded.close();
    decoded.close();
  }
}

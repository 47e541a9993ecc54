package dev.platter.dmg;

import dev.platter.image.BlockMap;
import dev.platter.image.CheckReport;
import dev.platter.image.ImageException;
import dev.platter.image.disk.GuestReader;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** Holds all data against the checksums: of the file's, of each part's and of those together. */
final class DmgCheck {
  private static final int BUFFER = 1 << 20;

  private final Storage storage;
  private final Trailer trailer;
  private final List<Part> parts;
  private final BlockMap map;
  private final List<String> messages = new ArrayList<>();
  private long corruptions;

  DmgCheck(Storage storage, Trailer trailer, List<Part> parts, BlockMap map) {
    this.storage = storage;
    this.trailer = trailer;
    this.parts = parts;
    this.map = map;
  }

  CheckReport run() throws IOException {
    try (Arena arena = Arena.ofConfined();
        GuestReader reader = new GuestReader()) {
      MemorySegment buffer = arena.allocate(BUFFER);
      checkData(buffer);
      for (Part part : parts) {
        checkPart(part, reader, buffer);
      }
    }
    checkParts();
    return new CheckReport(
        trailer.position() + Trailer.LENGTH, 0, 0, 0, 0, corruptions, 0, 0, messages);
  }

  private void checkData(MemorySegment buffer) throws IOException {
    if (!isVerified("the data", trailer.dataChecksum())) {
      return;
    }
    long length = trailer.dataLength();
    if (length < 0 || length > trailer.position() - trailer.dataOffset()) {
      found(
          "the data begin at 0x%x with 0x%x bytes, past the trailer at 0x%x"
              .formatted(trailer.dataOffset(), length, trailer.position()));
      return;
    }
    LongCrc32 crc = new LongCrc32();
    for (long at = 0; at < length; at += BUFFER) {
      MemorySegment bytes = buffer.asSlice(0, Math.min(BUFFER, length - at));
      storage.readFully(trailer.dataOffset() + at, bytes);
      crc.add(bytes.asByteBuffer());
    }
    compare("the data", trailer.dataChecksum(), crc.value());
  }

  /** Chunks are read even where nothing can be held against them: they may not decode. */
  private void checkPart(Part part, GuestReader reader, MemorySegment buffer) throws IOException {
    LongCrc32 crc = new LongCrc32();
    long before = corruptions;
    for (Chunk chunk : part.chunks()) {
      if (chunk.isStored()) {
        add(chunk, crc, reader, buffer);
      } else if (chunk.host() == Chunk.ZEROS) {
        crc.addZeros(chunk.length());
      }
    }
    String what = "part '" + part.name() + "'";
    if (isVerified(what, part.checksum()) && corruptions == before) {
      compare(what, part.checksum(), crc.value());
    }
  }

  private void add(Chunk chunk, LongCrc32 crc, GuestReader reader, MemorySegment buffer)
      throws IOException {
    try {
      for (long at = chunk.offset(); at < chunk.end(); at += BUFFER) {
        MemorySegment bytes = buffer.asSlice(0, Math.min(BUFFER, chunk.end() - at));
        reader.read(map, at, bytes);
        crc.add(bytes.asByteBuffer());
      }
    } catch (ImageException e) {
      found(e.getMessage());
    }
  }

  private void checkParts() {
    if (!isVerified("the checksums of all parts", trailer.checksum())) {
      return;
    }
    LongCrc32 crc = new LongCrc32();
    for (Part part : parts) {
      crc.add(ByteBuffer.allocate(4).putInt(part.checksum().value()).flip());
    }
    compare("the checksums of all parts", trailer.checksum(), crc.value());
  }

  private boolean isVerified(String what, Checksum checksum) {
    if (!checksum.isNone() && !checksum.isCrc32()) {
      tell(
          "not verified: the checksum of %s, of kind %s with %s bits"
              .formatted(
                  what,
                  Integer.toUnsignedString(checksum.kind()),
                  Integer.toUnsignedString(checksum.bits())));
    }
    return checksum.isCrc32();
  }

  private void compare(String what, Checksum checksum, int actual) {
    if (checksum.value() != actual) {
      found(
          "the CRC-32 of %s is 0x%08x, expected 0x%08x".formatted(what, actual, checksum.value()));
    }
  }

  private void found(String what) {
    corruptions++;
    tell("ERROR " + what);
  }

  private void tell(String what) {
    if (messages.size() < CheckReport.MAX_MESSAGES) {
      messages.add(ImageException.printable(what));
    }
  }
}

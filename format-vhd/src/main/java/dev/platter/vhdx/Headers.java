package dev.platter.vhdx;

import dev.platter.image.Fault;
import dev.platter.image.Identity;
import dev.platter.storage.Barrier;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.UUID;

/**
 * The two headers of a file that is being changed (2.2.2): each new one takes the place of the
 * older of the two, so that one is whole at any time.
 */
final class Headers {
  private final WritableStorage storage;
  private final Identity identity;
  private final Barrier barrier;
  private VhdxHeader current;
  private int slot;

  private Headers(WritableStorage storage, Identity identity) {
    this.storage = storage;
    this.identity = identity;
    this.barrier = new Barrier(List.of(storage));
  }

  static Headers read(WritableStorage storage, Identity identity) throws IOException {
    Headers headers = new Headers(storage, identity);
    for (int i = 0; i < VhdxHeader.OFFSETS.length; i++) {
      MemorySegment bytes = MemorySegment.ofArray(new byte[VhdxHeader.LENGTH]);
      storage.read(VhdxHeader.OFFSETS[i], bytes);
      if (VhdxHeader.isSound(bytes)) {
        headers.consider(VhdxHeader.parse(bytes), i);
      }
    }
    if (headers.current == null) {
      throw Fault.in("vhdx", storage.name()).corrupt("neither of the two headers is sound");
    }
    return headers;
  }

  private void consider(VhdxHeader header, int index) {
    if (current == null
        || Long.compareUnsigned(header.sequenceNumber(), current.sequenceNumber()) > 0) {
      current = header;
      slot = index;
    }
  }

  /** The same as the file has them, after an error. */
  Headers reread() throws IOException {
    return read(storage, identity);
  }

  VhdxHeader current() {
    return current;
  }

  /** What brings them to the medium, and all else that is written to the file. */
  Barrier barrier() {
    return barrier;
  }

  /** An identifier that no header of this file had before. */
  UUID newId(String purpose) {
    return identity.uuid(purpose + " " + Long.toUnsignedString(current.sequenceNumber()));
  }

  /**
   * Lets a log count. From here on the file is being written.
   *
   * @param dataChanges whether a guest, or an image above, can see the difference
   */
  void beginLog(UUID logId, boolean dataChanges) throws IOException {
    put(
        newId("vhdx file write"),
        dataChanges ? newId("vhdx data write") : current.dataWriteId(),
        logId);
  }

  /**
   * Says that the file is about to change (2.2.2).
   *
   * @param dataChanges as for {@link #beginLog}
   */
  void beginToModify(boolean dataChanges) throws IOException {
    put(
        newId("vhdx file write"),
        dataChanges ? newId("vhdx data write") : current.dataWriteId(),
        current.logId());
  }

  /** Lets a log count while the file is in use. */
  void putLog(UUID logId) throws IOException {
    put(current.fileWriteId(), current.dataWriteId(), logId);
  }

  /** Lets no log count; in both headers, lest the log be played back again when one is lost. */
  void endLog() throws IOException {
    endLog(current.dataWriteId());
  }

  /** The same, of a guest's bytes that bear another identifier: those of before a change. */
  void endLog(UUID dataWriteId) throws IOException {
    put(current.fileWriteId(), dataWriteId, Guid.NONE);
    put(current.fileWriteId(), dataWriteId, Guid.NONE);
  }

  private void put(UUID fileWriteId, UUID dataWriteId, UUID logId) throws IOException {
    VhdxHeader next =
        new VhdxHeader(
            current.sequenceNumber() + 1,
            fileWriteId,
            dataWriteId,
            logId,
            current.logVersion(),
            current.version(),
            current.logLength(),
            current.logOffset());
    MemorySegment bytes = MemorySegment.ofArray(new byte[VhdxHeader.LENGTH]);
    next.writeTo(bytes);
    storage.write(VhdxHeader.OFFSETS[1 - slot], bytes);
    barrier.pass();
    // Until it is there the other one must not be touched.
    current = next;
    slot = 1 - slot;
  }
}

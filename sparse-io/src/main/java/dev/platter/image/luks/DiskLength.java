package dev.platter.image.luks;

import dev.platter.image.Fault;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.util.Map;

/** The length of a disk where the header says it, as version 2 may. */
public final class DiskLength {
  private DiskLength() {}

  /**
   * Lets the header at the storage's start say another length.
   *
   * @param length bytes, whole sectors
   */
  public static void change(WritableStorage storage, Fault fault, long length) throws IOException {
    if (!(LuksHeader.read(storage, 0, fault) instanceof Luks2 luks)) {
      throw new IllegalArgumentException("a header that says no length");
    }
    Luks2Change change = new Luks2Change(storage, 0, fault, luks.head());
    @SuppressWarnings("unchecked") // the header was read: it is an object
    Map<String, Object> segment = (Map<String, Object>) change.object("segments").get("0");
    segment.put("size", Long.toString(length));
    change.write();
  }
}

package dev.platter.raw;

import dev.platter.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** The partition tables in front of a disc that a computer may also start from as a disk. */
final class HybridTables {
  private static final int MBR_ENTRIES = 446;
  private static final int MBR_ENTRY_LENGTH = 16;
  private static final int MBR_SIGNATURE = 510;
  private static final int GPT_HEADER = 512;

  private HybridTables() {}

  /** Their names: {@code MBR}, {@code GPT}, or none. */
  static List<Object> of(Storage storage) throws IOException {
    byte[] bytes = new byte[1024];
    storage.read(0, MemorySegment.ofArray(bytes));
    List<Object> tables = new ArrayList<>();
    if ((bytes[MBR_SIGNATURE] & 0xFF) == 0x55 && (bytes[MBR_SIGNATURE + 1] & 0xFF) == 0xAA) {
      for (int entry = 0; entry < 4; entry++) {
        if (bytes[MBR_ENTRIES + MBR_ENTRY_LENGTH * entry + 4] != 0) {
          tables.add("MBR");
          break;
        }
      }
    }
    if (DiscText.at(bytes, GPT_HEADER, 8).equals("EFI PART")) {
      tables.add("GPT");
    }
    return tables;
  }
}

package dev.platter.guest;

import dev.platter.guest.files.Bytes;
import dev.platter.image.CorruptImageException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** An entry of a GUID partition table (UEFI specification 5.3.3). Places are in sectors. */
record GptEntry(String type, String id, long first, long last, long attributes, String name) {
  static final int LENGTH = 128;

  private static final String[] FLAGS = {"required", "no-block-io", Partition.ACTIVE};
  private static final int NO_DRIVE_LETTER = 63;
  private static final int HIDDEN = 62;
  private static final int READ_ONLY = 60;

  static GptEntry parse(Bytes bytes) throws CorruptImageException {
    return new GptEntry(
        bytes.guid(0),
        bytes.guid(16),
        bytes.i64(32),
        bytes.i64(40),
        bytes.i64(48),
        bytes.text(56, 72, StandardCharsets.UTF_16LE));
  }

  boolean isUsed() {
    return !type.isEmpty();
  }

  List<String> flags() {
    List<String> flags = new ArrayList<>();
    for (int i = 0; i < FLAGS.length; i++) {
      if ((attributes >> i & 1) != 0) {
        flags.add(FLAGS[i]);
      }
    }
    if (attributes >>> NO_DRIVE_LETTER != 0) {
      flags.add("no-auto");
    }
    if ((attributes >> HIDDEN & 1) != 0) {
      flags.add("hidden");
    }
    if ((attributes >> READ_ONLY & 1) != 0) {
      flags.add("read-only");
    }
    return flags;
  }
}

package dev.platter.cli.answer;

import dev.platter.image.Sizes;
import dev.platter.image.Snapshot;
import dev.platter.storage.FileNames;
import java.io.PrintStream;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.List;

/** The list of internal snapshots for people, in the layout of QEMU 9.0 and later; local time. */
public final class SnapshotTable {
  private static final long NANOS_PER_MILLI = 1_000_000L;

  private SnapshotTable() {}

  public static void print(List<Snapshot> snapshots, PrintStream out) {
    out.println("Snapshot list:");
    out.println("ID      TAG               VM_SIZE                DATE        VM_CLOCK     ICOUNT");
    for (Snapshot snapshot : snapshots) {
      StringBuilder line = new StringBuilder();
      left(snapshot.id(), 7, line);
      line.append(' ');
      left(snapshot.name(), 16, line);
      line.append(' ');
      right(Sizes.text(snapshot.vmStateSize()), 8, line);
      line.append(' ');
      right(date(snapshot.dateSeconds()), 19, line);
      line.append(' ');
      right(clock(snapshot.vmClockNanos()), 15, line);
      line.append(' ');
      boolean counted = snapshot.icount().isPresent();
      right(counted ? Long.toString(snapshot.icount().getAsLong()) : "", 10, line);
      out.println(line);
    }
  }

  private static String date(long seconds) {
    ZonedDateTime time = Instant.ofEpochSecond(seconds).atZone(ZoneId.systemDefault());
    StringBuilder text = new StringBuilder();
    zeros(time.getYear(), 4, text);
    zeros(time.getMonthValue(), 2, text.append('-'));
    zeros(time.getDayOfMonth(), 2, text.append('-'));
    zeros(time.getHour(), 2, text.append(' '));
    zeros(time.getMinute(), 2, text.append(':'));
    zeros(time.getSecond(), 2, text.append(':'));
    return text.toString();
  }

  private static String clock(long nanos) {
    long millis = nanos / NANOS_PER_MILLI;
    long seconds = millis / 1000;
    StringBuilder text = new StringBuilder();
    zeros(seconds / 3600, 4, text);
    zeros(seconds / 60 % 60, 2, text.append(':'));
    zeros(seconds % 60, 2, text.append(':'));
    zeros(millis % 1000, 3, text.append('.'));
    return text.toString();
  }

  private static void zeros(long value, int width, StringBuilder text) {
    String digits = Long.toString(value);
    text.repeat('0', Math.max(0, width - digits.length())).append(digits);
  }

  /** Pads by bytes, as C does. */
  private static void left(String word, int width, StringBuilder text) {
    text.append(word).repeat(' ', Math.max(0, width - bytes(word)));
  }

  private static void right(String word, int width, StringBuilder text) {
    text.repeat(' ', Math.max(0, width - bytes(word))).append(word);
  }

  private static int bytes(String word) {
    return FileNames.bytes(word).length;
  }
}

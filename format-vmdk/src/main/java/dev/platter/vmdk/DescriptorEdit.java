package dev.platter.vmdk;

import dev.platter.image.IllegalOptionException;
import dev.platter.image.support.Undo;
import dev.platter.storage.WritableStorage;
import dev.platter.vmdk.format.ContentId;
import dev.platter.vmdk.format.SparseHeader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Lets a descriptor name another parent. Programs look for the text where it is, so that it is
 * changed there; and it counts by one sector, its first, which holds the content IDs and the
 * parent's name. Where the name takes more room than there is, lines of the disk data base move
 * from there to the end of the text first, where they may stand twice for a while.
 */
final class DescriptorEdit {
  private static final int SECTOR = SparseHeader.SECTOR;
  private static final byte[] NOTHING = {};
  private static final String PARENT_CID = "parentcid";
  private static final String PARENT_NAME = "parentfilenamehint";

  private final WritableStorage storage;
  private final long offset;

  /** The text as it is, up to the first byte that is none of it. */
  private final byte[] before;

  /** The first sector as it shall be, or all of the text where that is shorter. */
  private final byte[] front;

  /** What is to stand at the end of the text before the first sector counts. */
  private final byte[] moved;

  private DescriptorEdit(ContentId place, byte[] before, byte[] front, byte[] moved) {
    this.storage = place.storage();
    this.offset = place.offset();
    this.before = before;
    this.front = front;
    this.moved = moved;
  }

  /**
   * Sees how the parent's content ID and name can be changed.
   *
   * @param parentCid the parent's content ID; {@link Descriptor#CID_NOPARENT}: there is none
   * @param name of the parent, as bytes in the descriptor's own encoding
   * @throws IllegalOptionException if there is no room, or the text is of a kind that cannot be
   *     changed so
   */
  static DescriptorEdit of(ContentId place, int parentCid, Optional<byte[]> name)
      throws IOException {
    byte[] text = place.text();
    List<byte[]> lines = front(text);
    byte[] open = takeOpen(text, lines);
    boolean wasNamed = lines.removeIf(line -> key(line).equals(PARENT_NAME));
    if (key(open).equals(PARENT_NAME)) {
      open[new String(open, StandardCharsets.ISO_8859_1).indexOf('p')] = '#';
      wasNamed = true;
    }
    String all = new String(text, StandardCharsets.ISO_8859_1).toLowerCase(Locale.ROOT);
    if (!wasNamed && all.contains(PARENT_NAME)) {
      throw tooFarBack();
    }
    int at = setCid(lines, parentCid);
    if (name.isPresent()) {
      ByteArrayOutputStream line = new ByteArrayOutputStream();
      line.writeBytes("parentFileNameHint=\"".getBytes(StandardCharsets.ISO_8859_1));
      line.writeBytes(name.get());
      line.writeBytes(new byte[] {'"', '\n'});
      lines.add(at + 1, line.toByteArray());
    }
    return fit(place, text, lines, open);
  }

  /** The same of the content ID alone. */
  static DescriptorEdit ofContent(ContentId place, int parentCid) throws IOException {
    byte[] text = place.text();
    List<byte[]> lines = front(text);
    byte[] open = takeOpen(text, lines);
    setCid(lines, parentCid);
    return fit(place, text, lines, open);
  }

  private static List<byte[]> front(byte[] text) {
    return lines(Arrays.copyOf(text, Math.min(text.length, SECTOR)));
  }

  /** Takes out the last line of the sector, where that goes on in the next one. */
  private static byte[] takeOpen(byte[] text, List<byte[]> lines) {
    boolean goesOn = text.length > SECTOR && !endsLine(lines.getLast());
    return goesOn ? lines.removeLast() : new byte[0];
  }

  /** Answers which line it is. */
  private static int setCid(List<byte[]> lines, int cid) throws IllegalOptionException {
    for (int i = 0; i < lines.size(); i++) {
      if (key(lines.get(i)).equals(PARENT_CID)) {
        String line = String.format(Locale.ROOT, "parentCID=%08x\n", cid);
        lines.set(i, line.getBytes(StandardCharsets.ISO_8859_1));
        return i;
      }
    }
    throw tooFarBack();
  }

  private static IllegalOptionException tooFarBack() {
    return new IllegalOptionException(
        "The descriptor does not name its parent within its first " + SECTOR + " bytes");
  }

  private static DescriptorEdit fit(ContentId place, byte[] text, List<byte[]> lines, byte[] open)
      throws IllegalOptionException {
    List<byte[]> kept = new ArrayList<>(lines);
    ByteArrayOutputStream moved = new ByteArrayOutputStream();
    for (int i = kept.size() - 1; i > 0 && length(kept) + open.length > SECTOR; i--) {
      String line = new String(kept.get(i), StandardCharsets.ISO_8859_1).strip();
      if (line.isEmpty() || line.startsWith("#")) {
        kept.remove(i);
      }
    }
    for (int i = kept.size() - 1; i > 0 && length(kept) + open.length > SECTOR; i--) {
      if (key(kept.get(i)).startsWith("ddb.")) {
        moved.writeBytes(kept.remove(i));
      }
    }
    boolean hasMore = text.length > SECTOR || moved.size() > 0;
    int length = hasMore ? SECTOR : Math.max(length(kept), Math.min(text.length, SECTOR));
    long end = Math.max(text.length, hasMore ? SECTOR : length) + (long) moved.size() + 1;
    if (length(kept) + open.length > SECTOR || end > place.room()) {
      throw new IllegalOptionException(
          "There is no room for the parent's name in the descriptor, which must hold it within its"
              + " first "
              + SECTOR
              + " bytes");
    }
    byte[] front = new byte[length];
    Arrays.fill(front, (byte) '\n');
    int at = 0;
    for (byte[] line : kept) {
      System.arraycopy(line, 0, front, at, line.length);
      at += line.length;
    }
    System.arraycopy(open, 0, front, length - open.length, open.length);
    return new DescriptorEdit(place, text, front, moved.toByteArray());
  }

  /** Makes the change; when this throws, the disk has the parent it had. */
  void run() throws IOException {
    Undo.ifFails(
        () -> {
          append();
          write(0, front);
        },
        () -> {
          write(0, Arrays.copyOf(before, front.length));
          if (storage.size() == offset + front.length && before.length < front.length) {
            storage.truncate(offset + before.length);
            storage.sync();
          }
        });
  }

  /** The first sector of what is appended makes the rest of it a part of the text. */
  private void append() throws IOException {
    if (moved.length == 0) {
      return;
    }
    boolean endsLine = before.length <= SECTOR || before[before.length - 1] == '\n';
    ByteArrayOutputStream tail = new ByteArrayOutputStream();
    tail.writeBytes(endsLine ? NOTHING : new byte[] {'\n'});
    tail.writeBytes(moved);
    byte[] bytes = tail.toByteArray();
    int start = Math.max(SECTOR, before.length);
    int first = Math.min(bytes.length, SECTOR - start % SECTOR);
    if (first < bytes.length) {
      write(start + first, Arrays.copyOfRange(bytes, first, bytes.length));
    }
    write(start, Arrays.copyOf(bytes, first));
  }

  private void write(long at, byte[] bytes) throws IOException {
    storage.write(offset + at, MemorySegment.ofArray(bytes));
    storage.sync();
  }

  private static int length(List<byte[]> lines) {
    return lines.stream().mapToInt(line -> line.length).sum();
  }

  private static boolean endsLine(byte[] line) {
    return line.length > 0 && line[line.length - 1] == '\n';
  }

  private static List<byte[]> lines(byte[] text) {
    List<byte[]> lines = new ArrayList<>();
    int from = 0;
    for (int i = 0; i < text.length; i++) {
      if (text[i] == '\n' || i == text.length - 1) {
        lines.add(Arrays.copyOfRange(text, from, i + 1));
        from = i + 1;
      }
    }
    return lines;
  }

  private static String key(byte[] line) {
    String text = new String(line, StandardCharsets.ISO_8859_1);
    int equals = text.indexOf('=');
    return equals < 0 ? "" : text.substring(0, equals).strip().toLowerCase(Locale.ROOT);
  }
}

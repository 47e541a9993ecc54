package dev.platter.vmdk.format;

import dev.platter.image.Identity;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a descriptor says which content the disk has ("CID"). It is another one as soon as the disk
 * is modified after having been opened, by which the disks that lie over it notice.
 *
 * @param offset where the descriptor is in the file
 * @param length how much room it has
 */
public record ContentId(WritableStorage storage, long offset, int length) {
  private static final Pattern CID =
      Pattern.compile("(?im)^[ \\t]*CID[ \\t]*=[ \\t]*\"?([0-9a-f]{1,8})");

  /** VMware's longer one ends with the same digits. */
  private static final Pattern LONG_CID =
      Pattern.compile(
          "(?im)^[ \\t]*ddb\\.longContentID[ \\t]*=[ \\t]*\"?[0-9a-f]{24}([0-9a-f]{8})");

  /** Where that of a disk is; empty: it has no descriptor. */
  public static Optional<ContentId> of(WritableStorage storage, DiskFile file) throws IOException {
    if (file.descriptor().isEmpty()) {
      return Optional.empty();
    }
    if (file.header().isEmpty()) {
      return Optional.of(new ContentId(storage, 0, Math.toIntExact(storage.size())));
    }
    SparseHeader header = file.header().get();
    return Optional.of(
        new ContentId(
            storage,
            header.descriptorOffsetSectors() * SparseHeader.SECTOR,
            Math.toIntExact(header.descriptorSizeSectors() * SparseHeader.SECTOR)));
  }

  /** How long the descriptor may become, bytes: in a file of its own, as long as any may be. */
  public int room() {
    return offset == 0 ? Descriptor.MAX_LENGTH : length;
  }

  /** The descriptor up to the first byte that is none of it. */
  public byte[] text() throws IOException {
    byte[] bytes = new byte[length];
    storage.readFully(offset, MemorySegment.ofArray(bytes));
    int end = 0;
    while (end < bytes.length && bytes[end] != 0) {
      end++;
    }
    return Arrays.copyOf(bytes, end);
  }

  /** Draws a new one, of as many digits: nothing else in the file moves. Does not sync. */
  public void change(Identity identity) throws IOException {
    String text = new String(text(), StandardCharsets.ISO_8859_1);
    Matcher cid = CID.matcher(text);
    if (!cid.find()) {
      return;
    }
    String former = cid.group(1);
    int drawn = identity.number("vmdk content id");
    String digits = digits(drawn, former.length());
    while (digits.equalsIgnoreCase(former) || digits.equals("ffffffff")) {
      drawn++;
      digits = digits(drawn, former.length());
    }
    Matcher longer = LONG_CID.matcher(text);
    if (longer.find() && longer.group(1).equalsIgnoreCase(former)) {
      put(longer.start(1), digits);
    }
    put(cid.start(1), digits);
  }

  private static String digits(int number, int count) {
    return String.format(Locale.ROOT, "%08x", number).substring(8 - count);
  }

  private void put(int at, String digits) throws IOException {
    byte[] bytes = digits.getBytes(StandardCharsets.ISO_8859_1);
    storage.write(offset + at, MemorySegment.ofArray(bytes));
  }
}

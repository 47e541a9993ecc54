package dev.platter.vmdk;

import dev.platter.image.Identity;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a descriptor says which content the disk has ("CID"). It is another one as soon as the disk
 * is modified after having been opened, by which the disks that lie over it notice.
 *
 * @param offset where the descriptor is in the file
 * @param length how much room it has
 */
record ContentId(WritableStorage storage, long offset, int length) {
  private static final Pattern CID =
      Pattern.compile("(?im)^[ \\t]*CID[ \\t]*=[ \\t]*\"?([0-9a-f]{1,8})");

  /** VMware's longer one ends with the same digits. */
  private static final Pattern LONG_CID =
      Pattern.compile(
          "(?im)^[ \\t]*ddb\\.longContentID[ \\t]*=[ \\t]*\"?[0-9a-f]{24}([0-9a-f]{8})");

  /** Draws a new one, of as many digits: nothing else in the file moves. Does not sync. */
  void change(Identity identity) throws IOException {
    byte[] bytes = new byte[length];
    storage.readFully(offset, MemorySegment.ofArray(bytes));
    String text = new String(bytes, StandardCharsets.ISO_8859_1);
    int stop = text.indexOf(0);
    text = stop < 0 ? text : text.substring(0, stop);
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

package dev.platter.wrap;

import dev.platter.archive.TarHeader;
import dev.platter.archive.TarMember;
import dev.platter.archive.TarReader;
import dev.platter.image.Fault;
import dev.platter.image.ImageException;
import dev.platter.image.UnsupportedFeatureException;
import dev.platter.image.spi.ImageFormat;
import dev.platter.image.wrap.Remarks;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.StringJoiner;

/**
 * The one disk in a tar archive, read from front to back; what is no disk is left out with a
 * remark. The rest of the archive is read, too, as it may hold another disk.
 */
final class TarStream extends Unpacked implements Remarks {
  private static final int MAX_LISTED = 8;

  private final PackedInput input;
  private final TarReader reader = new TarReader(this::readAt);
  private final List<String> disks = new ArrayList<>();
  private final List<String> others = new ArrayList<>();
  private long position;
  private TarContent content;
  private int otherCount;
  private boolean ended;

  TarStream(InputStream packed) {
    input = new PackedInput(packed);
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    if (ended) {
      return -1;
    }
    if (content == null) {
      content = nextDisk().orElseThrow(this::noDisk);
    }
    int count = content.read(target, offset, length);
    if (count < 0) {
      while (nextDisk().isPresent()) {
        // Whatever there is more is named in the error.
      }
      if (disks.size() > 1) {
        throw Fault.ofFormat("tar")
            .unsupported("the archive holds more than one disk: " + listed(disks, disks.size()));
      }
      ended = true;
    }
    return count;
  }

  /** Goes on to a file that is a disk; nothing of it has been given out then. */
  private Optional<TarContent> nextDisk() throws IOException {
    for (Optional<TarMember> next = reader.next(); next.isPresent(); next = reader.next()) {
      TarMember member = next.get();
      if (!member.isFile() || SystemFiles.isOne(member.name())) {
        continue;
      }
      if (member.name().toLowerCase(Locale.ROOT).endsWith(".ovf")) {
        throw Fault.ofFormat("tar")
            .unsupported(
                "the archive is an appliance (ova), and read as one where it lies in no more than"
                    + " one compression");
      }
      TarContent file = new TarContent(member, this::readAt);
      byte[] head = file.head(ImageFormat.HEAD_BYTES);
      if (DiskFiles.isOne(member.name(), head, member.size())) {
        disks.add(member.name());
        return Optional.of(file);
      }
      otherCount++;
      if (others.size() < MAX_LISTED) {
        others.add(member.name());
      }
    }
    readPadding();
    return Optional.empty();
  }

  /** Behind the end there are zeros: what else is there would be lost. */
  private void readPadding() throws IOException {
    byte[] block = new byte[TarHeader.BLOCK];
    while (!input.isAtEnd()) {
      int count = readAt(position, block);
      if (!TarHeader.isZero(Arrays.copyOf(Arrays.copyOf(block, count), block.length))) {
        throw new IOException("tar: something follows the end of the archive");
      }
    }
  }

  /** The archive's bytes; goes forward only. */
  private int readAt(long offset, byte[] target) throws IOException {
    input.skip(offset - position);
    position = offset;
    int done = 0;
    while (done < target.length && !input.isAtEnd()) {
      int count = Math.min(target.length - done, input.limit() - input.position());
      input.readFully(target, done, count);
      done += count;
    }
    position += done;
    return done;
  }

  private UnsupportedFeatureException noDisk() {
    return Fault.ofFormat("tar")
        .unsupported(
            otherCount == 0
                ? "there is no file in the archive"
                : "no file in the archive is a disk: " + listed(others, otherCount));
  }

  private static String listed(List<String> names, int count) {
    StringJoiner list = new StringJoiner(", ");
    for (String name : names.subList(0, Math.min(names.size(), MAX_LISTED))) {
      list.add("'" + ImageException.printable(name) + "'");
    }
    if (count > MAX_LISTED) {
      list.add("and " + (count - MAX_LISTED) + " more");
    }
    return list.toString();
  }

  @Override
  public Optional<String> remark() {
    StringJoiner remarks = new StringJoiner("; ");
    remarks.setEmptyValue("");
    if (otherCount > 0) {
      remarks.add("what is no disk is left out: " + listed(others, otherCount));
    }
    if (!reader.endIsMarked()) {
      remarks.add("the archive ends without the mark that ends one");
    }
    return Optional.of(remarks.toString()).filter(text -> !text.isEmpty());
  }

  @Override
  public void close() throws IOException {
    input.close();
  }
}

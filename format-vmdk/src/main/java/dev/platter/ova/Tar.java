package dev.platter.ova;

import static dev.platter.ova.Faults.corrupt;

import dev.platter.image.Sizes;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The files in a tar archive, by name, where they lie; nothing is unpacked. Names are only names
 * here: no file system sees them.
 */
final class Tar implements Members {
  /** More members than any appliance has. */
  private static final int MAX_MEMBERS = 10_000;

  /** The most that the headers before a member may take: long names and pax records. */
  private static final int MAX_EXTENSION = 1 << 20;

  private final Storage storage;
  private final Map<String, JoinedStorage.Part> files;

  private Tar(Storage storage, Map<String, JoinedStorage.Part> files) {
    this.storage = storage;
    this.files = files;
  }

  /** What pax records or GNU's long name say of the member that follows. */
  private static final class Extension {
    private String name;
    private long size = -1;
  }

  static Tar read(Storage storage) throws IOException {
    Map<String, JoinedStorage.Part> files = new LinkedHashMap<>();
    long end = storage.size();
    Extension extension = new Extension();
    int members = 0;
    for (long at = 0; at < end; ) {
      byte[] block = read(storage, at, TarHeader.BLOCK);
      if (TarHeader.isZero(block)) {
        break;
      }
      if (++members > MAX_MEMBERS) {
        throw corrupt(storage.name(), "the tar has more than " + MAX_MEMBERS + " members");
      }
      TarHeader header = headerAt(storage, at, block);
      long data = at + TarHeader.BLOCK;
      boolean extends_ = "xLKg".indexOf(header.type()) >= 0;
      long size = !extends_ && extension.size >= 0 ? extension.size : header.size();
      if (size > end - data) {
        throw corrupt(
            storage.name(),
            "the tar member '%s' at 0x%x has %d bytes, the file only %d more"
                .formatted(header.name(), at, size, end - data));
      }
      if (extends_) {
        extend(storage, header, data, extension);
      } else {
        String name = plain(extension.name == null ? header.name() : extension.name);
        if (header.type() == 'S') {
          throw Faults.unsupported(storage.name(), "the tar member '" + name + "' is sparse");
        }
        if (header.isFile()
            && files.put(name, new JoinedStorage.Part(storage, data, size)) != null) {
          throw corrupt(storage.name(), "the tar has two members '" + name + "'");
        }
        extension = new Extension();
      }
      at = data + Sizes.roundUp(size, TarHeader.BLOCK);
    }
    return new Tar(storage, files);
  }

  /** Whether a file that begins like this is a tar whose first file is an envelope. */
  static boolean looksLikeOne(MemorySegment head) {
    byte[] block = new byte[TarHeader.BLOCK];
    for (long at = 0; at + TarHeader.BLOCK <= head.byteSize(); ) {
      MemorySegment.copy(head, at, MemorySegment.ofArray(block), 0, TarHeader.BLOCK);
      Optional<TarHeader> header = TarHeader.parse(block);
      if (header.isEmpty()) {
        return false;
      }
      if (header.get().isFile()) {
        return Members.isEnvelope(header.get().name());
      }
      if (header.get().size() > head.byteSize()) {
        return false;
      }
      at += TarHeader.BLOCK + Sizes.roundUp(header.get().size(), TarHeader.BLOCK);
    }
    return false;
  }

  @Override
  public List<String> names() {
    return new ArrayList<>(files.keySet());
  }

  @Override
  public Optional<Storage> find(String name) {
    JoinedStorage.Part part = files.get(plain(name));
    return part == null
        ? Optional.empty()
        : Optional.of(new JoinedStorage(storage.name() + ":" + name, List.of(part)));
  }

  private static TarHeader headerAt(Storage storage, long at, byte[] block) throws IOException {
    Optional<TarHeader> header = TarHeader.parse(block);
    return header.orElseThrow(
        () -> corrupt(storage.name(), "there is no tar header at 0x" + Long.toHexString(at)));
  }

  private static void extend(Storage storage, TarHeader header, long data, Extension extension)
      throws IOException {
    if (header.size() > MAX_EXTENSION) {
      throw corrupt(
          storage.name(),
          "a tar header of type '%c' has %d bytes, at most %d are expected"
              .formatted(header.type(), header.size(), MAX_EXTENSION));
    }
    String text = new String(read(storage, data, (int) header.size()), StandardCharsets.UTF_8);
    if (header.type() == 'L') {
      int end = text.indexOf(0);
      extension.name = end < 0 ? text : text.substring(0, end);
    } else if (header.type() == 'x') {
      readRecords(storage, text.getBytes(StandardCharsets.UTF_8), extension);
    }
  }

  /** Records of the form {@code "LENGTH KEY=VALUE\n"}, the length that of the whole record. */
  private static void readRecords(Storage storage, byte[] bytes, Extension extension)
      throws IOException {
    for (int at = 0; at < bytes.length; ) {
      int space = at;
      while (space < bytes.length && bytes[space] >= '0' && bytes[space] <= '9') {
        space++;
      }
      String digits = new String(bytes, at, space - at, StandardCharsets.US_ASCII);
      int length = digits.matches("[0-9]{1,7}") ? Integer.parseInt(digits) : 0;
      if (length <= space - at + 1 || length > bytes.length - at) {
        throw corrupt(storage.name(), "a pax record of the tar has an impossible length");
      }
      String record = new String(bytes, space + 1, at + length - space - 2, StandardCharsets.UTF_8);
      int equals = record.indexOf('=');
      String key = equals < 0 ? record : record.substring(0, equals);
      String value = record.substring(equals + 1);
      if (key.startsWith("GNU.sparse")) {
        throw Faults.unsupported(storage.name(), "a tar member is sparse");
      }
      if (key.equals("path")) {
        extension.name = value;
      } else if (key.equals("size")) {
        if (!value.matches("[0-9]{1,18}")) {
          throw corrupt(storage.name(), "a pax record of the tar says size '" + value + "'");
        }
        extension.size = Long.parseLong(value);
      }
      at += length;
    }
  }

  private static byte[] read(Storage storage, long at, int length) throws IOException {
    byte[] bytes = new byte[length];
    if (storage.read(at, MemorySegment.ofArray(bytes)) < length) {
      throw corrupt(storage.name(), "the tar ends within a header at 0x" + Long.toHexString(at));
    }
    return bytes;
  }

  /** {@code tar cf app.ova ./*} puts a dot and a slash before all names. */
  private static String plain(String name) {
    String plain = name;
    while (plain.startsWith("./")) {
      plain = plain.substring(2);
    }
    return plain;
  }
}

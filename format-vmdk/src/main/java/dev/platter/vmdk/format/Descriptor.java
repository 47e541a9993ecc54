package dev.platter.vmdk.format;

import static dev.platter.vmdk.format.Faults.corrupt;

import dev.platter.image.CorruptImageException;
import dev.platter.image.Limits;
import dev.platter.image.UnsupportedFeatureException;
import dev.platter.storage.FileNames;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.Charset;
import java.nio.charset.IllegalCharsetNameException;
import java.nio.charset.StandardCharsets;
import java.nio.charset.UnsupportedCharsetException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The text that describes a disk ("Virtual Disk Descriptor"), in a file of its own or inside a
 * sparse extent.
 *
 * @param header the keys of the first section, in lower case, with their values unquoted
 * @param extents what the disk consists of, in guest order
 * @param database the keys beginning {@code ddb.}, in lower case, with their values unquoted
 * @param oddLine the first line that can be read but that no program writes so, if there is one
 */
public record Descriptor(
    Map<String, String> header,
    List<ExtentLine> extents,
    Map<String, String> database,
    Optional<String> oddLine) {
  /** The content ID that means "no parent". */
  public static final int CID_NOPARENT = -1;

  /** The most bytes that a descriptor may have: 64 TiB in pieces of 2 GiB take 2 MB. */
  public static final int MAX_LENGTH = 16 << 20;

  /** Disks that stand for devices and for objects that are not files. */
  private static final Set<String> UNREADABLE_TYPES =
      Set.of(
          "fulldevice",
          "partitioneddevice",
          "vmfsraw",
          "vmfsrdm",
          "vmfsrdmp",
          "vmfsrawdevicemap",
          "vmfspassthroughrawdevicemap",
          "vsansparse");

  public Descriptor {
    header = Map.copyOf(header);
    extents = List.copyOf(extents);
    database = Map.copyOf(database);
  }

  /** Reads the descriptor that fills the given range of a storage. */
  public static Descriptor read(Storage storage, long offset, long length, Limits limits)
      throws IOException {
    long most = Math.min(MAX_LENGTH, limits.maxDescriptionBytes());
    if (length > most) {
      throw corrupt(storage.name(), "the descriptor has " + length + " bytes, at most " + most);
    }
    byte[] bytes = new byte[(int) length];
    storage.readFully(offset, MemorySegment.ofArray(bytes));
    int end = 0;
    while (end < bytes.length && bytes[end] != 0) {
      end++;
    }
    Charset charset = charsetOf(new String(bytes, 0, end, StandardCharsets.ISO_8859_1));
    // What calls itself UTF-8 or nothing may all the same have names of other bytes.
    String text =
        charset.equals(StandardCharsets.UTF_8)
            ? FileNames.text(Arrays.copyOf(bytes, end))
            : new String(bytes, 0, end, charset);
    return parse(text, storage.name());
  }

  /**
   * @param name how messages call the file
   */
  static Descriptor parse(String text, String name)
      throws CorruptImageException, UnsupportedFeatureException {
    Map<String, String> header = new LinkedHashMap<>();
    Map<String, String> database = new LinkedHashMap<>();
    List<ExtentLine> extents = new ArrayList<>();
    String oddLine = null;
    long sectors = 0;
    for (String raw : (Iterable<String>) text.lines()::iterator) {
      String line = raw.strip();
      if (line.isEmpty() || line.startsWith("#")) {
        continue;
      }
      int equals = line.indexOf('=');
      if (ExtentLine.isOne(line)) {
        ExtentLine extent = ExtentLine.parse(line, name);
        sectors += extent.sectors();
        if (sectors > Long.MAX_VALUE / SparseHeader.SECTOR) {
          throw corrupt(name, "the extents have more than 2^63 bytes together");
        }
        extents.add(extent);
      } else if (equals > 0) {
        String key = line.substring(0, equals).strip().toLowerCase(Locale.ROOT);
        boolean plain = key.startsWith("ddb") || line.substring(0, equals).indexOf(' ') < 0;
        oddLine = oddLine == null && !plain ? shortened(line) : oddLine;
        (key.startsWith("ddb.") ? database : header)
            .putIfAbsent(key, unquoted(line.substring(equals + 1).strip()));
      } else {
        throw corrupt(name, "the descriptor's line '" + shortened(line) + "' cannot be read");
      }
    }
    Descriptor descriptor = new Descriptor(header, extents, database, Optional.ofNullable(oddLine));
    descriptor.judge(name);
    return descriptor;
  }

  private void judge(String name) throws CorruptImageException, UnsupportedFeatureException {
    if (UNREADABLE_TYPES.contains(createType().toLowerCase(Locale.ROOT))) {
      throw Faults.unsupported(
          name, "image type '" + createType() + "': it stands for a device or object");
    }
    if (isEncrypted()) {
      throw Faults.unsupported(
          name,
          "it is encrypted by VMware, whose keys lie elsewhere: with a key server, or a machine");
    }
    number(name, "cid");
    number(name, "parentcid");
  }

  /**
   * As vSphere's encryption marks its disks, or Workstation's, which encrypts machines as a whole.
   */
  private boolean isEncrypted() {
    return header.keySet().stream()
            .anyMatch(key -> key.equals("encryptionkeys") || key.startsWith("encryption."))
        || database.getOrDefault("ddb.iofilters", "").contains("vmwarevmcrypt");
  }

  private void number(String name, String key) throws CorruptImageException {
    String text = header.getOrDefault(key, "0");
    if (!text.matches("[0-9a-fA-F]{1,8}")) {
      throw corrupt(name, "'" + shortened(text) + "' is no content ID (" + key + ")");
    }
  }

  /** Whether a text looks like a descriptor: its first line that says something is a version. */
  static boolean looksLikeOne(String head) {
    for (String raw : (Iterable<String>) head.lines()::iterator) {
      String line = raw.strip();
      if (!line.isEmpty() && !line.startsWith("#")) {
        // The first words tell of most files, without what a pattern takes to be made.
        return line.regionMatches(true, 0, "version", 0, "version".length())
            && line.matches("(?i)version\\s*=\\s*[1-3]");
      }
    }
    return false;
  }

  public String createType() {
    return header.getOrDefault("createtype", "");
  }

  public int cid() {
    return Integer.parseUnsignedInt(header.getOrDefault("cid", "0"), 16);
  }

  public int parentCid() {
    return header.containsKey("parentcid")
        ? Integer.parseUnsignedInt(header.get("parentcid"), 16)
        : CID_NOPARENT;
  }

  public Optional<String> parentFileNameHint() {
    return Optional.ofNullable(header.get("parentfilenamehint")).filter(text -> !text.isEmpty());
  }

  /** The encoding that a text says it has. */
  public static Charset charsetOf(String text) {
    for (String line : (Iterable<String>) text.lines()::iterator) {
      int equals = line.indexOf('=');
      if (equals > 0 && line.substring(0, equals).strip().equalsIgnoreCase("encoding")) {
        try {
          return Charset.forName(unquoted(line.substring(equals + 1).strip()));
        } catch (IllegalCharsetNameException | UnsupportedCharsetException e) {
          return StandardCharsets.UTF_8;
        }
      }
    }
    return StandardCharsets.UTF_8;
  }

  private static String unquoted(String text) {
    boolean quoted = text.length() >= 2 && text.startsWith("\"") && text.endsWith("\"");
    return quoted ? text.substring(1, text.length() - 1) : text;
  }

  private static String shortened(String text) {
    return text.length() <= 80 ? text : text.substring(0, 80) + "...";
  }
}

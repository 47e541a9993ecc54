package dev.platter.guest.files.ntfs;

import dev.platter.guest.files.ArraySource;
import dev.platter.guest.files.Bytes;
import dev.platter.guest.files.FileAttributes;
import dev.platter.guest.files.Node;
import dev.platter.guest.files.Source;
import dev.platter.guest.files.ntfs.NtfsRecord.Attribute;
import dev.platter.image.CorruptImageException;
import dev.platter.image.Fault;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Files of NTFS; upper and lower case are the same. */
final class NtfsFileSystem {
  private static final long MFT = 0;
  private static final long ROOT = 5;
  private static final int MAX_PARTS = 4096;
  private static final String DIRECTORY_INDEX = "$I30";
  private static final int MAX_UNIT = 1 << 20;

  /** In a name: which rules it follows. */
  private static final int NAME_SPACE = 65;

  /** In what is known of every file: what it is, as MS-DOS had it. */
  private static final int FLAGS = 32;

  private static final int READ_ONLY = 1;

  private final Source volume;
  private final NtfsBootSector boot;
  private final Source mft;

  private NtfsFileSystem(Source volume, NtfsBootSector boot) throws IOException {
    this.volume = volume;
    this.boot = boot;
    // The table tells where it lies itself: its own record first, then what that leads to.
    Source first =
        volume.window(
            volume.name() + " $MFT", boot.mftOffset(), boot.recordSize(), volume.budget());
    NtfsRecord itself = NtfsRecord.parse(first.read(0, boot.recordSize()));
    List<Attribute> parts = new ArrayList<>();
    for (Attribute part : itself.attributes()) {
      if (part.type() == NtfsRecord.DATA && part.name().isEmpty()) {
        parts.add(part);
      }
    }
    Source beginning = source("$MFT", parts);
    this.mft =
        itself.attributes().stream().anyMatch(a -> a.type() == NtfsRecord.ATTRIBUTE_LIST)
            ? new NtfsFileSystem(volume, boot, beginning).source("$MFT", MFT, NtfsRecord.DATA, "")
            : beginning;
  }

  private NtfsFileSystem(Source volume, NtfsBootSector boot, Source mft) {
    this.volume = volume;
    this.boot = boot;
    this.mft = mft;
  }

  static NtfsFileSystem open(Source volume, NtfsBootSector boot) throws IOException {
    return new NtfsFileSystem(volume, boot);
  }

  Node root() throws IOException {
    return file(ROOT);
  }

  /** The name of the volume, which a record of its own keeps. */
  String label(long number) throws IOException {
    for (Attribute attribute : record(number).attributes()) {
      if (attribute.type() == NtfsRecord.VOLUME_NAME && attribute.resident()) {
        Bytes value = attribute.value();
        return value.text(0, value.length(), StandardCharsets.UTF_16LE);
      }
    }
    return "";
  }

  /** The file table. */
  Source table() {
    return mft;
  }

  /** The bytes of the file of that number. */
  Source data(long number) throws IOException {
    return source("record " + number, number, NtfsRecord.DATA, "");
  }

  NtfsRecord record(long number) throws IOException {
    return NtfsRecord.parse(mft.read(mft.offsetOf(number, boot.recordSize()), boot.recordSize()));
  }

  /** All parts of an attribute, wherever they are kept; none: there is no such attribute. */
  private List<Attribute> parts(long number, int type, String name) throws IOException {
    NtfsRecord record = record(number);
    List<Attribute> parts = new ArrayList<>();
    addParts(record, type, name, parts);
    for (Attribute list : record.attributes()) {
      if (list.type() == NtfsRecord.ATTRIBUTE_LIST) {
        Source entries = source("attribute list of record " + number, List.of(list));
        Set<Long> others = new TreeSet<>();
        for (long at = 0; at < entries.size(); ) {
          volume.step();
          Bytes entry = entries.read(at, 24);
          long other = entry.i64(16) & NtfsRecord.NUMBER_MASK;
          if (entry.i32(0) == type && other != number) {
            others.add(other);
          }
          int length = entry.u16(4);
          entry.require(length >= 24, "entry of " + length + " bytes in an attribute list");
          at += length;
        }
        for (long other : others) {
          NtfsRecord extension = record(other);
          if (extension.base() == number) {
            addParts(extension, type, name, parts);
          }
        }
      }
    }
    return parts;
  }

  private void addParts(NtfsRecord record, int type, String name, List<Attribute> parts)
      throws CorruptImageException {
    for (Attribute attribute : record.attributes()) {
      if (attribute.type() == type && attribute.name().equals(name)) {
        attribute.bytes().require(parts.size() < MAX_PARTS, "attribute of too many parts");
        parts.add(attribute);
      }
    }
  }

  private Source source(String what, long number, int type, String name) throws IOException {
    return source(what, parts(number, type, name));
  }

  private Source source(String what, List<Attribute> parts) throws IOException {
    String name = volume.name() + " " + what;
    if (parts.isEmpty()) {
      return new ArraySource(name, new byte[0], volume.budget());
    }
    Attribute first = beginning(parts);
    // In an index it says only what becomes of new files; that goes for the one that packs, too.
    if (first.type() == NtfsRecord.DATA && (first.flags() & Attribute.ENCRYPTED) != 0) {
      throw Fault.on(name).unsupported("encrypted by ntfs");
    }
    if (first.resident()) {
      return new ArraySource(name, first.value().array(), volume.budget());
    }
    boolean packed = (first.flags() & Attribute.COMPRESSED) != 0 && first.unitLog() != 0;
    if (!packed) {
      return new NtfsRuns(name, parts, volume, boot.clusterSize());
    }
    long unit = (long) boot.clusterSize() << Math.min(first.unitLog(), 30);
    first.bytes().require(unit <= MAX_UNIT, "packed in units of " + unit + " bytes");
    return new NtfsCompressed(
        name,
        first.dataSize(),
        NtfsRuns.ofPacked(name, parts, volume, boot.clusterSize()),
        (int) unit,
        first.writtenSize());
  }

  /** The part that tells of all of the attribute. */
  private static Attribute beginning(List<Attribute> parts) {
    for (Attribute part : parts) {
      if (part.resident() || part.firstCluster() == 0) {
        return part;
      }
    }
    return parts.getFirst();
  }

  private File file(long number) throws IOException {
    NtfsRecord record = record(number);
    NtfsReparse reparse = NtfsReparse.NONE;
    for (Attribute attribute : record.attributes()) {
      if (attribute.type() == NtfsRecord.REPARSE_POINT && attribute.resident()) {
        reparse = NtfsReparse.ofTag(attribute.value().i32(0));
      }
    }
    return new File(number, record, reparse);
  }

  private final class File extends Node {
    private final long number;
    private final NtfsRecord record;
    private final NtfsReparse reparse;
    private NtfsIndex index;
    private Map<String, Long> entries;

    private File(long number, NtfsRecord record, NtfsReparse reparse) {
      this.number = number;
      this.record = record;
      this.reparse = reparse;
    }

    @Override
    public Kind kind() {
      if (reparse.isLink()) {
        return Kind.LINK;
      }
      return record.directory() ? Kind.DIRECTORY : Kind.FILE;
    }

    @Override
    public FileAttributes attributes() throws IOException {
      Bytes times = null;
      int links = 0;
      for (Attribute attribute : record.attributes()) {
        if (attribute.type() == NtfsRecord.STANDARD_INFORMATION) {
          times = attribute.value();
        } else if (attribute.type() == NtfsRecord.FILE_NAME) {
          links += attribute.value().u8(NAME_SPACE) == NtfsIndex.DOS ? 0 : 1;
        }
      }
      if (times == null) {
        throw Fault.on(volume.name()).corrupt("record " + number + " has no times");
      }
      boolean readOnly = (times.i32(FLAGS) & READ_ONLY) != 0;
      Kind kind = kind();
      int mode =
          switch (kind) {
            case DIRECTORY -> FileAttributes.DIRECTORY | 0755;
            case LINK -> FileAttributes.LINK | 0777;
            default -> FileAttributes.FILE | (readOnly ? 0444 : 0644);
          };
      return new FileAttributes(
          0,
          number,
          mode,
          Math.max(links, 1),
          0,
          0,
          kind == Kind.FILE ? dataSize() : 0,
          Optional.empty(),
          FileAttributes.windowsTime(times.i64(24)),
          FileAttributes.windowsTime(times.i64(8)),
          FileAttributes.windowsTime(times.i64(16)),
          Optional.of(FileAttributes.windowsTime(times.i64(0))));
    }

    /** Told of encrypted files, too. */
    private long dataSize() throws IOException {
      for (Attribute part : parts(number, NtfsRecord.DATA, "")) {
        if (part.resident()) {
          return part.value().length();
        }
        if (part.firstCluster() == 0) {
          return part.dataSize();
        }
      }
      return 0;
    }

    @Override
    public Source content() throws IOException {
      Fault fault = Fault.on(volume.name() + " record " + number);
      if (reparse == NtfsReparse.WOF) {
        throw fault.unsupported("packed by Windows (WOF), which is not read");
      }
      if (reparse == NtfsReparse.DEDUPLICATED) {
        throw fault.unsupported("deduplicated by Windows, which is not read");
      }
      return source("record " + number, number, NtfsRecord.DATA, "");
    }

    @Override
    public String target() throws IOException {
      return reparse.target(source("link " + number, number, NtfsRecord.REPARSE_POINT, ""));
    }

    private NtfsIndex index() throws IOException {
      if (index == null) {
        String name = "directory " + number;
        index =
            new NtfsIndex(
                source(name, number, NtfsRecord.INDEX_ROOT, DIRECTORY_INDEX),
                source(name, number, NtfsRecord.INDEX_ALLOCATION, DIRECTORY_INDEX),
                boot.clusterSize());
      }
      return index;
    }

    @Override
    public Optional<Node> child(String name) throws IOException {
      Long listed = entries == null ? null : entries.get(name);
      long found = listed == null ? index().find(name) : listed;
      return found < 0 ? Optional.empty() : Optional.of(file(found));
    }

    @Override
    public Set<String> names() throws IOException {
      if (entries == null) {
        entries = index().entries();
      }
      return Collections.unmodifiableSet(entries.keySet());
    }
  }
}

package dev.platter.guest.files.ntfs;

import dev.platter.guest.files.ArraySource;
import dev.platter.guest.files.Bytes;
import dev.platter.guest.files.Node;
import dev.platter.guest.files.Source;
import dev.platter.guest.files.ntfs.NtfsRecord.Attribute;
import dev.platter.image.CorruptImageException;
import dev.platter.image.Fault;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Files of NTFS; upper and lower case are the same. Compressed files are refused by name. */
final class NtfsFileSystem {
  private static final long MFT = 0;
  private static final long ROOT = 5;
  private static final int MAX_PARTS = 4096;
  private static final String DIRECTORY_INDEX = "$I30";

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
    return new File(ROOT, record(ROOT));
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

  private NtfsRecord record(long number) throws IOException {
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
    int flags = parts.getFirst().flags();
    if ((flags & (Attribute.COMPRESSED | Attribute.ENCRYPTED)) != 0) {
      throw Fault.on(name).unsupported("compressed or encrypted by ntfs");
    }
    if (parts.getFirst().resident()) {
      return new ArraySource(name, parts.getFirst().value().array(), volume.budget());
    }
    return new NtfsRuns(name, parts, volume, boot.clusterSize());
  }

  private final class File extends Node {
    private final long number;
    private final NtfsRecord record;
    private NtfsIndex index;

    private File(long number, NtfsRecord record) {
      this.number = number;
      this.record = record;
    }

    @Override
    public Kind kind() {
      if (record.directory()) {
        return Kind.DIRECTORY;
      }
      boolean points =
          record.attributes().stream().anyMatch(a -> a.type() == NtfsRecord.REPARSE_POINT);
      return points ? Kind.OTHER : Kind.FILE;
    }

    @Override
    public Source content() throws IOException {
      return source("record " + number, number, NtfsRecord.DATA, "");
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
      long found = index().find(name);
      return found < 0 ? Optional.empty() : Optional.of(new File(found, record(found)));
    }

    @Override
    public Set<String> names() throws IOException {
      return index().names();
    }
  }
}

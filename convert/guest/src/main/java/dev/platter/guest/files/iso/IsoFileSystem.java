package dev.platter.guest.files.iso;

import dev.platter.guest.files.Bytes;
import dev.platter.guest.files.FileAttributes;
import dev.platter.guest.files.FileTree;
import dev.platter.guest.files.MappedSource;
import dev.platter.guest.files.Node;
import dev.platter.guest.files.Source;
import dev.platter.image.Fault;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Files of a disc. Names are those of Rock Ridge; without it, Joliet's; else those of ISO 9660, in
 * lower case and without a version.
 */
public final class IsoFileSystem {
  private static final int SECTOR = 2048;
  private static final int FIRST = 16;
  private static final int MAX_DESCRIPTORS = 64;
  private static final int PRIMARY = 1;
  private static final int SUPPLEMENTARY = 2;
  private static final int TERMINATOR = 255;
  private static final int ROOT_RECORD = 156;
  private static final int ROOT_LENGTH = 34;
  private static final int ESCAPES = 88;
  private static final int MAX_DIRECTORY = 64 << 20;
  private static final int MAX_PARTS = 1 << 12;
  private static final List<String> JOLIET = List.of("%/@", "%/C", "%/E");

  private final Source volume;
  private final int blockSize;
  private final boolean joliet;
  private final Optional<Integer> skip;

  private IsoFileSystem(Source volume, int blockSize, boolean joliet, Optional<Integer> skip) {
    this.volume = volume;
    this.blockSize = blockSize;
    this.joliet = joliet;
    this.skip = skip;
  }

  /** The tree of files of a volume that holds a disc. */
  public static FileTree open(Source volume) throws IOException {
    Bytes primary = null;
    Bytes withLongNames = null;
    for (int i = FIRST; i < FIRST + MAX_DESCRIPTORS; i++) {
      Bytes bytes = volume.readUpTo((long) i * SECTOR, SECTOR);
      if (bytes.length() < SECTOR || !bytes.has(1, "CD001") || bytes.u8(0) == TERMINATOR) {
        break;
      }
      if (bytes.u8(0) == PRIMARY && primary == null) {
        primary = bytes;
      } else if (bytes.u8(0) == SUPPLEMENTARY && isJoliet(bytes)) {
        withLongNames = bytes;
      }
    }
    if (primary == null) {
      throw Fault.on(volume.name()).corrupt("no primary volume descriptor");
    }
    IsoFileSystem plain = of(volume, primary, false);
    if (plain.skip.isPresent() || withLongNames == null) {
      return plain.tree(primary);
    }
    return of(volume, withLongNames, true).tree(withLongNames);
  }

  private static boolean isJoliet(Bytes descriptor) throws IOException {
    for (String escape : JOLIET) {
      if (descriptor.has(ESCAPES, escape)) {
        return true;
      }
    }
    return false;
  }

  private static IsoFileSystem of(Source volume, Bytes descriptor, boolean joliet)
      throws IOException {
    int blockSize = descriptor.u16(128);
    descriptor.require(
        blockSize >= 512 && blockSize <= SECTOR && Integer.bitCount(blockSize) == 1,
        "blocks of " + blockSize + " bytes");
    IsoRecord root = IsoRecord.parse(descriptor.slice(ROOT_RECORD, ROOT_LENGTH));
    Bytes first = volume.readUpTo(volume.offsetOf(root.block(), blockSize), SECTOR);
    Optional<Integer> skip =
        joliet || first.length() == 0 || first.u8(0) == 0
            ? Optional.empty()
            : RockRidge.skip(IsoRecord.parse(first));
    return new IsoFileSystem(volume, blockSize, joliet, skip);
  }

  private FileTree tree(Bytes descriptor) throws IOException {
    IsoRecord root = IsoRecord.parse(descriptor.slice(ROOT_RECORD, ROOT_LENGTH));
    // What is said of the root itself stands in its own first record.
    return new FileTree(new File(List.of(own(root.block())), root.block()));
  }

  /** The record that a directory has of itself. */
  private IsoRecord own(long block) throws IOException {
    Bytes bytes = volume.readUpTo(volume.offsetOf(block, blockSize), SECTOR);
    return IsoRecord.parse(bytes);
  }

  private String name(IsoRecord record) throws IOException {
    Bytes stored = record.name();
    String name =
        new String(
            stored.array(), joliet ? StandardCharsets.UTF_16BE : StandardCharsets.ISO_8859_1);
    int version = name.indexOf(';');
    name = version > 0 ? name.substring(0, version) : name;
    name = name.endsWith(".") && name.length() > 1 ? name.substring(0, name.length() - 1) : name;
    return joliet ? name : name.toLowerCase(Locale.ROOT);
  }

  private final class File extends Node {
    private final List<IsoRecord> parts;
    private final long place;
    private final IsoRecord record;
    private final RockRidge more;
    private Map<String, File> entries;

    /**
     * @param parts the records of one file, which may be in several parts
     * @param place what tells it from all others that are empty
     */
    private File(List<IsoRecord> parts, long place) throws IOException {
      this.parts = parts;
      this.place = place;
      this.record = parts.getFirst();
      this.more = skip.isPresent() ? RockRidge.read(record, skip.get(), volume, blockSize) : null;
    }

    private boolean hasMode() {
      return more != null && more.mode >= 0;
    }

    @Override
    public Kind kind() {
      if (record.isDirectory()) {
        return Kind.DIRECTORY;
      }
      return hasMode() ? Kind.ofMode((int) more.mode) : Kind.FILE;
    }

    private long size() {
      long size = 0;
      for (IsoRecord part : parts) {
        size += part.size();
      }
      return size;
    }

    @Override
    public FileAttributes attributes() {
      boolean hasMore = hasMode();
      int made =
          kind() == Kind.DIRECTORY ? FileAttributes.DIRECTORY | 0755 : FileAttributes.FILE | 0644;
      boolean hasBlock = record.isDirectory() || record.size() > 0;
      return new FileAttributes(
          0,
          hasBlock ? record.block() : -1 - place,
          hasMore ? (int) more.mode & 0xFFFF : made,
          hasMore ? more.links : 1,
          hasMore ? more.uid : 0,
          hasMore ? more.gid : 0,
          size(),
          hasMore ? more.device() : Optional.empty(),
          or(hasMore ? more.accessed : null),
          or(hasMore ? more.modified : null),
          or(hasMore ? more.changed : null),
          Optional.ofNullable(hasMore ? more.created : null));
    }

    private Instant or(Instant told) {
      return told == null ? record.time() : told;
    }

    @Override
    public String target() {
      return more.target();
    }

    @Override
    public Source content() throws IOException {
      String name = volume.name() + " file at block " + record.block();
      if (more != null && more.isPacked) {
        throw Fault.on(name).unsupported("packed by zisofs");
      }
      return content(name);
    }

    private Source content(String name) {
      return new MappedSource(name, size(), volume.budget()) {
        @Override
        protected Piece pieceAt(long offset) throws IOException {
          long within = offset;
          for (IsoRecord part : parts) {
            if (within < part.size()) {
              long start = volume.offsetOf(part.block(), blockSize);
              return new Piece(part.size() - within, volume, start + within);
            }
            within -= part.size();
          }
          throw Fault.on(name()).corrupt("no part has byte " + offset);
        }
      };
    }

    @Override
    public Optional<Node> child(String name) throws IOException {
      return Optional.ofNullable(entries().get(name));
    }

    @Override
    public Set<String> names() throws IOException {
      return Collections.unmodifiableSet(entries().keySet());
    }

    private Map<String, File> entries() throws IOException {
      if (entries == null) {
        Map<String, File> found = new LinkedHashMap<>();
        if (size() > MAX_DIRECTORY) {
          throw Fault.on(volume.name()).corrupt("a directory of " + size() + " bytes");
        }
        Source content = content(volume.name() + " directory at block " + record.block());
        List<IsoRecord> open = new ArrayList<>();
        for (long at = 0; at < content.size(); at += SECTOR) {
          addSector(content.readUpTo(at, SECTOR), at, open, found);
        }
        entries = found;
      }
      return entries;
    }

    /** No record goes over the end of a sector. */
    private void addSector(Bytes sector, long place, List<IsoRecord> open, Map<String, File> found)
        throws IOException {
      for (int at = 0; at < sector.length() && sector.u8(at) != 0; ) {
        volume.step();
        IsoRecord next = IsoRecord.parse(sector.from(at));
        if (!next.isOfEveryDirectory()) {
          sector.require(
              open.size() < MAX_PARTS && found.size() < MAX_NAMES, "a directory of too many names");
          open.add(next);
          if (!next.goesOn()) {
            add(List.copyOf(open), (record.block() << 26) + place + at, found);
            open.clear();
          }
        }
        at += next.length();
      }
    }

    private void add(List<IsoRecord> records, long at, Map<String, File> found) throws IOException {
      File file = new File(records, at);
      if (file.more != null && file.more.isRelocated) {
        return;
      }
      String own = file.more == null ? "" : file.more.name();
      String name = own.isEmpty() ? IsoFileSystem.this.name(file.record) : own;
      if (file.more != null && file.more.elsewhere >= 0) {
        file = new File(List.of(own(file.more.elsewhere)), at);
      }
      found.putIfAbsent(name, file);
    }
  }
}

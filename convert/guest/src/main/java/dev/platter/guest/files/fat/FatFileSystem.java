package dev.platter.guest.files.fat;

import dev.platter.guest.files.Bytes;
import dev.platter.guest.files.FileSystemHead;
import dev.platter.guest.files.FileTree;
import dev.platter.guest.files.MappedSource;
import dev.platter.guest.files.Node;
import dev.platter.guest.files.Source;
import dev.platter.guest.files.Text;
import dev.platter.image.CorruptImageException;
import dev.platter.image.Fault;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** Files of FAT12, FAT16 and FAT32, with long names; upper and lower case are the same. */
public final class FatFileSystem {
  private static final int ENTRY = 32;
  private static final int MAX_ENTRIES = 1 << 16; // as the specification has it
  private static final int DELETED = 0xE5;
  private static final int VOLUME_ID = 0x08;
  private static final int DIRECTORY = 0x10;
  private static final int LONG_NAME = 0x0F;
  private static final int LONG_NAME_PART = 13;

  private final Source volume;
  private final FatBootSector boot;
  private String rootLabel = "";

  private FatFileSystem(Source volume, FatBootSector boot) {
    this.volume = volume;
    this.boot = boot;
  }

  /** What a volume's first bytes tell, if it is one of these. */
  public static Optional<FileSystemHead> identify(Source volume, Bytes head) throws IOException {
    Optional<FatBootSector> found = FatBootSector.parse(head);
    if (found.isEmpty()) {
      return Optional.empty();
    }
    FatBootSector boot = found.get();
    FatFileSystem files = new FatFileSystem(volume, boot);
    return Optional.of(
        new FileSystemHead(
            "fat" + boot.bits(),
            files.label(),
            boot.serial(),
            boot.size(),
            () -> new FileTree(files.root())));
  }

  /** The label in the root directory, which others write; else the one of the boot sector. */
  private String label() {
    try {
      root().names();
    } catch (IOException e) {
      rootLabel = ""; // whoever reads the files is told what is wrong with them
    }
    if (!rootLabel.isEmpty()) {
      return rootLabel;
    }
    return boot.label().equals("NO NAME") ? "" : boot.label();
  }

  private Entry root() {
    return new Entry("/", DIRECTORY, boot.bits() == 32 ? boot.rootCluster() : 0, 0);
  }

  /** What the table says of a cluster that there is. */
  private long next(long cluster) throws IOException {
    long at = cluster * boot.bits() / 8;
    Bytes bytes = volume.readUpTo(boot.fatOffset() + at, 4);
    return switch (boot.bits()) {
      case 12 -> cluster % 2 == 0 ? bytes.u16(0) & 0xFFF : bytes.u16(0) >> 4;
      case 16 -> bytes.u16(0);
      default -> bytes.u32(0) & 0xFFFFFFF;
    };
  }

  /** A chain of clusters, followed as far as it was asked for. */
  private final class Chain extends MappedSource {
    private final TreeMap<Long, Long> clusters = new TreeMap<>(); // the place in the chain: number

    private Chain(String name, long first, long size) {
      super(name, size, volume.budget());
      clusters.put(0L, first);
    }

    @Override
    protected Piece pieceAt(long offset) throws IOException {
      long index = offset / boot.clusterSize();
      long within = offset % boot.clusterSize();
      while (clusters.lastKey() < index) {
        step();
        long last = clusters.lastKey();
        clusters.put(last + 1, next(checked(clusters.get(last))));
      }
      long cluster = checked(clusters.get(index));
      long start = boot.dataOffset() + (cluster - 2) * boot.clusterSize();
      return new Piece(boot.clusterSize() - within, volume, start + within);
    }

    private long checked(long cluster) throws CorruptImageException {
      if (cluster < 2 || cluster >= boot.clusters() + 2) {
        throw Fault.on(name())
            .corrupt("cluster " + cluster + " of " + boot.clusters() + " in the middle of a file");
      }
      return cluster;
    }

    /** Whether the chain has a cluster of that place. */
    private boolean reaches(long offset) throws IOException {
      long index = offset / boot.clusterSize();
      if (index > 0) {
        pieceAt((index - 1) * boot.clusterSize());
        clusters.put(index, next(clusters.get(index - 1)));
      }
      long cluster = clusters.get(index);
      return cluster >= 2 && cluster < boot.clusters() + 2;
    }
  }

  private final class Entry extends Node {
    private final String name;
    private final int attributes;
    private final long cluster;
    private final long size;
    private Map<String, Entry> entries;

    private Entry(String name, int attributes, long cluster, long size) {
      this.name = name;
      this.attributes = attributes;
      this.cluster = cluster;
      this.size = size;
    }

    @Override
    public Kind kind() {
      return (attributes & DIRECTORY) != 0 ? Kind.DIRECTORY : Kind.FILE;
    }

    @Override
    public Source content() throws IOException {
      return new Chain(volume.name() + " " + Text.clean(name), cluster, size);
    }

    @Override
    public Optional<Node> child(String wanted) throws IOException {
      return Optional.ofNullable(entries().get(wanted.toLowerCase(Locale.ROOT)));
    }

    @Override
    public Set<String> names() throws IOException {
      return entries().keySet();
    }

    private Map<String, Entry> entries() throws IOException {
      if (entries == null) {
        Map<String, Entry> found = new LinkedHashMap<>();
        if (cluster == 0) { // the root of FAT12 and FAT16 lies by itself
          scan(volume.read(boot.rootOffset(), boot.rootEntries() * (long) ENTRY), new Names(found));
        } else {
          Chain chain = new Chain(volume.name() + " " + name, cluster, MAX_ENTRIES * (long) ENTRY);
          Names names = new Names(found);
          boolean more = true;
          for (long at = 0; more && at < chain.size() && chain.reaches(at); ) {
            more = scan(chain.readUpTo(at, boot.clusterSize()), names);
            at += boot.clusterSize();
          }
        }
        entries = found;
      }
      return entries;
    }

    /** Whether more may follow. */
    private boolean scan(Bytes bytes, Names names) throws IOException {
      for (int at = 0; at + ENTRY <= bytes.length(); at += ENTRY) {
        volume.step();
        if (bytes.u8(at) == 0) {
          return false;
        }
        names.take(bytes.slice(at, ENTRY));
      }
      return true;
    }
  }

  /** Puts long names together, whose parts lie in front of the entry, last part first. */
  private final class Names {
    private final Map<String, Entry> found;
    private String longName = "";

    private Names(Map<String, Entry> found) {
      this.found = found;
    }

    private void take(Bytes entry) throws CorruptImageException {
      int attributes = entry.u8(11);
      if (entry.u8(0) == DELETED) {
        longName = "";
      } else if ((attributes & 0x3F) == LONG_NAME) {
        String part =
            new String(entry.array(1, 10), StandardCharsets.UTF_16LE)
                + new String(entry.array(14, 12), StandardCharsets.UTF_16LE)
                + new String(entry.array(28, 4), StandardCharsets.UTF_16LE);
        int end = part.indexOf('\0');
        String before = longName.length() > LONG_NAME_PART * 20 ? "" : longName;
        longName = (end < 0 ? part : part.substring(0, end)) + before;
      } else if ((attributes & VOLUME_ID) != 0) {
        rootLabel = entry.text(0, 11, StandardCharsets.ISO_8859_1);
        longName = "";
      } else {
        String shortName = shortName(entry);
        String name = longName.isEmpty() ? shortName : longName;
        long cluster = entry.u16(26) | (boot.bits() == 32 ? (long) entry.u16(20) << 16 : 0);
        boolean isRoot = (attributes & DIRECTORY) != 0 && cluster == 0;
        if (!shortName.equals(".") && !shortName.equals("..") && !isRoot) {
          Entry node = new Entry(name, attributes, cluster, entry.u32(28));
          found.putIfAbsent(name.toLowerCase(Locale.ROOT), node);
          found.putIfAbsent(shortName.toLowerCase(Locale.ROOT), node);
        }
        longName = "";
      }
    }

    private static String shortName(Bytes entry) throws CorruptImageException {
      String base = entry.text(0, 8, StandardCharsets.ISO_8859_1);
      String extension = entry.text(8, 3, StandardCharsets.ISO_8859_1);
      return extension.isEmpty() ? base : base + "." + extension;
    }
  }
}

package dev.platter.guest.files.fat;

import dev.platter.guest.files.ArraySource;
import dev.platter.guest.files.Bytes;
import dev.platter.guest.files.FileAttributes;
import dev.platter.guest.files.FileSystemHead;
import dev.platter.guest.files.FileTree;
import dev.platter.guest.files.Node;
import dev.platter.guest.files.Source;
import dev.platter.guest.files.Text;
import dev.platter.image.CorruptImageException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Files of FAT12, FAT16 and FAT32, with long names; upper and lower case are the same. */
public final class FatFileSystem {
  private static final int MAX_ENTRIES = 1 << 16; // as the specification has it
  private static final int VOLUME_ID = 0x08;
  private static final int LONG_NAME = 0x0F;
  private static final int LONG_NAME_PART = 13;

  private final Source volume;
  private final FatBootSector boot;
  private final FatTable table;

  /** One for all who ask, as to read it may take long. */
  private final File root;

  private String rootLabel = "";

  private FatFileSystem(Source volume, FatBootSector boot) {
    this.volume = volume;
    this.boot = boot;
    this.table = new FatTable(volume, boot);
    this.root = new File("/", FatEntry.root(boot.bits() == 32 ? boot.rootCluster() : 0), 0);
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
            () -> new FileTree(files.root)));
  }

  /** The label in the root directory, which others write; else the one of the boot sector. */
  private String label() {
    try {
      root.names();
    } catch (IOException e) {
      rootLabel = ""; // whoever reads the files is told what is wrong with them
    }
    if (!rootLabel.isEmpty()) {
      return rootLabel;
    }
    return boot.label().equals("NO NAME") ? "" : boot.label();
  }

  private final class File extends Node {
    private final String name;
    private final FatEntry entry;
    private final long place;
    private Names names;

    private File(String name, FatEntry entry, long place) {
      this.name = name;
      this.entry = entry;
      this.place = place;
    }

    @Override
    public Kind kind() {
      return entry.isDirectory() ? Kind.DIRECTORY : Kind.FILE;
    }

    @Override
    public FileAttributes attributes() {
      return entry.fileAttributes(place);
    }

    @Override
    public Source content() throws IOException {
      String what = volume.name() + " " + Text.clean(name);
      return entry.size() == 0
          ? new ArraySource(what, new byte[0], volume.budget())
          : new FatChain(what, table, entry.cluster(), entry.size());
    }

    @Override
    public Optional<Node> child(String wanted) throws IOException {
      Map<String, File> byKey = read().byKey;
      File found = byKey.get(wanted.toLowerCase(Locale.ROOT));
      return Optional.ofNullable(found);
    }

    @Override
    public Set<String> names() throws IOException {
      return Collections.unmodifiableSet(read().byName.keySet());
    }

    private Names read() throws IOException {
      if (names == null) {
        Names found = new Names();
        if (entry.cluster() == 0) { // the root of FAT12 and FAT16 lies by itself
          long length = boot.rootEntries() * (long) FatEntry.LENGTH;
          found.scan(volume.read(boot.rootOffset(), length), boot.rootOffset());
        } else {
          FatChain chain =
              new FatChain(
                  volume.name() + " " + Text.clean(name),
                  table,
                  entry.cluster(),
                  MAX_ENTRIES * (long) FatEntry.LENGTH);
          boolean more = true;
          for (long at = 0; more && at < chain.size() && chain.reaches(at); ) {
            // Where it lies need only differ from all others.
            more = found.scan(chain.readUpTo(at, boot.clusterSize()), entry.cluster() << 24 | at);
            at += boot.clusterSize();
          }
        }
        names = found;
      }
      return names;
    }
  }

  /** Puts long names together, whose parts lie in front of the entry, last part first. */
  private final class Names {
    private final Map<String, File> byName = new LinkedHashMap<>();

    /** By long and by short names, both in lower case. */
    private final Map<String, File> byKey = new HashMap<>();

    private String longName = "";
    private int longNameSum = -1;

    /** Whether more may follow. */
    private boolean scan(Bytes bytes, long place) throws IOException {
      for (int at = 0; at + FatEntry.LENGTH <= bytes.length(); at += FatEntry.LENGTH) {
        volume.step();
        if (bytes.u8(at) == 0) {
          return false;
        }
        take(bytes.slice(at, FatEntry.LENGTH), place + at);
      }
      return true;
    }

    private void take(Bytes bytes, long place) throws CorruptImageException {
      int attributes = bytes.u8(11);
      if (bytes.u8(0) == FatEntry.DELETED) {
        longName = "";
      } else if ((attributes & 0x3F) == LONG_NAME) {
        String part =
            new String(bytes.array(1, 10), StandardCharsets.UTF_16LE)
                + new String(bytes.array(14, 12), StandardCharsets.UTF_16LE)
                + new String(bytes.array(28, 4), StandardCharsets.UTF_16LE);
        int end = part.indexOf('\0');
        boolean follows = bytes.u8(13) == longNameSum;
        String before = !follows || longName.length() > LONG_NAME_PART * 20 ? "" : longName;
        longName = (end < 0 ? part : part.substring(0, end)) + before;
        longNameSum = bytes.u8(13);
      } else if ((attributes & VOLUME_ID) != 0) {
        rootLabel = bytes.text(0, 11, StandardCharsets.ISO_8859_1);
        longName = "";
      } else {
        FatEntry entry = FatEntry.parse(bytes, boot.bits() == 32);
        // A long name whose entry another system has replaced has the sum of that one.
        boolean named = !longName.isEmpty() && longNameSum == sum(bytes.array(0, 11));
        String name = named ? longName : entry.shortName();
        boolean isRoot = entry.isDirectory() && entry.cluster() == 0;
        if (!Node.isOfEveryDirectory(name) && !isRoot) {
          File file = new File(name, entry, place);
          byName.putIfAbsent(name, file);
          byKey.putIfAbsent(name.toLowerCase(Locale.ROOT), file);
          byKey.putIfAbsent(entry.shortName().toLowerCase(Locale.ROOT), file);
        }
        longName = "";
      }
    }

    private static int sum(byte[] shortName) {
      int sum = 0;
      for (byte b : shortName) {
        sum = ((sum & 1) << 7 | sum >> 1) + (b & 0xFF) & 0xFF;
      }
      return sum;
    }
  }
}

package dev.platter.guest.files.exfat;

import dev.platter.guest.files.ArraySource;
import dev.platter.guest.files.Bytes;
import dev.platter.guest.files.FileAttributes;
import dev.platter.guest.files.FileSystemHead;
import dev.platter.guest.files.FileTree;
import dev.platter.guest.files.Node;
import dev.platter.guest.files.Source;
import dev.platter.guest.files.Text;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Files of exFAT; upper and lower case are the same. */
public final class ExfatFileSystem {
  private static final long MAX_DIRECTORY = 256 << 20; // as the specification has it
  private static final int MAX_LABEL = 11;

  private final Source volume;
  private final ExfatBootSector boot;
  private ExfatCase cases;

  ExfatFileSystem(Source volume, ExfatBootSector boot) {
    this.volume = volume;
    this.boot = boot;
  }

  /** What a volume's first bytes tell, if it is one of these. */
  public static Optional<FileSystemHead> identify(Source volume, Bytes head) throws IOException {
    if (!ExfatBootSector.isOne(head)) {
      return Optional.empty();
    }
    ExfatBootSector boot = ExfatBootSector.parse(head);
    ExfatFileSystem files = new ExfatFileSystem(volume, boot);
    return Optional.of(
        new FileSystemHead(
            "exfat", files.label(), boot.serial(), boot.size(), () -> new FileTree(files.root())));
  }

  private String label() {
    String[] label = {""};
    try {
      visit(
          rootEntry(),
          (at, type, set) -> {
            if (type == ExfatEntry.LABEL) {
              long length = Math.min(set.u8(1), MAX_LABEL) * 2L;
              label[0] = set.text(2, length, StandardCharsets.UTF_16LE);
            }
          });
    } catch (IOException e) {
      label[0] = ""; // whoever reads the files is told what is wrong with them
    }
    return label[0];
  }

  ExfatEntry rootEntry() {
    return ExfatEntry.root(boot.root(), Math.min(MAX_DIRECTORY, boot.size()));
  }

  private File root() {
    return new File(rootEntry(), 0);
  }

  /** Where something lies, by a name for messages. */
  ExfatChain chain(String name, ExfatAllocation allocation) {
    return new ExfatChain(volume.name() + " " + Text.clean(name), volume, boot, allocation);
  }

  /** Takes what a directory has. */
  interface Visitor {
    /**
     * @param at where it lies in the directory
     * @param type of its first entry, which is in use
     * @param set that entry, and of a file all others that belong to it
     */
    void take(long at, int type, Bytes set) throws IOException;
  }

  /** Goes through the entries of a directory. */
  void visit(ExfatEntry directory, Visitor visitor) throws IOException {
    ExfatAllocation allocation = directory.allocation();
    if (allocation.length() == 0) {
      return;
    }
    ExfatChain chain = chain(directory.name(), allocation);
    long end = Math.min(allocation.length(), MAX_DIRECTORY);
    for (long at = 0; at + ExfatEntry.LENGTH <= end; ) {
      if (!allocation.inOneRow() && !chain.reaches(at / boot.clusterSize())) {
        return;
      }
      Bytes entry = chain.read(at, ExfatEntry.LENGTH);
      int type = entry.u8(0);
      if (type == 0) {
        return;
      }
      int length = ExfatEntry.LENGTH;
      if (type == ExfatEntry.FILE) {
        length += entry.u8(1) * ExfatEntry.LENGTH;
      }
      if (type > 0x80) {
        visitor.take(at, type, chain.read(at, length));
      }
      at += length;
    }
  }

  private ExfatCase cases() throws IOException {
    if (cases == null) {
      visit(
          rootEntry(),
          (at, type, set) -> {
            if (type == ExfatEntry.UP_CASE && cases == null) {
              cases = ExfatCase.read(chain("up-case table", ExfatAllocation.ofTable(set)));
            }
          });
      if (cases == null) {
        cases = ExfatCase.read(new ArraySource(volume.name(), new byte[0], volume.budget()));
      }
    }
    return cases;
  }

  private final class File extends Node {
    private final ExfatEntry entry;
    private final long place;
    private Map<String, File> byName;
    private Map<String, File> folded;

    /**
     * @param place what tells it from all others
     */
    private File(ExfatEntry entry, long place) {
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
    public Source content() {
      return chain(entry.name(), entry.allocation());
    }

    @Override
    public Optional<Node> child(String name) throws IOException {
      File found = entries().get(name);
      if (found == null) {
        found = folded().get(cases().fold(name));
      }
      return Optional.ofNullable(found);
    }

    @Override
    public Set<String> names() throws IOException {
      return Collections.unmodifiableSet(entries().keySet());
    }

    private Map<String, File> entries() throws IOException {
      if (byName == null) {
        Map<String, File> found = new LinkedHashMap<>();
        long first = entry.allocation().first();
        visit(
            entry,
            (at, type, set) -> {
              if (type == ExfatEntry.FILE) {
                set.require(found.size() < MAX_NAMES, "a directory of more than " + MAX_NAMES);
                ExfatEntry child = ExfatEntry.parse(set);
                if (!Node.isOfEveryDirectory(child.name())) {
                  found.putIfAbsent(child.name(), new File(child, first << 28 | at));
                }
              }
            });
        byName = found;
      }
      return byName;
    }

    private Map<String, File> folded() throws IOException {
      if (folded == null) {
        Map<String, File> found = new HashMap<>();
        for (Map.Entry<String, File> child : entries().entrySet()) {
          found.putIfAbsent(cases().fold(child.getKey()), child.getValue());
        }
        folded = found;
      }
      return folded;
    }
  }
}

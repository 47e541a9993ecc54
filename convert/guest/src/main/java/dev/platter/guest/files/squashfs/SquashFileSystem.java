package dev.platter.guest.files.squashfs;

import dev.platter.guest.files.ArraySource;
import dev.platter.guest.files.Bytes;
import dev.platter.guest.files.FileAttributes;
import dev.platter.guest.files.Node;
import dev.platter.guest.files.Recent;
import dev.platter.guest.files.Source;
import dev.platter.image.Fault;
import java.io.IOException;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;

/** Files of squashfs 4.0. */
final class SquashFileSystem {
  private static final int FRAGMENT = 16;
  private static final int OWNER = 4;
  private static final int DIRECTORY_HEADER = 12;
  private static final int DIRECTORY_ENTRY = 8;
  private static final int MAX_PER_HEADER = 256;

  /** Small files lie in the order of their fragments, mostly. */
  private static final int KEPT_FRAGMENTS = 4;

  private final Source volume;
  private final SquashSuperblock superblock;
  private final SquashBlocks blocks;
  private final Recent<Source> fragments = new Recent<>(KEPT_FRAGMENTS, this::readFragment);

  SquashFileSystem(Source volume, SquashSuperblock superblock) {
    this.volume = volume;
    this.superblock = superblock;
    this.blocks = new SquashBlocks(volume, superblock.packing());
  }

  Node root() throws IOException {
    Node root = node(superblock.root());
    if (root.kind() != Node.Kind.DIRECTORY) {
      throw Fault.on(volume.name()).corrupt("its root is no directory");
    }
    return root;
  }

  /**
   * @param place which block of the table of inodes, from its beginning, and with the last 16 bits
   *     where in it, once it is decompressed
   */
  private Node node(long place) throws IOException {
    SquashBlocks.Reader reader =
        blocks.reader(superblock.inodes() + (place >>> 16), (int) place & 0xFFFF);
    return new Inode(SquashInode.read(reader), reader);
  }

  private long owner(int index) throws IOException {
    if (index >= superblock.idCount()) {
      throw Fault.on(volume.name())
          .corrupt("owner " + index + " of " + superblock.idCount() + " owners");
    }
    return blocks.entry(superblock.ids(), index, OWNER).u32(0);
  }

  private Source readFragment(long index) throws IOException {
    if (index >= superblock.fragmentCount()) {
      throw Fault.on(volume.name())
          .corrupt("fragment " + index + " of " + superblock.fragmentCount() + " fragments");
    }
    Bytes entry = blocks.entry(superblock.fragments(), index, FRAGMENT);
    String name = volume.name() + " fragment " + index;
    byte[] bytes =
        SquashFile.read(volume, blocks, name, entry.u63(0), entry.i32(8), superblock.blockSize());
    return new ArraySource(name, bytes, volume.budget());
  }

  private final class Inode extends Node {
    private final SquashInode inode;
    private final SquashBlocks.Reader rest;
    private Map<String, Long> entries;

    /**
     * @param rest reads what lies behind the inode
     */
    private Inode(SquashInode inode, SquashBlocks.Reader rest) {
      this.inode = inode;
      this.rest = rest;
    }

    @Override
    public Kind kind() {
      return Kind.ofMode(inode.mode);
    }

    private String name() {
      return volume.name() + " inode " + inode.number;
    }

    @Override
    public FileAttributes attributes() throws IOException {
      Instant time = FileAttributes.time(inode.modified, 0);
      return new FileAttributes(
          0,
          inode.number,
          inode.mode,
          inode.links,
          owner(inode.user),
          owner(inode.group),
          inode.size,
          inode.device,
          time,
          time,
          time,
          Optional.empty());
    }

    @Override
    public SortedMap<String, byte[]> extendedAttributes() throws IOException {
      return inode.attributes < 0 || superblock.attributes() < 0
          ? Collections.emptySortedMap()
          : SquashAttributes.read(volume, blocks, superblock.attributes(), inode.attributes);
    }

    @Override
    public Source content() throws IOException {
      if (kind() != Kind.FILE) {
        return new ArraySource(name(), inode.target, volume.budget());
      }
      Source end = null;
      if (inode.fragment >= 0 && inode.size % superblock.blockSize() != 0) {
        end = fragments.at(inode.fragment);
      }
      return new SquashFile(
          name(), inode, volume, superblock.blockSize(), blocks, rest.copy(), end);
    }

    @Override
    public Optional<Node> child(String name) throws IOException {
      Long found = entries().get(name);
      return found == null ? Optional.empty() : Optional.of(node(found));
    }

    @Override
    public Set<String> names() throws IOException {
      return Collections.unmodifiableSet(entries().keySet());
    }

    private Map<String, Long> entries() throws IOException {
      if (entries == null) {
        Map<String, Long> found = new LinkedHashMap<>();
        SquashBlocks.Reader list =
            blocks.reader(superblock.directories() + inode.start, (int) inode.within);
        for (long left = inode.size; left >= DIRECTORY_HEADER; ) {
          left -= addEntries(list, found);
        }
        entries = found;
      }
      return entries;
    }

    /** Entries whose inodes lie in one block; returns how many bytes they took. */
    private long addEntries(SquashBlocks.Reader list, Map<String, Long> found) throws IOException {
      Bytes head = list.read(DIRECTORY_HEADER);
      long count = head.u32(0) + 1;
      long block = head.u32(4);
      head.require(count <= MAX_PER_HEADER, count + " entries in one part of a directory");
      long length = DIRECTORY_HEADER;
      for (int i = 0; i < count; i++) {
        volume.step();
        Bytes entry = list.read(DIRECTORY_ENTRY);
        int nameLength = entry.u16(6) + 1;
        String name = list.read(nameLength).name(0, nameLength);
        length += DIRECTORY_ENTRY + nameLength;
        entry.require(found.size() < MAX_NAMES, "a directory of more than " + MAX_NAMES);
        if (!Node.isOfEveryDirectory(name)) {
          found.putIfAbsent(name, block << 16 | entry.u16(0));
        }
      }
      return length;
    }
  }
}

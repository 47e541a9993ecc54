package dev.platter.guest.files.ext;

import dev.platter.guest.files.ArraySource;
import dev.platter.guest.files.Bytes;
import dev.platter.guest.files.FileAttributes;
import dev.platter.guest.files.Node;
import dev.platter.guest.files.Source;
import dev.platter.image.Fault;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;

/**
 * Files of ext2, ext3 and ext4. The journal is not replayed: what it holds was not yet there when
 * the disk was saved. Hashed directories are read as the lists that they also are.
 */
final class ExtFileSystem {
  private final Source volume;
  private final ExtSuperblock superblock;

  ExtFileSystem(Source volume, ExtSuperblock superblock) {
    this.volume = volume;
    this.superblock = superblock;
  }

  Node node(long number) throws IOException {
    if (number < 1 || number > superblock.inodes()) {
      throw Fault.on(volume.name()).corrupt("inode " + number + ", at most " + superblock.inodes());
    }
    long group = (number - 1) / superblock.inodesPerGroup();
    long index = (number - 1) % superblock.inodesPerGroup();
    Bytes descriptor = volume.read(superblock.descriptorOffset(group), superblock.descriptorSize());
    long table =
        descriptor.u32(8) | (superblock.descriptorSize() >= 64 ? descriptor.u32(40) << 32 : 0);
    descriptor.require(
        table > 0 && table < superblock.blocks(),
        "inode table at block 0x" + Long.toHexString(table));
    long offset = table * superblock.blockSize() + index * superblock.inodeSize();
    Bytes bytes = volume.read(offset, superblock.inodeSize());
    return new Inode(number, ExtInode.parse(bytes));
  }

  private final class Inode extends Node {
    private final long number;
    private final ExtInode inode;
    private Map<String, Long> entries;

    private Inode(long number, ExtInode inode) {
      this.number = number;
      this.inode = inode;
    }

    @Override
    public Kind kind() {
      return Kind.ofMode(inode.mode());
    }

    private String name() {
      return volume.name() + " inode " + number;
    }

    @Override
    public FileAttributes attributes() throws IOException {
      return inode.attributes(number);
    }

    @Override
    public SortedMap<String, byte[]> extendedAttributes() throws IOException {
      long block = inode.attributeBlock();
      Optional<Bytes> more =
          block == 0
              ? Optional.empty()
              : Optional.of(
                  volume.read(
                      volume.offsetOf(block, superblock.blockSize()), superblock.blockSize()));
      return ExtAttributes.all(inode, more, other -> node(other).content());
    }

    @Override
    public Source content() throws IOException {
      if (inode.isEncrypted()) {
        throw Fault.on(name()).unsupported("encrypted");
      }
      if (inode.isInline()) {
        return new ArraySource(name(), inlineBytes(), volume.budget());
      }
      if (inode.isFastLink()) {
        return new ArraySource(name(), inode.block().array(0, inode.size()), volume.budget());
      }
      return inode.hasExtents()
          ? new ExtExtents(name(), inode, volume, superblock.blockSize())
          : new ExtBlockList(name(), inode, volume, superblock.blockSize());
    }

    /** The beginning lies in the inode's own field, the rest in an attribute behind it. */
    private byte[] inlineBytes() throws IOException {
      ByteArrayOutputStream all = new ByteArrayOutputStream();
      all.writeBytes(inode.block().array());
      all.writeBytes(ExtAttributes.inlineRest(inode));
      byte[] bytes = all.toByteArray();
      long size = kind() == Kind.DIRECTORY ? bytes.length : inode.size();
      return Bytes.of(name(), 0, bytes).array(0, size);
    }

    @Override
    public Optional<Node> child(String name) throws IOException {
      Long found = entries().get(name);
      return found == null ? Optional.empty() : Optional.of(node(found));
    }

    @Override
    public Set<String> names() throws IOException {
      return entries().keySet();
    }

    private Map<String, Long> entries() throws IOException {
      if (entries == null) {
        Map<String, Long> found = new LinkedHashMap<>();
        Source content = content();
        if (inode.isInline()) {
          Bytes all = content.read(0, content.size());
          addEntries(all.slice(4, Math.min(56, all.length() - 4)), found); // 4: the parent's number
          if (all.length() > ExtInode.BLOCK_LENGTH) {
            addEntries(all.from(ExtInode.BLOCK_LENGTH), found);
          }
        } else {
          int block = superblock.blockSize();
          for (long at = 0; at < content.size(); at += block) {
            addEntries(content.readUpTo(at, block), found);
          }
        }
        entries = found;
      }
      return entries;
    }

    /** Entries of one block, which fill it; those that are not used have no inode. */
    private void addEntries(Bytes block, Map<String, Long> found) throws IOException {
      for (int at = 0; at + 8 <= block.length(); ) {
        volume.step();
        long child = block.u32(at);
        int length = block.u16(at + 4);
        if (length == 0 && child == 0) {
          return; // the unused rest of inline data, or a hole
        }
        // A block of 64 KiB does not fit the field: 0 and 65535 stand for it.
        length = length == 0xFFFF || length == 0 ? 1 << 16 : length;
        int nameLength = block.u8(at + 6);
        block.require(
            length >= 8 + nameLength && length <= block.length() - at,
            "directory entry of " + length + " bytes at " + at + ", name of " + nameLength);
        if (child != 0 && nameLength > 0) {
          block.require(found.size() < MAX_NAMES, "a directory of more than " + MAX_NAMES);
          String name = block.name(at + 8, nameLength);
          if (!Node.isOfEveryDirectory(name)) {
            found.putIfAbsent(name, child);
          }
        }
        at += length;
      }
    }
  }
}

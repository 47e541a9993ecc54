package dev.platter.qcow2.format;

import dev.platter.image.Fault;
import dev.platter.image.IllegalOptionException;
import dev.platter.image.UnsupportedFeatureException;
import dev.platter.storage.FileNames;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Where extensions and the backing file's name stand in the first cluster once they have changed,
 * such that its first sector alone decides whether the old ones count or the new ones: extensions
 * that mean something lie within that sector; a name behind it lies where the old one does not, and
 * is written before; the names of features come last, and are written afterwards.
 */
public final class HeaderLayout {
  private final ImageHead head;
  private final int version;
  private final int headerLength;
  private final List<HeaderExtension> extensions;
  private final MemorySegment featureNames;
  private final MemorySegment name;

  /** Where the extensions end, those names of features included that are written. */
  private long end;

  private long nameAt;
  private boolean withFeatureNames;

  /** What an image is to say in its first cluster. */
  public static final class Builder {
    private final ImageHead head;
    private final List<HeaderExtension> extensions;
    private Optional<String> backing;
    private int version;

    private Builder(ImageHead head) {
      this.head = head;
      this.extensions = new ArrayList<>(head.extensions());
      this.backing = head.backingFile();
      this.version = head.header().version();
    }

    /** Another backing file, or none; the format is told only of one. */
    public Builder backing(Optional<String> file, Optional<String> format) {
      backing = file;
      return extension(HeaderExtension.BACKING_FORMAT, file.flatMap(_ -> format));
    }

    public Builder extension(int type, Optional<String> text) {
      return data(type, text.map(t -> MemorySegment.ofArray(FileNames.bytes(t))));
    }

    /** Puts one extension in the place of all of its type; empty: takes them out. */
    public Builder data(int type, Optional<MemorySegment> data) {
      extensions.removeIf(extension -> extension.type() == type);
      data.ifPresent(bytes -> extensions.add(new HeaderExtension(type, bytes)));
      return this;
    }

    public Builder version(int newVersion) {
      version = newVersion;
      return this;
    }

    /**
     * Finds places for all of it.
     *
     * @throws IllegalOptionException if there is no room
     */
    public HeaderLayout place() throws IllegalOptionException, UnsupportedFeatureException {
      return new HeaderLayout(this);
    }
  }

  private HeaderLayout(Builder wanted) throws IllegalOptionException, UnsupportedFeatureException {
    this.head = wanted.head;
    this.version = wanted.version;
    this.headerLength = lengthOf(wanted.head.header(), wanted.version);
    this.extensions = new ArrayList<>();
    MemorySegment names = null;
    for (HeaderExtension extension : wanted.extensions) {
      if (extension.type() != HeaderExtension.FEATURE_NAMES) {
        extensions.add(extension);
      } else if (version >= 3) {
        names = extension.data();
      }
    }
    this.featureNames = names;
    this.name = MemorySegment.ofArray(FileNames.bytes(wanted.backing.orElse("")));
    place();
  }

  public static Builder of(ImageHead head) {
    return new Builder(head);
  }

  private static int lengthOf(Qcow2Header header, int version) {
    if (version < 3) {
      return Qcow2Header.V2_LENGTH;
    }
    return header.version() < 3 ? Qcow2Header.V3_FULL_LENGTH : header.headerLength();
  }

  private void place() throws IllegalOptionException, UnsupportedFeatureException {
    if (name.byteSize() > ImageHead.MAX_BACKING_NAME) {
      throw noRoom();
    }
    long needed = headerLength;
    for (HeaderExtension extension : extensions) {
      needed += HeaderExtension.storedLength(extension.data().byteSize());
    }
    if (needed + HeaderExtension.PREFIX_LENGTH > Entries.SECTOR) {
      throw Fault.in("qcow2", head.name())
          .unsupported(
              "the header and its extensions take more than a sector, and cannot be changed at"
                  + " once");
    }
    withFeatureNames = featureNames != null;
    if (withFeatureNames) {
      end = needed + HeaderExtension.storedLength(featureNames.byteSize());
      end += HeaderExtension.PREFIX_LENGTH;
      if (placeName()) {
        return;
      }
    }
    withFeatureNames = false;
    end = needed + HeaderExtension.PREFIX_LENGTH;
    if (!placeName()) {
      throw noRoom();
    }
  }

  private static IllegalOptionException noRoom() {
    return new IllegalOptionException("No space left in the file header");
  }

  /** Finds a place for the name behind the extensions; answers whether all of it fits. */
  private boolean placeName() {
    nameAt = end;
    long length = name.byteSize();
    if (length > 0 && end + length > Entries.SECTOR) {
      nameAt = Math.max(end, Entries.SECTOR);
      long old = head.header().backingFileOffset();
      long oldEnd = old + Integer.toUnsignedLong(head.header().backingFileSize());
      boolean isThere = old == nameAt && isOldName();
      if (old != 0 && nameAt < oldEnd && old < nameAt + length && !isThere) {
        nameAt = oldEnd + 7 & -8L;
      }
    }
    return nameAt + length <= head.header().clusterSize();
  }

  private boolean isOldName() {
    byte[] old = FileNames.bytes(head.backingFile().orElse(""));
    return name.mismatch(MemorySegment.ofArray(old)) < 0;
  }

  /** Writes what must be there before the first sector says so; the caller syncs. */
  void writeAhead(WritableStorage storage) throws IOException {
    if (nameAt >= Entries.SECTOR && name.byteSize() > 0) {
      storage.write(nameAt, name);
    }
  }

  /** Puts all into the first sector but names of features that do not fit into it. */
  void fill(MemorySegment sector) {
    if (version >= 3 && head.header().version() < 3) {
      sector.asSlice(Qcow2Header.V2_LENGTH, headerLength - Qcow2Header.V2_LENGTH).fill((byte) 0);
      sector.set(Qcow2Header.INT, 96, head.header().refcountOrder());
    }
    fill(sector, withFeatureNames && end <= Entries.SECTOR);
  }

  /** Whether {@link #writeFeatureNames} has something to do. */
  boolean hasMoreNames() {
    return withFeatureNames && end > Entries.SECTOR;
  }

  /**
   * Adds the names of features, once the first sector is on the medium.
   *
   * @param sector as it was written
   */
  void writeFeatureNames(WritableStorage storage, MemorySegment sector) throws IOException {
    MemorySegment whole = MemorySegment.ofArray(new byte[(int) end]);
    whole.copyFrom(sector);
    fill(whole, true);
    storage.write(Entries.SECTOR, whole.asSlice(Entries.SECTOR));
    storage.sync();
    storage.write(0, whole.asSlice(0, Entries.SECTOR));
    storage.sync();
  }

  private void fill(MemorySegment target, boolean named) {
    target.asSlice(headerLength).fill((byte) 0);
    long at = headerLength;
    for (HeaderExtension extension : extensions) {
      at += extension.writeTo(target.asSlice(at));
    }
    if (named) {
      new HeaderExtension(HeaderExtension.FEATURE_NAMES, featureNames).writeTo(target.asSlice(at));
    }
    boolean any = name.byteSize() > 0;
    if (any && nameAt + name.byteSize() <= Entries.SECTOR) {
      MemorySegment.copy(name, 0, target, nameAt, name.byteSize());
    }
    target.set(Qcow2Header.INT, 4, version);
    target.set(Qcow2Header.LONG, 8, any ? nameAt : 0);
    target.set(Qcow2Header.INT, 16, (int) name.byteSize());
    if (version >= 3) {
      target.set(Qcow2Header.INT, 100, headerLength);
    }
  }
}

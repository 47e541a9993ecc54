package dev.platter.qcow2.write;

import dev.platter.image.IllegalOptionException;
import dev.platter.image.ParentReference;
import dev.platter.qcow2.format.FeatureNames;
import dev.platter.qcow2.format.HeaderExtension;
import dev.platter.qcow2.format.ImageHead;
import dev.platter.qcow2.format.Qcow2Header;
import dev.platter.storage.FileNames;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The first cluster of a new image: header, extensions, and the backing file's name. */
final class HeaderCluster {
  private final Qcow2Options options;
  private final List<HeaderExtension> extensions = new ArrayList<>();
  private final int cryptMethod;
  private final byte[] backingName;
  private final long backingNameOffset;

  /**
   * @throws IllegalOptionException if the names do not fit into the first cluster
   */
  HeaderCluster(
      Qcow2Options options, Optional<ParentReference> backing, Optional<NewEncryption> encryption)
      throws IllegalOptionException {
    this.options = options;
    this.cryptMethod = encryption.map(NewEncryption::cryptMethod).orElse(Qcow2Header.CRYPT_NONE);
    encryption.flatMap(NewEncryption::extension).ifPresent(extensions::add);
    backing
        .flatMap(ParentReference::format)
        .ifPresent(format -> extensions.add(text(HeaderExtension.BACKING_FORMAT, format)));
    options
        .dataFile()
        .ifPresent(name -> extensions.add(text(HeaderExtension.DATA_FILE_NAME, name)));
    if (options.version() >= 3 && options.clusterSize() > FeatureNames.MAX_CLUSTER_WITHOUT) {
      extensions.add(new HeaderExtension(HeaderExtension.FEATURE_NAMES, FeatureNames.table()));
    }
    backingName = backing.map(b -> FileNames.bytes(b.name())).orElse(new byte[0]);
    long length = (long) headerLength() + HeaderExtension.PREFIX_LENGTH;
    for (HeaderExtension extension : extensions) {
      length += HeaderExtension.storedLength(extension.data().byteSize());
    }
    backingNameOffset = length;
    if (backingName.length > ImageHead.MAX_BACKING_NAME) {
      throw new IllegalOptionException(
          "The backing file name is too long: "
              + backingName.length
              + " bytes, at most "
              + ImageHead.MAX_BACKING_NAME
              + " are possible");
    }
    if (length + backingName.length > options.clusterSize()) {
      throw new IllegalOptionException(
          "The names of backing file and data file do not fit into the first cluster: it would need "
              + (length + backingName.length)
              + " bytes of "
              + options.clusterSize()
              + " (try using a larger cluster size)");
    }
  }

  /** The bytes from the beginning of the file; all other bytes of the first cluster are zero. */
  MemorySegment compose(Geometry geometry, long l1Offset, HostSpace.Refcounts refcounts) {
    MemorySegment bytes =
        MemorySegment.ofArray(new byte[(int) backingNameOffset + backingName.length]);
    header(geometry, l1Offset, refcounts).writeTo(bytes);
    long at = headerLength();
    for (HeaderExtension extension : extensions) {
      at += extension.writeTo(bytes.asSlice(at));
    }
    // The end of the extensions is a type and a length of zero, and those are there already.
    MemorySegment.copy(
        MemorySegment.ofArray(backingName), 0, bytes, backingNameOffset, backingName.length);
    return bytes;
  }

  private Qcow2Header header(Geometry geometry, long l1Offset, HostSpace.Refcounts refcounts) {
    long incompatible = 0;
    if (options.dataFile().isPresent()) {
      incompatible |= Qcow2Header.INCOMPATIBLE_DATA_FILE;
    }
    if (compressionType() != Qcow2Header.COMPRESSION_DEFLATE) {
      incompatible |= Qcow2Header.INCOMPATIBLE_COMPRESSION;
    }
    if (options.extendedL2()) {
      incompatible |= Qcow2Header.INCOMPATIBLE_EXTENDED_L2;
    }
    return new Qcow2Header(
        options.version(),
        backingName.length == 0 ? 0 : backingNameOffset,
        backingName.length,
        geometry.clusterBits(),
        geometry.size(),
        cryptMethod,
        Math.toIntExact(geometry.l1Entries()),
        l1Offset,
        refcounts.tableOffset(),
        refcounts.tableClusters(),
        0,
        0,
        incompatible,
        options.lazyRefcounts() ? Qcow2Header.COMPATIBLE_LAZY_REFCOUNTS : 0,
        options.dataFileRaw() ? Qcow2Header.AUTOCLEAR_DATA_FILE_RAW : 0,
        geometry.refcountOrder(),
        headerLength(),
        compressionType());
  }

  private int headerLength() {
    return options.version() >= 3 ? Qcow2Header.V3_FULL_LENGTH : Qcow2Header.V2_LENGTH;
  }

  private int compressionType() {
    return switch (options.compression()) {
      case ZSTD -> Qcow2Header.COMPRESSION_ZSTD;
      default -> Qcow2Header.COMPRESSION_DEFLATE;
    };
  }

  private static HeaderExtension text(int type, String text) {
    return new HeaderExtension(type, MemorySegment.ofArray(FileNames.bytes(text)));
  }
}

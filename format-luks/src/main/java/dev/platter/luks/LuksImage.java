package dev.platter.luks;

import dev.platter.cipher.DiskCipher;
import dev.platter.cipher.Secret;
import dev.platter.image.BlockMap;
import dev.platter.image.DiskEncryption;
import dev.platter.image.DiskImage;
import dev.platter.image.Extent;
import dev.platter.image.Fault;
import dev.platter.image.ImageInfo;
import dev.platter.image.Reference;
import dev.platter.image.Sizes;
import dev.platter.image.luks.LuksHeader;
import dev.platter.image.spi.OpenRequest;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * An encrypted disk: all of its file behind the header, or all of it where the header lies in
 * another file. It is described without a passphrase, and its map wants one.
 */
final class LuksImage implements DiskImage {
  private final Storage storage;
  private final OpenRequest request;
  private final LuksHeader header;

  /** The file of the header, if that is another one; else null. */
  private final Storage headerFile;

  private final long start;
  private final long size;
  private DiskCipher cipher;

  private LuksImage(Storage storage, OpenRequest request, LuksHeader header, Storage headerFile)
      throws IOException {
    this.storage = storage;
    this.request = request;
    this.header = header;
    this.headerFile = headerFile;
    this.start = header.payloadOffset();
    Fault fault = Fault.in(LuksFormat.NAME, storage.name());
    if (start == 0 && headerFile == null) {
      throw fault.unsupported(
          "the file is a header by itself; the disk it belongs to is opened with"
              + " header.filename=NAME");
    }
    this.size = size(storage.size(), fault);
    if (size > request.limits().maxVirtualSize()) {
      throw fault.unsupported("a disk of " + size + " bytes");
    }
  }

  static LuksImage open(Storage storage, OpenRequest request) throws IOException {
    String other = request.options().string(LuksFormat.HEADER_FILE).orElse(null);
    Fault fault = Fault.in(LuksFormat.NAME, storage.name());
    if (other == null) {
      return new LuksImage(storage, request, LuksHeader.read(storage, 0, fault), null);
    }
    Storage file =
        request.outside().open(new Reference(Reference.Kind.HEADER, other, storage.name()));
    try {
      LuksHeader header = LuksHeader.read(file, 0, Fault.in(LuksFormat.NAME, file.name()));
      return new LuksImage(storage, request, header, file);
    } catch (Throwable e) {
      file.close();
      throw e;
    }
  }

  private long size(long fileSize, Fault fault) throws IOException {
    if (fileSize < start) {
      throw fault.corrupt(
          "the file ends at " + fileSize + ", before the encrypted disk begins, at " + start);
    }
    long rest = fileSize - start;
    if (header.payloadLength().isPresent()) {
      long length = header.payloadLength().getAsLong();
      if (length > rest) {
        throw fault.corrupt("the file holds " + rest + " bytes of a disk of " + length);
      }
      return length;
    }
    return header.version() == 1
        ? Sizes.roundUp(rest, LuksHeader.SECTOR)
        : Sizes.roundDown(rest, header.sectorSize());
  }

  LuksHeader header() {
    return header;
  }

  /** The file of the header, which is the disk's own unless that lies elsewhere. */
  Storage headerStorage() {
    return headerFile == null ? storage : headerFile;
  }

  @Override
  public ImageInfo info() {
    Map<String, Object> details = new LinkedHashMap<>(header.describe());
    if (headerFile != null) {
      details.put("detached-header", true);
    }
    return new ImageInfo(
        LuksFormat.NAME, size, OptionalInt.empty(), true, false, false, List.of(), details);
  }

  /**
   * The same of it as it is now, after it was changed. Its header's file is not opened once more,
   * which its own lock would forbid.
   */
  ImageInfo infoNow() throws IOException {
    Storage headers = headerStorage();
    LuksHeader now = LuksHeader.read(headers, 0, Fault.in(LuksFormat.NAME, headers.name()));
    return new LuksImage(storage, request, now, headerFile).info(); // nothing of it is to be closed
  }

  @Override
  public List<String> remarks() {
    return header.remarks();
  }

  @Override
  public OptionalInt sectorSize() {
    return OptionalInt.empty();
  }

  @Override
  public BlockMap map() throws IOException {
    return encryption().over(stored());
  }

  /** How the disk is encrypted, which takes a passphrase. */
  synchronized DiskEncryption encryption() throws IOException {
    if (cipher == null) {
      try (Secret passphrase = request.options().secret(LuksFormat.KEY_SECRET, storage.name())) {
        cipher = header.unlock(passphrase);
      }
    }
    return new DiskEncryption(cipher, DiskEncryption.Numbering.DISK, header.cipherOffset());
  }

  /** The disk as it lies there, encrypted. */
  BlockMap stored() {
    return new Stored(storage, start, size, header.sectorSize());
  }

  private record Stored(Storage storage, long start, long size, int blockSize) implements BlockMap {
    @Override
    public Extent extentAt(long offset, long limit) {
      return new Extent.Data(offset, limit - offset, storage, start + offset);
    }
  }

  @Override
  public synchronized void close() throws IOException {
    if (cipher != null) {
      cipher.close();
    }
    if (headerFile != null) {
      headerFile.close();
    }
  }
}

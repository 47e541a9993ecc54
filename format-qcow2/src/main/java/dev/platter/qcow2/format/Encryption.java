package dev.platter.qcow2.format;

import dev.platter.cipher.DiskCipher;
import dev.platter.cipher.Secret;
import dev.platter.image.DiskEncryption;
import dev.platter.image.Fault;
import dev.platter.image.FormatOptions;
import dev.platter.image.IllegalOptionException;
import dev.platter.image.OptionSpec;
import dev.platter.image.luks.LuksHeader;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How the clusters of an encrypted disk are encrypted: with LUKS, whose header lies in the image
 * ("Full disk encryption header pointer") and whose sectors are counted in the file, or in the old
 * way ("AES encryption"), whose key is the passphrase itself.
 */
public final class Encryption {
  /** Names the secret that opens the disk. */
  public static final String KEY_SECRET = "encrypt.key-secret";

  /** Names the kind of encryption. */
  public static final String FORMAT = "encrypt.format";

  /** What may be said on opening an image. */
  public static final List<OptionSpec> OPEN_OPTIONS =
      List.of(
          new OptionSpec(
              FORMAT, OptionSpec.Type.STRING, "Encrypt the image, format choices: 'aes', 'luks'"),
          new OptionSpec(
              KEY_SECRET,
              OptionSpec.Type.STRING,
              "ID of secret providing qcow AES key or LUKS passphrase"));

  private static final int SECTOR = 512;

  private Encryption() {}

  /** The kind of an image that is encrypted, as options call it. */
  public static String formatOf(ImageHead head) {
    return head.header().cryptMethod() == Qcow2Header.CRYPT_LUKS ? "luks" : "aes";
  }

  /**
   * Opens an encrypted disk; empty where the disk is not encrypted.
   *
   * @throws IllegalOptionException if there is no secret, or a wrong one
   */
  public static Optional<DiskEncryption> open(
      Storage storage, ImageHead head, FormatOptions options) throws IOException {
    if (!head.header().encrypted()) {
      if (options.string(KEY_SECRET).isPresent() || options.string(FORMAT).isPresent()) {
        throw new IllegalOptionException(
            "No encryption in image header, but options specified format '"
                + options.string(FORMAT).orElse("luks")
                + "'");
      }
      return Optional.empty();
    }
    String format = formatOf(head);
    String wanted = options.string(FORMAT).orElse(format);
    if (!wanted.equals(format)) {
      throw new IllegalOptionException(
          "Header reported '"
              + format
              + "' encryption format but options specify '"
              + wanted
              + "'");
    }
    if (format.equals("aes")) {
      try (Secret passphrase = options.secret(KEY_SECRET, head.name())) {
        return Optional.of(aes(passphrase));
      }
    }
    LuksHeader header = luksHeader(storage, head);
    try (Secret passphrase = options.secret(KEY_SECRET, head.name())) {
      return Optional.of(luks(header.unlock(passphrase)));
    }
  }

  /** With the cipher of a header of LUKS. */
  public static DiskEncryption luks(DiskCipher cipher) {
    return new DiskEncryption(cipher, DiskEncryption.Numbering.FILE);
  }

  /** In the old way. */
  public static DiskEncryption aes(Secret passphrase) {
    return new DiskEncryption(DiskCipher.ofQemu(passphrase), DiskEncryption.Numbering.DISK);
  }

  /**
   * The header of LUKS.
   *
   * @throws dev.platter.image.ImageException if there is none where the extension says
   */
  public static LuksHeader luksHeader(Storage storage, ImageHead head) throws IOException {
    LuksHeader header =
        LuksHeader.read(storage, luksOffset(storage, head), Fault.in("qcow2", head.name()));
    if (header.version() != 1) {
      throw Fault.in("qcow2", head.name())
          .unsupported("LUKS version " + header.version() + " inside an image");
    }
    return header;
  }

  /** Key slots are only written to where the image sets space aside for them. */
  public static void requireRoomForKeys(Storage storage, ImageHead head) throws IOException {
    long payload = luksHeader(storage, head).payloadOffset();
    long length = pointer(head).get(Qcow2Header.LONG, 8);
    if (payload == 0 || payload > length) {
      throw head.corrupt(
          "the key slots reach to " + payload + ", and the header of LUKS to " + length);
    }
  }

  private static MemorySegment pointer(ImageHead head) throws IOException {
    return head.extension(HeaderExtension.CRYPTO_HEADER)
        .map(HeaderExtension::data)
        .filter(data -> data.byteSize() == 16)
        .orElseThrow(() -> head.corrupt("Missing CRYPTO header for crypt method 2"));
  }

  /** Where the header of LUKS lies. */
  public static long luksOffset(Storage storage, ImageHead head) throws IOException {
    MemorySegment pointer = pointer(head);
    long offset = pointer.get(Qcow2Header.LONG, 0);
    long length = pointer.get(Qcow2Header.LONG, 8);
    if (offset < 0
        || offset % head.header().clusterSize() != 0
        || length < SECTOR
        || offset > storage.size() - SECTOR) {
      throw head.corrupt(
          "Encryption header offset "
              + ImageHead.hex(offset)
              + " with "
              + Long.toUnsignedString(length)
              + " bytes is not inside the file or not a multiple of the cluster size");
    }
    return offset;
  }

  /** What qemu-img's JSON tells of the encryption. */
  public static Map<String, Object> describe(Storage storage, ImageHead head) throws IOException {
    if (formatOf(head).equals("aes")) {
      return Map.of("format", "aes");
    }
    Map<String, Object> map = new LinkedHashMap<>();
    for (Map.Entry<String, Object> entry : luksHeader(storage, head).describe().entrySet()) {
      if (entry.getKey().equals("cipher-mode")) {
        map.put("format", "luks");
      }
      map.put(entry.getKey(), entry.getValue());
    }
    return map;
  }
}

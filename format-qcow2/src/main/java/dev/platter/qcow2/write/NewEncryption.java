package dev.platter.qcow2.write;

import dev.platter.cipher.DiskCipher;
import dev.platter.cipher.Secret;
import dev.platter.image.DiskEncryption;
import dev.platter.image.FormatOptions;
import dev.platter.image.IllegalOptionException;
import dev.platter.image.OptionSpec;
import dev.platter.image.luks.LuksHeader;
import dev.platter.image.luks.LuksOptions;
import dev.platter.image.luks.NewLuks;
import dev.platter.image.spi.CreateRequest;
import dev.platter.image.spi.Placement;
import dev.platter.qcow2.format.Encryption;
import dev.platter.qcow2.format.HeaderExtension;
import dev.platter.qcow2.format.Qcow2Header;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** How the clusters of a new image are encrypted, and the header of LUKS that goes with that. */
final class NewEncryption {
  static final List<OptionSpec> SPECS = specs();

  private static final String PREFIX = "encrypt.";
  private static final String OLD = "encryption";
  private static final int POINTER_BYTES = 16;

  private final DiskEncryption how;

  /** The header of LUKS; null in the old way, which has none. */
  private final MemorySegment luks;

  private final MemorySegment pointer = MemorySegment.ofArray(new byte[POINTER_BYTES]);

  private NewEncryption(DiskEncryption how, MemorySegment luks) {
    this.how = how;
    this.luks = luks;
  }

  private static List<OptionSpec> specs() {
    List<OptionSpec> specs = new ArrayList<>();
    specs.add(
        new OptionSpec(
            OLD,
            OptionSpec.Type.BOOL,
            "Encrypt the image with format 'aes'. (Deprecated in favor of encrypt.format=aes)"));
    specs.addAll(Encryption.OPEN_OPTIONS);
    specs.addAll(LuksOptions.specs("encrypt."));
    return List.copyOf(specs);
  }

  /** Whether the options ask for encryption. */
  static boolean isWanted(FormatOptions options) {
    return options.bool(OLD, false)
        || options.asMap().keySet().stream().anyMatch(key -> key.startsWith(PREFIX));
  }

  /** The length of what encryption adds to an image, bytes. */
  static long headerLength(FormatOptions options) throws IllegalOptionException {
    return isWanted(options) && kind(options).equals("luks")
        ? NewLuks.length(LuksOptions.of(options, PREFIX).spec().keyBytes())
        : 0;
  }

  private static String kind(FormatOptions options) throws IllegalOptionException {
    Optional<String> named = options.string(Encryption.FORMAT);
    boolean old = options.bool(OLD, false);
    if (old && named.isPresent()) {
      throw new IllegalOptionException(
          "Options encryption and encrypt.format are mutually exclusive");
    }
    String kind = old ? "aes" : named.orElse("");
    switch (kind) {
      case "luks" -> {}
      case "aes" -> refuseLuksOptions(options);
      case "" -> throw new IllegalOptionException("Parameter 'encrypt.format' is missing");
      default ->
          throw new IllegalOptionException(
              "Parameter 'format' does not accept value '" + kind + "'");
    }
    return kind;
  }

  private static void refuseLuksOptions(FormatOptions options) throws IllegalOptionException {
    for (String key : options.asMap().keySet()) {
      boolean known = key.equals(Encryption.FORMAT) || key.equals(Encryption.KEY_SECRET);
      if (key.startsWith(PREFIX) && !known) {
        throw new IllegalOptionException("Parameter '" + key + "' is unexpected");
      }
    }
  }

  /** What the request asks for, checked with all else that it asks for; empty: no encryption. */
  static Optional<NewEncryption> of(CreateRequest request, Qcow2Options options)
      throws IOException {
    FormatOptions texts = request.options();
    if (!isWanted(texts)) {
      return Optional.empty();
    }
    String kind = kind(texts);
    if (request.compress()) {
      throw new IllegalOptionException("Compression and encryption not supported at the same time");
    }
    if (options.preallocation() != Qcow2Options.Preallocation.OFF
        || options.dataFile().isPresent()) {
      throw new IllegalOptionException(
          "An encrypted image has neither preallocation nor a data file");
    }
    if (request.size() == CreateRequest.UNKNOWN_SIZE || request.size() % LuksHeader.SECTOR != 0) {
      throw new IllegalOptionException(
          "The size of an encrypted disk must be a multiple of 512 that is known beforehand");
    }
    String name = request.target().storage().name();
    try (Secret passphrase = texts.secret(Encryption.KEY_SECRET, name)) {
      if (kind.equals("aes")) {
        return Optional.of(new NewEncryption(Encryption.aes(passphrase), null));
      }
      NewLuks made =
          NewLuks.create(
              LuksOptions.of(texts, PREFIX), passphrase, request.identity().uuid("luks"));
      return Optional.of(new NewEncryption(Encryption.luks(made.cipher()), made.bytes()));
    }
  }

  /** As the image's header calls it. */
  int cryptMethod() {
    return luks == null ? Qcow2Header.CRYPT_AES : Qcow2Header.CRYPT_LUKS;
  }

  /** Where the header of LUKS lies; filled in once it has its place. */
  Optional<HeaderExtension> extension() {
    return luks == null
        ? Optional.empty()
        : Optional.of(new HeaderExtension(HeaderExtension.CRYPTO_HEADER, pointer));
  }

  /** Gives the header of LUKS its place. */
  void place(HostSpace host, int clusterSize) throws IOException {
    if (luks != null) {
      pointer.set(
          Qcow2Header.LONG, 0, host.allocate(Math.ceilDiv(luks.byteSize(), (long) clusterSize)));
      pointer.set(Qcow2Header.LONG, 8, luks.byteSize());
    }
  }

  /** Writes the header of LUKS. */
  void finish(WritableStorage storage) throws IOException {
    if (luks != null) {
      storage.write(pointer.get(Qcow2Header.LONG, 0), luks);
    }
  }

  /** What is brought to a place of the disk, encrypted. */
  Placement encrypted(Placement plain, long guestOffset) {
    return new Placement.Encrypted(
        plain, how.cipher(), how.cipherOffset(guestOffset, plain.hostOffset()));
  }

  DiskCipher cipher() {
    return how.cipher();
  }
}

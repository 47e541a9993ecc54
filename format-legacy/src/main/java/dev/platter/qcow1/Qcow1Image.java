package dev.platter.qcow1;

import dev.platter.cipher.DiskCipher;
import dev.platter.cipher.Secret;
import dev.platter.image.BlockMap;
import dev.platter.image.DiskEncryption;
import dev.platter.image.DiskImage;
import dev.platter.image.FormatOptions;
import dev.platter.image.IllegalOptionException;
import dev.platter.image.ImageInfo;
import dev.platter.image.OptionSpec;
import dev.platter.image.ParentReference;
import dev.platter.image.spi.OpenRequest;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** An open image; asks for its passphrase when its map is asked for. */
final class Qcow1Image implements DiskImage {
  private static final String FORMAT = "encrypt.format";
  private static final String KEY_SECRET = "encrypt.key-secret";
  private static final String AES = "aes";

  static final List<OptionSpec> OPEN_OPTIONS =
      List.of(
          new OptionSpec(
              FORMAT, OptionSpec.Type.STRING, "Encrypt the image, format choices: 'aes'"),
          new OptionSpec(
              KEY_SECRET,
              OptionSpec.Type.STRING,
              "ID of the secret that provides the AES encryption key"));

  private final Storage storage;
  private final Qcow1Header header;
  private final FormatOptions options;
  private Optional<DiskCipher> cipher = Optional.empty();
  private BlockMap map;

  Qcow1Image(Storage storage, OpenRequest request) throws IOException {
    this.storage = storage;
    this.header = Qcow1Header.read(storage, request.limits());
    this.options = request.options();
  }

  @Override
  public ImageInfo info() {
    return new ImageInfo(
        Qcow1Format.NAME,
        header.size(),
        OptionalInt.of(header.clusterSize()),
        header.encrypted(),
        false,
        false,
        List.of(),
        Map.of());
  }

  @Override
  public Optional<ParentReference> parent() {
    return header.backingFile().isEmpty()
        ? Optional.empty()
        : Optional.of(new ParentReference(header.backingFile(), Optional.empty()));
  }

  @Override
  public synchronized BlockMap map() throws IOException {
    if (map == null) {
      BlockMap clusters = new Qcow1Map(header, storage);
      cipher = unlock();
      map =
          cipher.isPresent()
              ? new DiskEncryption(cipher.get(), DiskEncryption.Numbering.DISK).over(clusters)
              : clusters;
    }
    return map;
  }

  private Optional<DiskCipher> unlock() throws IllegalOptionException {
    Optional<String> format = options.string(FORMAT);
    if (!header.encrypted()) {
      if (format.isPresent() || options.string(KEY_SECRET).isPresent()) {
        throw new IllegalOptionException(
            "No encryption in image header, but options specified format '"
                + format.orElse(AES)
                + "'");
      }
      return Optional.empty();
    }
    if (format.isPresent() && !format.get().equals(AES)) {
      throw new IllegalOptionException(
          "Header reported 'aes' encryption format but options specify '" + format.get() + "'");
    }
    try (Secret passphrase = options.secret(KEY_SECRET, storage.name())) {
      return Optional.of(DiskCipher.ofQemu(passphrase));
    }
  }

  @Override
  public synchronized void close() {
    cipher.ifPresent(DiskCipher::close);
  }
}

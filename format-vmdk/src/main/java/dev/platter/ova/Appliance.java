package dev.platter.ova;

import static dev.platter.ova.Faults.corrupt;

import dev.platter.image.Fault;
import dev.platter.image.ImageException;
import dev.platter.image.Reference;
import dev.platter.image.ReferenceDeniedException;
import dev.platter.image.Sizes;
import dev.platter.image.spi.OpenRequest;
import dev.platter.image.support.XmlWalk;
import dev.platter.storage.Storage;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * An envelope and the files it speaks of. Every file is verified against the manifest, if there is
 * one, before it is handed out. Owns what it opened, not the storage of the appliance itself.
 */
final class Appliance implements Closeable {
  private static final int MAX_CHUNKS = 10_000;
  private static final int MAGIC_BYTES = 4096;

  private final String name;
  private final Members members;
  private final String envelopeName;
  private final Envelope envelope;
  private final Optional<Manifest> manifest;
  private final boolean signed;
  private final List<Storage> opened = new ArrayList<>();

  private Appliance(Storage storage, Members members, String envelopeName, Storage envelopeFile)
      throws IOException {
    this.name = storage.name();
    this.members = members;
    this.envelopeName = envelopeName;
    String stem = envelopeName.substring(0, envelopeName.length() - ".ovf".length());
    try (Storage file = beside(stem + ".mf").orElse(null)) {
      this.manifest = file == null ? Optional.empty() : Optional.of(Manifest.read(file));
    }
    try (Storage certificate = beside(stem + ".cert").orElse(null)) {
      this.signed = certificate != null;
    }
    if (manifest.isPresent()) {
      manifest.get().verify(envelopeName, envelopeFile);
    }
    this.envelope = EnvelopeParser.parse(envelopeFile);
  }

  static Appliance open(Storage storage, OpenRequest request) throws IOException {
    MemorySegment head = MemorySegment.ofArray(new byte[MAGIC_BYTES]);
    head = head.asSlice(0, storage.read(0, head));
    if (looksLikeEnvelope(head)) {
      String own = storage.name().substring(storage.name().lastIndexOf('/') + 1);
      Members members = new Beside(storage.name(), request.outside());
      return new Appliance(storage, members, Members.isEnvelope(own) ? own : own + ".ovf", storage);
    }
    Tar tar = Tar.read(storage);
    List<String> envelopes = tar.names().stream().filter(Members::isEnvelope).toList();
    if (envelopes.size() != 1) {
      throw corrupt(
          storage.name(), "the tar has " + envelopes.size() + " .ovf files, an OVA has one");
    }
    try (Storage file = tar.find(envelopes.getFirst()).orElseThrow()) {
      return new Appliance(storage, tar, envelopes.getFirst(), file);
    }
  }

  /** Whether a file with this beginning is an envelope: XML whose root says so. */
  static boolean looksLikeEnvelope(MemorySegment head) {
    if (!XmlWalk.mayBegin(head)) {
      return false;
    }
    byte[] bytes = new byte[(int) Math.min(head.byteSize(), MAGIC_BYTES)];
    MemorySegment.copy(head, 0, MemorySegment.ofArray(bytes), 0, bytes.length);
    String text = new String(bytes, StandardCharsets.UTF_8).replace("\uFEFF", "").stripLeading();
    return text.startsWith("<") && text.contains("Envelope") && text.contains("/ovf");
  }

  Envelope envelope() {
    return envelope;
  }

  Optional<Manifest> manifest() {
    return manifest;
  }

  boolean signed() {
    return signed;
  }

  /** The files, the envelope among them, of which the manifest has no digest. */
  List<String> unverified() {
    List<String> found = new ArrayList<>();
    if (manifest.isPresent()) {
      if (!manifest.get().covers(envelopeName)) {
        found.add(envelopeName);
      }
      for (Envelope.File file : envelope.files()) {
        String first = file.chunkSize().isEmpty() ? file.href() : chunkName(file.href(), 0);
        if (!manifest.get().covers(first) && !manifest.get().covers(decoded(first))) {
          found.add(file.href());
        }
      }
    }
    return found;
  }

  /** A file in one piece as it lies there, for a look at its head: nothing verified it. */
  Optional<Storage> peek(Envelope.File file) throws IOException {
    checkName(file.href());
    return file.gzip() || file.chunkSize().isPresent()
        ? Optional.empty()
        : members.find(file.href());
  }

  /**
   * The file that a disk lies in, whole, but perhaps compressed; it stays open as long as the
   * appliance. For one thread at a time.
   */
  Storage open(Envelope.File file) throws IOException {
    if (file.chunkSize().isEmpty()) {
      Storage storage = verified(file.href());
      opened.add(storage);
      requireSize(file, storage);
      return storage;
    }
    long size =
        file.size().orElseThrow(() -> corrupt(name, told(file) + " is in chunks and has no size"));
    long chunk = file.chunkSize().getAsLong();
    if (chunk == 0 || Sizes.ceilDiv(size, chunk) > MAX_CHUNKS) {
      throw corrupt(
          name, told(file) + " has " + size + " bytes in chunks of " + chunk + ": too many");
    }
    List<JoinedStorage.Part> parts = new ArrayList<>();
    for (int i = 0; i < Sizes.ceilDiv(size, chunk); i++) {
      Storage part = verified(chunkName(file.href(), i));
      opened.add(part);
      long expected = Math.min(chunk, size - i * chunk);
      if (part.size() != expected) {
        throw corrupt(part.name(), "the chunk has " + part.size() + " bytes, expected " + expected);
      }
      parts.add(JoinedStorage.Part.whole(part));
    }
    return new JoinedStorage(name + ":" + file.href(), parts);
  }

  /** The name of one chunk of a file, counted from 0. */
  static String chunkName(String href, int number) {
    return href + ".%09d".formatted(number);
  }

  /**
   * A file that a disk names in turn, such as the extent of a VMDK descriptor; the disk owns it.
   * May be called by any thread.
   */
  Storage open(Reference reference) throws IOException {
    return verified(reference.name());
  }

  private void requireSize(Envelope.File file, Storage storage) throws IOException {
    if (file.size().isPresent() && file.size().getAsLong() != storage.size()) {
      throw corrupt(
          name,
          told(file)
              + " has "
              + storage.size()
              + " bytes, the envelope says "
              + file.size().getAsLong());
    }
  }

  private static String told(Envelope.File file) {
    return "the file '" + file.href() + "'";
  }

  /** References are URIs, but not everybody escapes what a URI may not hold. */
  private Storage verified(String href) throws IOException {
    checkName(href);
    String found = href;
    Optional<Storage> storage = members.find(found);
    if (storage.isEmpty()) {
      found = decoded(href);
      checkName(found);
      storage = members.find(found);
    }
    if (storage.isEmpty()) {
      throw corrupt(name, "there is no file '" + href + "', which a disk is said to lie in");
    }
    try {
      if (manifest.isPresent()) {
        manifest.get().verify(found, storage.get());
      }
      return storage.get();
    } catch (Throwable e) {
      storage.get().close();
      throw e;
    }
  }

  private static String decoded(String href) {
    try {
      return URLDecoder.decode(href.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      return href;
    }
  }

  /** A file that need not be there; what the policy hides is not there. */
  private Optional<Storage> beside(String file) throws IOException {
    try {
      return members.find(file);
    } catch (ReferenceDeniedException e) {
      return Optional.empty();
    }
  }

  private void checkName(String href) throws ImageException {
    if (href.contains("://")) {
      throw Faults.unsupported(name, "the file '" + href + "' is on the network");
    }
    boolean leaves = href.isEmpty() || href.startsWith("/") || href.indexOf('\\') >= 0;
    for (String step : href.split("/", -1)) {
      leaves |= step.equals("..");
    }
    if (leaves || href.startsWith("file:")) {
      throw Fault.in("ova", name)
          .denied("file '" + href + "' must not be opened: it does not lie in the appliance");
    }
  }

  @Override
  public void close() throws IOException {
    IOException failed = null;
    for (Storage storage : opened) {
      try {
        storage.close();
      } catch (IOException e) {
        failed = e;
      }
    }
    if (failed != null) {
      throw failed;
    }
  }
}

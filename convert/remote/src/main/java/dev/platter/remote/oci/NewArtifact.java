package dev.platter.remote.oci;

import dev.platter.image.spi.ImageFormat;
import dev.platter.image.spi.ImageFormats;
import dev.platter.image.wrap.Wrapping;
import dev.platter.image.wrap.Wrappings;
import dev.platter.remote.Part;
import dev.platter.remote.PartStorage;
import dev.platter.remote.http.Answer;
import dev.platter.remote.http.Attempts;
import dev.platter.remote.http.HttpException;
import dev.platter.remote.http.WebRequest;
import dev.platter.storage.NewStorage;
import dev.platter.storage.Storage;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;

/**
 * A new image in a registry, pushed in one pass: the file as its only layer, then what the image is
 * for, and the manifest last, by which alone it is there. What is not published leaves the tag as
 * it was.
 */
final class NewArtifact implements NewStorage {
  private static final String DISKS = "application/vnd.kubevirt.disk.";
  private static final String EMPTY = "application/vnd.oci.empty.v1+json";
  private static final String CONTAINER = "application/vnd.oci.image.config.v1+json";
  private static final String ARCHIVE = "application/vnd.oci.image.layer.v1.tar";
  private static final int CREATED = 201;
  private static final long MOST_PART = 1L << 30;

  private final Registry registry;
  private final OciName name;
  private final PushOptions options;
  private final BlobUpload upload;
  private final PartStorage layer;
  private final LayerStorage storage;
  private boolean closed;

  /**
   * Begins one; the registry has let us in then.
   *
   * @param registry closed with this
   * @param shown how messages call it
   */
  static NewArtifact begin(Registry registry, OciName name, String shown, PushOptions options)
      throws IOException {
    BlobUpload upload = BlobUpload.begin(registry);
    if (upload.leastPart() > MOST_PART) {
      upload.close();
      throw new HttpException(
          "the registry takes no less than " + upload.leastPart() + " bytes at a time");
    }
    return new NewArtifact(registry, name, shown, options, upload);
  }

  private NewArtifact(
      Registry registry, OciName name, String shown, PushOptions options, BlobUpload upload) {
    this.registry = registry;
    this.name = name;
    this.options = options;
    this.upload = upload;
    int size = (int) Math.max(options.partSize(), upload.leastPart());
    this.layer = new PartStorage(shown, number -> size, part -> named(() -> upload.send(part)));
    this.storage = new LayerStorage(layer, options.isContainerDisk());
  }

  @Override
  public WritableStorage storage() {
    return storage;
  }

  @Override
  public boolean sequential() {
    return true;
  }

  @Override
  public void expect(long size) throws IOException {
    storage.expect(size);
  }

  @Override
  public void publish() throws IOException {
    named(this::complete);
  }

  private interface Step {
    void run() throws IOException;
  }

  /** Tells of which image an error is. */
  private void named(Step step) throws IOException {
    try {
      step.run();
    } catch (HttpException e) {
      throw new HttpException(layer.name() + ": " + e.getMessage(), e);
    }
  }

  private void complete() throws IOException {
    storage.finish();
    Kind kind = Kind.of(storage.ends());
    if (options.isContainerDisk() && !kind.isForContainers()) {
      throw new HttpException(
          "a containerDisk is a raw or qcow2 file, not " + kind.format() + kind.wrapped());
    }
    Optional<Part> last = layer.finish();
    if (last.isPresent()) {
      upload.send(last.get());
    }
    String manifest = options.isContainerDisk() ? containerDisk() : artifact(kind);
    byte[] bytes = manifest.getBytes(StandardCharsets.UTF_8);
    Attempts.repeated(
        registry.patience(),
        () -> {
          Answer answer =
              registry.send(
                  WebRequest.of(
                      "PUT",
                      registry.uri("/manifests/" + name.tag()),
                      Map.of("Content-Type", Manifest.TYPE),
                      WebRequest.Content.of(bytes, 0, bytes.length)));
          if (answer.status() != CREATED) {
            throw registry.refused("store the manifest", answer);
          }
          answer.close();
          return null;
        });
  }

  private String artifact(Kind kind) throws IOException {
    String type = options.mediaType().orElse(DISKS + kind.format() + kind.wrapped());
    Descriptor blob = upload.finish(type);
    String base = name.repository().substring(name.repository().lastIndexOf('/') + 1);
    String title = base + "." + kind.format() + kind.ending();
    Descriptor file =
        new Descriptor(
            type, blob.digest(), blob.size(), Map.of(Descriptor.TITLE, title), Optional.empty());
    Descriptor config = put("{}", EMPTY);
    return "{\"schemaVersion\":2,\"mediaType\":\"%s\",\"artifactType\":\"%s\",\"config\":%s,\"layers\":[%s]}"
        .formatted(Manifest.TYPE, type, config.json(), file.json());
  }

  private String containerDisk() throws IOException {
    Descriptor file = upload.finish(options.mediaType().orElse(ARCHIVE));
    String text =
        "{\"architecture\":\"%s\",\"os\":\"linux\",\"config\":{},\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"%s\"]}}";
    Descriptor config = put(text.formatted(options.architecture(), file.digest()), CONTAINER);
    return "{\"schemaVersion\":2,\"mediaType\":\"%s\",\"config\":%s,\"layers\":[%s]}"
        .formatted(Manifest.TYPE, config.json(), file.json());
  }

  /** Stores what is small. */
  private Descriptor put(String text, String mediaType) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    Digest digest = Digest.of(bytes);
    if (Attempts.repeated(registry.patience(), () -> registry.has(digest, bytes.length))) {
      return Descriptor.of(mediaType, digest, bytes.length);
    }
    try (BlobUpload small = BlobUpload.begin(registry)) {
      Part part = Part.begin(1, bytes.length);
      part.add(MemorySegment.ofArray(bytes));
      small.send(part);
      return small.finish(mediaType);
    }
  }

  /** What is not published is forgotten. */
  @Override
  public void close() throws IOException {
    if (!closed) {
      closed = true;
      try (registry) {
        layer.close();
        upload.close();
      }
    }
  }

  /**
   * What a file is, as whoever reads it will see.
   *
   * @param format its name
   * @param wrapping what is around it
   */
  private record Kind(String format, boolean isPlain, Optional<Wrapping> wrapping) {
    static Kind of(Storage file) throws IOException {
      Optional<ImageFormat> format = ImageFormats.present().probe(file);
      if (format.isPresent() && !format.get().isPlain()) {
        return new Kind(format.get().name(), false, Optional.empty());
      }
      MemorySegment head = MemorySegment.ofArray(new byte[Wrapping.HEAD_BYTES]);
      return new Kind(
          ImageFormats.PLAIN,
          true,
          Wrappings.present().around(head.asSlice(0, file.read(0, head))));
    }

    boolean isForContainers() {
      return wrapping.isEmpty() && (isPlain || format.equals(PushOptions.CONTAINER_FORMAT));
    }

    /** As media types have it. */
    String wrapped() {
      return wrapping.map(Wrapping::name).map(Kind::word).map("+"::concat).orElse("");
    }

    private static String word(String name) {
      return name.equals("gz") ? "gzip" : name.equals("zst") ? "zstd" : name;
    }

    String ending() {
      return wrapping.map(Wrapping::name).map("."::concat).orElse("");
    }
  }
}

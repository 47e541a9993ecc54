package dev.platter.remote.oci;

import dev.platter.archive.TarHeader;
import dev.platter.archive.TarMember;
import dev.platter.archive.TarReader;
import dev.platter.image.wrap.Wrapping;
import dev.platter.image.wrap.Wrappings;
import dev.platter.remote.http.HttpException;
import dev.platter.remote.http.WebFile;
import dev.platter.storage.Storage;
import dev.platter.storage.StreamSource;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.StringJoiner;

/**
 * Finds the one file in an image that is a disk. An artifact has it as a layer; an image for
 * containers has it in the directory {@code /disk} of a layer, the highest of those that have any
 * there. In a plain archive it is read where it lies; a compressed layer is given as a whole, for
 * the wrappings to take apart.
 */
final class ImageFiles {
  private static final long AHEAD = 16L << 20;
  private static final int MOST_SHOWN = 10;
  private static final String DIRECTORY = "disk/";
  private static final String WHITEOUT = ".wh.";

  /** As SECURITY.md has it for what is unwrapped. */
  private static final long MOST_UNWRAPPED = 16L << 30;

  private static final long MOST_RATIO = 32_768;

  /** What images for containers say of themselves. */
  private static final Set<String> CONTAINER_CONFIGS =
      Set.of(
          "application/vnd.oci.image.config.v1+json",
          "application/vnd.docker.container.image.v1+json");

  private static final String EMPTY = "application/vnd.oci.empty.v1+json";

  private final Registry registry;
  private final OciName name;
  private final String shown;

  /**
   * @param shown how the storage is called
   */
  ImageFiles(Registry registry, OciName name, String shown) {
    this.registry = registry;
    this.name = name;
    this.shown = shown;
  }

  /** The disk; closes the registry with it. */
  Storage open(Manifest manifest) throws IOException {
    return CONTAINER_CONFIGS.contains(manifest.config().mediaType())
        ? ofContainer(manifest.layers())
        : ofArtifact(manifest.layers());
  }

  private Storage ofArtifact(List<Descriptor> layers) throws IOException {
    List<Descriptor> files = new ArrayList<>();
    List<String> titles = new ArrayList<>();
    for (Descriptor layer : layers) {
      if (!layer.mediaType().equals(EMPTY)) {
        titles.add(layer.title().orElse(layer.digest().toString()));
        files.add(layer);
      }
    }
    int chosen = choose(titles, "the artifact");
    return whole(files.get(chosen), blob(files.get(chosen)));
  }

  private Storage whole(Descriptor layer, Storage blob) {
    return new SliceStorage(shown, blob, 0, layer.size(), registry);
  }

  /** Opens a blob, of the size that the manifest says. */
  private Storage blob(Descriptor layer) throws IOException {
    ArrivalDigest check = new ArrivalDigest(layer);
    Storage blob =
        WebFile.open(
            shown,
            new BlobRequests(registry, layer.digest()),
            new WebFile.Reading(registry.patience(), AHEAD, check));
    long size = blob.size();
    if (size == layer.size()) {
      if (size == 0) { // of which nothing arrives
        layer.digest().check("an empty blob", layer.digest().hash());
      }
      return blob;
    }
    blob.close();
    throw new HttpException(
        "the registry has %d bytes of blob %s, the manifest says %d"
            .formatted(size, layer.digest(), layer.size()));
  }

  private Storage ofContainer(List<Descriptor> layers) throws IOException {
    for (Descriptor layer : layers.reversed()) {
      Storage blob = blob(layer);
      try {
        Optional<Storage> found = inLayer(layer, blob, layers.size() == 1);
        if (found.isPresent()) {
          return found.get();
        }
        blob.close();
      } catch (Throwable e) {
        blob.close();
        throw e;
      }
    }
    throw new HttpException("the image has no file in /disk, where a containerDisk has one");
  }

  private Optional<Storage> inLayer(Descriptor layer, Storage blob, boolean isOnly)
      throws IOException {
    MemorySegment head = MemorySegment.ofArray(new byte[Wrapping.HEAD_BYTES]);
    head = head.asSlice(0, blob.read(0, head));
    boolean isPlain =
        head.byteSize() >= TarHeader.BLOCK
            && TarHeader.parse(
                    head.asSlice(0, TarHeader.BLOCK)
                        .toArray(java.lang.foreign.ValueLayout.JAVA_BYTE))
                .isPresent();
    if (isPlain) {
      List<TarMember> files =
          files((at, target) -> (int) blob.read(at, MemorySegment.ofArray(target)));
      return files.isEmpty() ? Optional.empty() : Optional.of(member(layer, blob, files));
    }
    Optional<Wrapping> wrapping = Wrappings.present().around(head);
    if (wrapping.isEmpty()) {
      throw new HttpException(
          "layer %s is no archive: %s"
              .formatted(layer.digest(), Registry.shown(layer.mediaType())));
    }
    if (name.file().isPresent()) {
      throw new HttpException("file=" + name.file().get() + ": the layer is compressed as a whole");
    }
    if (isOnly) {
      return Optional.of(whole(layer, blob)); // what is in it is seen when it is unwrapped
    }
    try (InputStream archive = wrapping.get().unwrap(StreamSource.of(blob).asInputStream())) {
      long most = MOST_UNWRAPPED + layer.size() * MOST_RATIO;
      List<TarMember> files = files(new Forward(archive, most));
      if (files.isEmpty()) {
        return Optional.empty();
      }
      choose(files.stream().map(TarMember::name).toList(), "the layer " + layer.digest());
      return Optional.of(whole(layer, blob));
    }
  }

  private Storage member(Descriptor layer, Storage blob, List<TarMember> files)
      throws HttpException {
    String where = "the layer " + layer.digest();
    TarMember file = files.get(choose(files.stream().map(TarMember::name).toList(), where));
    if (file.isSparse() && file.size() > 0) {
      throw new HttpException(where + " has a sparse file, which is not read by ranges");
    }
    if (file.offset() + file.size() > layer.size()) {
      throw new HttpException(
          "%s ends within the file %s".formatted(where, Registry.shown(file.name())));
    }
    return new SliceStorage(shown, blob, file.offset(), file.size(), registry);
  }

  /** The files in {@code /disk}; that one was removed there is an error. */
  private static List<TarMember> files(TarReader.Bytes archive) throws IOException {
    TarReader reader = new TarReader(archive);
    List<TarMember> files = new ArrayList<>();
    for (Optional<TarMember> next = reader.next(); next.isPresent(); next = reader.next()) {
      String path = next.get().name().replaceFirst("^(?:\\./+|/+)", "");
      if (!path.startsWith(DIRECTORY) || path.equals(DIRECTORY)) {
        continue;
      }
      if (path.startsWith(WHITEOUT, path.lastIndexOf('/') + 1)) {
        throw new HttpException("a layer removes what a lower one has: " + Registry.shown(path));
      }
      if (next.get().isFile()) {
        files.add(next.get());
      } else if (next.get().type() == '1' || next.get().type() == '2') {
        throw new HttpException("the disk is a link: " + Registry.shown(path));
      }
    }
    return files;
  }

  /** Which of several files is meant. */
  private int choose(List<String> names, String where) throws HttpException {
    List<Integer> fitting = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      String own = names.get(i);
      if (name.file().isEmpty()
          || own.equals(name.file().get())
          || own.endsWith("/" + name.file().get())) {
        fitting.add(i);
      }
    }
    if (fitting.size() == 1) {
      return fitting.getFirst();
    }
    StringJoiner list = new StringJoiner(", ");
    for (String own : names.subList(0, Math.min(MOST_SHOWN, names.size()))) {
      list.add(Registry.shown(own));
    }
    throw new HttpException(
        names.isEmpty()
            ? where + " has no file"
            : "%s has %s: %s (?file=NAME says which)"
                .formatted(
                    where, fitting.isEmpty() ? "no such file" : names.size() + " files", list));
  }

  /** What is unwrapped, from front to back, and no more than a bound. */
  private static final class Forward implements TarReader.Bytes {
    private final InputStream stream;
    private final long most;
    private long at;

    Forward(InputStream stream, long most) {
      this.stream = stream;
      this.most = most;
    }

    @Override
    public int read(long offset, byte[] target) throws IOException {
      if (offset > most) {
        throw new HttpException("a layer that unwraps to more than " + most + " bytes");
      }
      while (at < offset) {
        long skipped = stream.skip(offset - at);
        if (skipped <= 0) {
          if (stream.read() < 0) {
            return 0;
          }
          skipped = 1;
        }
        at += skipped;
      }
      int count = stream.readNBytes(target, 0, target.length);
      at += count;
      return count;
    }
  }
}

package dev.platter.cli.answer;

import dev.platter.cli.line.Profile;
import dev.platter.cli.source.Source;
import dev.platter.image.ImageInfo;
import dev.platter.image.ParentReference;
import dev.platter.image.Sizes;
import dev.platter.image.chain.ImageChain;
import dev.platter.image.chain.UnwrappedStorage;
import dev.platter.image.spi.ImageFormats;
import dev.platter.image.wrap.GradualSpool;
import dev.platter.storage.FileStorage;
import dev.platter.storage.Location;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Everything that {@code info} tells of one image.
 *
 * @param name what the file is called
 * @param format what its format is called
 * @param info what the image says of itself
 * @param fileLength bytes of the file, in whole sectors; {@link #NOT_TOLD}: nobody says
 * @param diskSize bytes that the file takes on its medium
 * @param wrapping the compression around the file; null: none
 * @param protocol what qemu-img calls the way to the bytes
 * @param isAll whether those bytes are all there is, as their driver was named and no format
 * @param parent the image below it, by the name stored; null: none
 * @param alignment what direct I/O asks for, bytes; 1: nothing
 * @param withLimits whether the limits are to be told
 * @param profile whom it is told
 */
public record ImageFacts(
    String name,
    String format,
    ImageInfo info,
    long fileLength,
    long diskSize,
    String wrapping,
    String protocol,
    boolean isAll,
    ParentReference parent,
    int alignment,
    boolean withLimits,
    Profile profile) {
  /** A length that is not known. */
  static final long NOT_TOLD = -1;

  private static final int SECTOR_SIZE = 512;

  public static ImageFacts of(Source source, ImageChain.Layer layer, boolean withLimits)
      throws IOException {
    boolean isTop = layer == source.chain().top();
    UnwrappedStorage wrapped = layer.storage() instanceof UnwrappedStorage u ? u : null;
    Storage storage = wrapped == null ? layer.storage() : wrapped.packed();
    Optional<ParentReference> parent = layer.image().parent();
    return new ImageFacts(
        isTop ? source.name().shown() : layer.location().toString(),
        isTop ? source.formatName() : layer.format().name(),
        layer.image().info(),
        lengthOf(storage),
        storage.allocatedSize(),
        wrapped == null ? null : wrapped.wrapping(),
        protocol(layer.location(), storage),
        isTop && source.name().givesBytes(),
        parent.isPresent() && !parent.get().isGuess() ? parent.get() : null,
        storage.alignment(),
        withLimits,
        source.access().profile());
  }

  private static long lengthOf(Storage file) throws IOException {
    return file instanceof GradualSpool coming && !coming.knowsSize()
        ? NOT_TOLD
        : Sizes.roundUp(file.size(), SECTOR_SIZE);
  }

  /** What only this format has: as platter also what qemu-img does not tell. */
  Map<String, Object> details() {
    if (info.more().isEmpty() || profile.asQemuImg()) {
      return info.details();
    }
    Map<String, Object> all = new LinkedHashMap<>(info.details());
    all.putAll(info.more());
    return all;
  }

  private static String protocol(Location location, Storage storage) {
    boolean isDevice = storage instanceof FileStorage file && file.isBlockDevice();
    return isDevice ? "host_device" : location.scheme();
  }

  /** Whether the bytes are those of a file. */
  boolean isFile() {
    return protocol.equals(Location.FILE);
  }

  /** Whether the bytes are those of a file or device. */
  boolean isLocal() {
    return isFile() || protocol.equals("host_device");
  }

  /** The parent's name as seen from here: relative names are relative to the image's directory. */
  String fullParentName() {
    String stored = parent.name();
    int colon = stored.indexOf(':');
    int slash = stored.indexOf('/');
    boolean hasProtocol = colon > 0 && (slash < 0 || colon < slash);
    if (slash == 0 || hasProtocol) {
      return stored;
    }
    return name.substring(0, name.lastIndexOf('/') + 1) + stored;
  }

  /** Whether it is told if the image was closed cleanly: of a Parallels image qemu cannot say. */
  boolean tellsDirty() {
    return isAll || info.format().equals(ImageFormats.PLAIN)
        ? isLocal()
        : profile.answers().tellsDirty(info);
  }

  /** How requests to the image are to be made, as QEMU tells it. */
  RequestLimits limits() {
    return RequestLimits.of(info, alignment);
  }
}

package dev.platter.image;

import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * One open image: one layer of a guest disk. It names its parent and its outside files and opens
 * none by itself; {@link #map()} may ask the {@code ReferencePolicy} for the outside files that
 * hold its bytes. Closing it closes those, and leaves the storage it was opened from to whoever
 * opened that.
 */
public interface DiskImage extends Closeable {
  /** What the image says of itself. Reads metadata only, and only of the image's own file. */
  ImageInfo info() throws IOException;

  /**
   * The same without what may be long (lists of snapshots and the like): says no more than what
   * opening the image has read, or little more.
   */
  default ImageInfo summary() throws IOException {
    return info();
  }

  /**
   * Why the image must not be taken from a stranger although it can be read: it names other files,
   * or holds what no honest program writes. Reads as little as {@link #summary}. Empty: nothing
   * speaks against it.
   */
  default List<Danger> dangers() throws IOException {
    List<Danger> dangers = new ArrayList<>();
    Optional<ParentReference> parent = parent();
    if (parent.isPresent()) {
      dangers.add(
          new Danger(
              Danger.BACKING_FILE, "it lies over another image, '" + parent.get().name() + "'"));
    }
    return dangers;
  }

  /**
   * What was assumed to read an image that does not say it plainly, or could not be verified: a
   * line each, for whoever reads it to know.
   */
  default List<String> remarks() {
    return List.of();
  }

  /**
   * The size of the sectors that the guest sees, bytes. Empty: the image does not say it, and
   * guests are shown sectors of 512 unless somebody tells the machine otherwise.
   */
  default OptionalInt sectorSize() throws IOException {
    return OptionalInt.empty();
  }

  /** Where this layer's bytes are. */
  BlockMap map() throws IOException;

  /** The image below this one, by name; the {@code ImageChain} opens it. */
  default Optional<ParentReference> parent() throws IOException {
    return Optional.empty();
  }

  /**
   * Makes sure that this is the very image that was below when this one was written, where the
   * format records that; the {@code ImageChain} asks once it has opened the parent.
   *
   * @throws CorruptImageException if another image lies under the parent's name
   */
  default void checkParent(DiskImage parent) throws IOException {}

  /**
   * Whether this image records what its parent held when it was made, by an identifier that changes
   * with every write, and so cannot be opened any more once its parent was written to.
   */
  default boolean isTiedToContentOfParent() {
    return false;
  }

  /**
   * The map of an internal snapshot of {@link ImageInfo#snapshots()}.
   *
   * @throws UnsupportedFeatureException if the format has no internal snapshots
   */
  default BlockMap snapshotMap(Snapshot snapshot) throws IOException {
    throw Fault.ofFormat(info().format()).unsupported("the format has no internal snapshots");
  }

  /**
   * Looks for damage in the image's own metadata, and in its data where the format has checksums of
   * them, and changes nothing; empty where the format has no check.
   */
  default Optional<CheckReport> check() throws IOException {
    return Optional.empty();
  }

  /** Whether images of this kind keep dirty bitmaps, be there any in this one or not. */
  default boolean keepsBitmaps() {
    return false;
  }

  /**
   * The dirty bitmaps of the disk that can be relied on; those that the image itself says are out
   * of step with its disk are left out.
   *
   * @throws CorruptImageException if what it says of them cannot be true
   */
  default List<DirtyBitmap> dirtyBitmaps() throws IOException {
    return List.of();
  }
}

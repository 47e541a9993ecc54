package dev.platter.parallels;

import dev.platter.image.CorruptImageException;
import dev.platter.image.ImageException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a DiskDescriptor.xml says.
 *
 * @param name of the file, for messages
 * @param sectors of the disk
 * @param geometry cylinders, heads and sectors as people write them
 * @param encrypted whether guest bytes are encrypted
 * @param parts of the disk, in guest order without gaps; usually one
 * @param shots the tree of snapshots, in the order of the file
 * @param top the present state: one of the shots
 */
record DiskDescriptor(
    String name,
    long sectors,
    String geometry,
    boolean encrypted,
    List<Part> parts,
    List<Shot> shots,
    String top) {
  /** The image that is no snapshot but what the guest writes to, if the file names no other. */
  static final String STANDARD_TOP = "5fbaabe3-6958-40ff-92a7-860e329aab41";

  static final String NO_PARENT = "00000000-0000-0000-0000-000000000000";

  /**
   * A stretch of the disk, with the images of it ("Storage").
   *
   * @param start its first sector
   * @param end the sector after its last one
   * @param clusterSectors sectors of a cluster
   */
  record Part(long start, long end, long clusterSectors, List<Image> images) {
    long length() {
      return (end - start) * ParallelsHeader.SECTOR_SIZE;
    }

    Optional<Image> image(String guid) {
      return images.stream().filter(image -> image.guid().equals(guid)).findFirst();
    }
  }

  /**
   * One file.
   *
   * @param plain whether it is the bytes of the disk as they are; otherwise an expandable image
   */
  record Image(String guid, boolean plain, String file) {}

  /** One state of the disk, and the one that it was made over. */
  record Shot(String guid, String parent) {}

  long size() {
    return sectors * ParallelsHeader.SECTOR_SIZE;
  }

  /** All images that are not plain. */
  List<Image> expandable() {
    return parts.stream()
        .flatMap(part -> part.images().stream())
        .filter(image -> !image.plain())
        .toList();
  }

  /** The image of a part that holds this state. */
  Image imageOf(Part part, String guid) throws ImageException {
    return part.image(guid)
        .orElseThrow(
            () -> Faults.corrupt(name, "there is no image for the snapshot {" + guid + "}"));
  }

  /** An image of a part that has a disk of another size. */
  CorruptImageException wrongSize(Part part, String guid, long size) throws ImageException {
    return Faults.corrupt(
        name,
        "the image '"
            + imageOf(part, guid).file()
            + "' has a disk of "
            + size
            + " bytes, expected "
            + part.length());
  }

  /**
   * The states that make up one, top first.
   *
   * @param most how many there may be
   */
  List<String> chain(String guid, int most) throws ImageException {
    List<String> chain = new ArrayList<>();
    for (String next = guid; !next.equals(NO_PARENT); ) {
      String wanted = next;
      if (chain.size() == most) {
        throw Faults.corrupt(name, "the chain of snapshots has more than " + most + " images");
      }
      chain.add(wanted);
      next =
          shots.stream()
              .filter(shot -> shot.guid().equals(wanted))
              .map(Shot::parent)
              .findFirst()
              .orElseThrow(() -> Faults.corrupt(name, "there is no snapshot {" + wanted + "}"));
    }
    return chain;
  }
}

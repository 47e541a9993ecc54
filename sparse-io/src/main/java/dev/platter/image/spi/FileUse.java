package dev.platter.image.spi;

import static dev.platter.storage.Permissions.CONSISTENT_READ;
import static dev.platter.storage.Permissions.RESIZE;
import static dev.platter.storage.Permissions.WRITE;

import dev.platter.storage.Permissions;

/**
 * What is done with the files of an image, and so what others may do with them meanwhile. The
 * permissions are those that qemu-img takes and refuses for the same work.
 */
public enum FileUse {
  /** Tells what the image says of itself. */
  DESCRIBE(Permissions.NONE, new Permissions(0, WRITE | RESIZE), new Permissions(0, RESIZE)),

  /** Reads the disk; that others write to a plain one meanwhile is theirs to know. */
  READ(
      new Permissions(CONSISTENT_READ, 0),
      new Permissions(CONSISTENT_READ, WRITE | RESIZE),
      new Permissions(CONSISTENT_READ, RESIZE)),

  /** Reads the disk as it is at one moment. */
  COPY(new Permissions(CONSISTENT_READ, WRITE | RESIZE)),

  /** Looks that an image is there, and what it is, whatever others do with it. */
  LOOK(Permissions.NONE),

  /** Changes the image in place. */
  CHANGE(
      new Permissions(CONSISTENT_READ | WRITE | RESIZE, 0),
      new Permissions(CONSISTENT_READ | WRITE | RESIZE, WRITE | RESIZE),
      new Permissions(CONSISTENT_READ | WRITE | RESIZE, RESIZE)),

  /** Writes over the disk in place, whose size stays. */
  OVERWRITE(new Permissions(CONSISTENT_READ | WRITE, 0)),

  /**
   * Puts a new file in the old one's place. Here qemu-img lets others write to a raw disk: it
   * writes to the same file, from which a new file would part them.
   */
  REPLACE(new Permissions(WRITE | RESIZE, WRITE | RESIZE));

  private final Permissions plain;
  private final Permissions image;
  private final Permissions outside;

  FileUse(Permissions all) {
    this(all, all, all);
  }

  FileUse(Permissions plain, Permissions image, Permissions outside) {
    this.plain = plain;
    this.image = image;
    this.outside = outside;
  }

  /** The permissions for one of the image's files. */
  public Permissions of(Part part) {
    if (part == Part.PLAIN) {
      return plain;
    }
    return part == Part.IMAGE ? image : outside;
  }

  /** What a file is to an image. */
  public enum Part {
    /** The image, which is the disk's bytes and nothing else. */
    PLAIN,

    /** The image, with tables that tell where the disk's bytes are. */
    IMAGE,

    /** Another file, of which the image's tables tell. */
    OUTSIDE;

    /** What the file of an image of that format is. */
    public static Part of(ImageFormat format) {
      return format.isPlain() ? PLAIN : IMAGE;
    }
  }
}

package dev.platter.qcow2.format;

import dev.platter.storage.Storage;
import java.io.IOException;

/** Where the files of an image end, bytes: those of one in use grow. */
public final class FileEnds {
  private volatile long image;
  private volatile long guest;

  /**
   * @param guestStorage what holds the guest's clusters: the image's own file or its data file
   */
  public FileEnds(Storage storage, Storage guestStorage) throws IOException {
    this.image = storage.size();
    this.guest = guestStorage == storage ? image : guestStorage.size();
  }

  /** The end of the image's own file. */
  long image() {
    return image;
  }

  /** The end of what holds the guest's clusters. */
  long guest() {
    return guest;
  }

  public void moveTo(long newImage, long newGuest) {
    image = newImage;
    guest = newGuest;
  }
}

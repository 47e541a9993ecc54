package dev.platter.server.image;

/**
 * What is known of an image's data; all null while there are none.
 *
 * @param size bytes in the store
 * @param virtualSize bytes of the disk inside
 * @param checksum MD5 in hexadecimal
 * @param hashAlgorithm the name of the better digest
 * @param hashValue the better digest in hexadecimal
 */
public record ImageData(
    Long size, Long virtualSize, String checksum, String hashAlgorithm, String hashValue) {
  /** No data. */
  public static final ImageData NONE = new ImageData(null, null, null, null, null);
}

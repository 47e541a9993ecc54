package dev.platter.archive;

import java.util.List;

/**
 * One member of a tar archive.
 *
 * @param name its name, as it is written
 * @param type the type flag of its header
 * @param offset where its bytes lie in the archive
 * @param stored how many bytes lie there
 * @param size how many bytes the file has
 * @param pieces of a sparse file, which parts of it are stored, one behind the other; of any other
 *     all of it
 */
public record TarMember(
    String name, char type, long offset, long stored, long size, List<Piece> pieces) {
  /**
   * A part of the file.
   *
   * @param offset where it lies in the file
   * @param length bytes
   */
  public record Piece(long offset, long length) {}

  /** Whether it is a file, and no directory, link or device. */
  public boolean isFile() {
    return (type == '0' || type == 0 || type == '7' || type == 'S') && !name.endsWith("/");
  }

  /** Whether parts of the file are not stored, and read as zeros. */
  public boolean isSparse() {
    return stored != size || pieces.size() != 1;
  }
}

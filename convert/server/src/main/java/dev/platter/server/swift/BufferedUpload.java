package dev.platter.server.swift;

import dev.platter.server.client.HttpRequests.Answer;
import dev.platter.storage.FileOption;
import dev.platter.storage.FileStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;

/** An object that is kept in an unnamed file until it is whole, and sent as often as it takes. */
final class BufferedUpload implements SwiftUpload {
  private final SwiftConnection connection;
  private final String path;
  private final String upload;
  private final FileStorage file;
  private final MessageDigest digest = SwiftNames.md5();
  private long size;
  private String tag;

  /**
   * @param path of the object, as it stands in URLs
   * @param upload what the object is marked with
   * @param directory where the file is made
   */
  BufferedUpload(SwiftConnection connection, String path, String upload, Path directory)
      throws IOException {
    this.connection = connection;
    this.path = path;
    this.upload = upload;
    file = FileStorage.createUnnamed(directory, directory + "/segment", FileOption.PRIVATE);
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    file.write(size, MemorySegment.ofArray(bytes).asSlice(offset, length));
    digest.update(bytes, offset, length);
    size += length;
  }

  @Override
  public String finish() throws IOException {
    tag = HexFormat.of().formatHex(digest.digest());
    try (file) {
      Answer answer = connection.send(path, upload, file, tag);
      if (answer.status() != 201) {
        throw connection.refusal(answer.status());
      }
      return tag;
    }
  }

  @Override
  public String tag() {
    return tag;
  }

  @Override
  public void abort() {
    try {
      file.close();
    } catch (IOException e) {
      System.getLogger(BufferedUpload.class.getName())
          .log(System.Logger.Level.WARNING, "a file without a name is not closed", e);
    }
  }
}

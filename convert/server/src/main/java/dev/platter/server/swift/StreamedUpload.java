package dev.platter.server.swift;

import dev.platter.server.client.HttpRequests;
import dev.platter.server.client.HttpRequests.Answer;
import dev.platter.service.store.StoreException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.security.MessageDigest;
import java.util.HexFormat;

/** An object that is sent in pieces as they come, once. */
final class StreamedUpload implements SwiftUpload {
  private final SwiftConnection connection;
  private final HttpRequests http;
  private final HttpURLConnection request;
  private final OutputStream body;
  private final MessageDigest digest = SwiftNames.md5();
  private long size;
  private String tag;

  StreamedUpload(
      SwiftConnection connection, HttpRequests http, HttpURLConnection request, OutputStream body) {
    this.connection = connection;
    this.http = http;
    this.request = request;
    this.body = body;
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws StoreException {
    digest.update(bytes, offset, length);
    size += length;
    try {
      http.write(request, body, bytes, offset, length);
    } catch (IOException e) {
      throw connection.unavailable(e);
    }
  }

  @Override
  public String finish() throws StoreException {
    tag = HexFormat.of().formatHex(digest.digest());
    Answer answer;
    try {
      answer = http.answer(request); // ends the body
    } catch (IOException e) {
      throw connection.unavailable(e);
    }
    if (answer.status() != 201) {
      throw connection.refusal(answer.status());
    }
    if (!SwiftNames.tagOf(answer).equals(tag)) {
      throw connection.unavailable(
          new IOException(
              "Swift has other bytes than were sent: their MD5 is %s, not %s"
                  .formatted(SwiftNames.tagOf(answer), tag)));
    }
    return tag;
  }

  @Override
  public String tag() {
    return tag;
  }

  /** Breaks the connection off before its end is sent, so that no object comes of it. */
  @Override
  public void abort() {
    request.disconnect();
  }
}

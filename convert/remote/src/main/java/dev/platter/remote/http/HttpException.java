package dev.platter.remote.http;

import java.io.IOException;

/** A server refused, broke the protocol, or has another file than before; asking again is vain. */
public class HttpException extends IOException {
  private static final long serialVersionUID = 1L;

  public HttpException(String message) {
    super(message);
  }

  public HttpException(String message, Throwable cause) {
    super(message, cause);
  }
}

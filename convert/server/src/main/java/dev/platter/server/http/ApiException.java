package dev.platter.server.http;

/** A request that is answered with an error: the status and the sentence that the caller reads. */
public final class ApiException extends RuntimeException {
  private final int status;

  public ApiException(int status, String message) {
    super(message, null, false, false);
    this.status = status;
  }

  public static ApiException badRequest(String message) {
    return new ApiException(400, message);
  }

  public static ApiException forbidden(String message) {
    return new ApiException(403, message);
  }

  public static ApiException notFound(String message) {
    return new ApiException(404, message);
  }

  public static ApiException conflict(String message) {
    return new ApiException(409, message);
  }

  public static ApiException tooLarge(String message) {
    return new ApiException(413, message);
  }

  /** The HTTP status. */
  public int status() {
    return status;
  }
}

package dev.platter.remote.s3;

import java.io.IOException;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.model.S3Exception;

/** A store that says no, or nothing, in one line. */
public final class S3Failure extends IOException {
  private static final long serialVersionUID = 1L;

  S3Failure(String message) {
    super(message);
  }

  private S3Failure(String message, Throwable cause) {
    super(message, cause);
  }

  /**
   * What a client threw.
   *
   * @param what was tried, of what
   */
  static S3Failure of(String what, SdkException e) {
    return new S3Failure(what + ": " + reason(e), e);
  }

  private static String reason(SdkException e) {
    if (e instanceof S3Exception answer) {
      AwsErrorDetails details = answer.awsErrorDetails();
      String text = details == null ? null : details.errorMessage();
      String code = details == null ? null : details.errorCode();
      String said = text == null || text.isBlank() ? code : text;
      return "status " + answer.statusCode() + (said == null ? "" : ", " + oneLine(said));
    }
    Throwable deepest = e;
    while (deepest.getCause() != null && deepest.getCause() != deepest) {
      deepest = deepest.getCause();
    }
    String text = deepest.getMessage();
    return oneLine(text == null ? deepest.getClass().getSimpleName() : text);
  }

  private static String oneLine(String text) {
    String line = text.strip().replaceAll("\\s+", " ");
    return line.length() > 300 ? line.substring(0, 300) + " ..." : line;
  }
}

package dev.platter.remote.s3;

import dev.platter.remote.aws.AwsSettings;
import java.io.IOException;
import software.amazon.awssdk.core.exception.SdkException;

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
    return new S3Failure(what + ": " + AwsSettings.reason(e), e);
  }
}

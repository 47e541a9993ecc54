package dev.platter.remote.s3;

import dev.platter.remote.aws.AwsSettings;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;

/** A client as Amazon's tools would be set up here. */
final class S3Connection {
  private static final String SERVICE = "s3";

  /** How long one call may take in all, its repetitions too. */
  private static final Duration LONGEST_CALL = Duration.ofMinutes(30);

  private S3Connection() {}

  /**
   * Opens one; when and how often it asks again is as Amazon's library is set up.
   *
   * @param silence how long a server may be silent
   */
  static S3Client open(Duration silence) throws S3Failure {
    Optional<String> endpoint = AwsSettings.endpoint(SERVICE);
    try {
      S3ClientBuilder builder =
          S3Client.builder()
              .region(AwsSettings.region(endpoint.isPresent()))
              // Other servers than Amazon's do not know the newer checksums; parts have theirs.
              .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
              .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
              .httpClientBuilder(
                  UrlConnectionHttpClient.builder()
                      .connectionTimeout(silence)
                      .socketTimeout(silence))
              .overrideConfiguration(override -> override.apiCallTimeout(LONGEST_CALL));
      if (endpoint.isPresent()) {
        // As Amazon's tools do: a server of one's own seldom has a name for each bucket.
        builder.endpointOverride(URI.create(endpoint.get())).forcePathStyle(true);
      } else {
        builder.crossRegionAccessEnabled(true);
      }
      return builder.build();
    } catch (SdkException e) {
      throw S3Failure.of("S3", e);
    } catch (IllegalArgumentException | NullPointerException e) {
      throw new S3Failure("S3: the endpoint '" + endpoint.orElse("") + "' is no URL");
    }
  }
}

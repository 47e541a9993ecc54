package dev.platter.remote.s3;

import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.profiles.ProfileFile;
import software.amazon.awssdk.profiles.ProfileFileSystemSetting;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.regions.providers.DefaultAwsRegionProviderChain;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;

/**
 * A client as Amazon's tools would be set up here: by the environment ({@code AWS_ACCESS_KEY_ID},
 * {@code AWS_PROFILE}, {@code AWS_REGION}, {@code AWS_ENDPOINT_URL} ...), by {@code ~/.aws}, or by
 * the machine it runs on.
 */
final class S3Connection {
  /** How long a store may be silent, seconds; a property for those who know theirs. */
  private static final String TIMEOUT = "platter.s3.timeout";

  private static final int TIMEOUT_SECONDS = 60;

  /** How long one call may take in all, its repetitions too. */
  private static final Duration LONGEST_CALL = Duration.ofMinutes(30);

  private S3Connection() {}

  static S3Client open() throws S3Failure {
    Duration timeout = Duration.ofSeconds(Integer.getInteger(TIMEOUT, TIMEOUT_SECONDS));
    Optional<String> endpoint = endpoint();
    try {
      S3ClientBuilder builder =
          S3Client.builder()
              .region(region(endpoint.isPresent()))
              // Other servers than Amazon's do not know the newer checksums; parts have theirs.
              .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
              .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
              .httpClientBuilder(
                  UrlConnectionHttpClient.builder()
                      .connectionTimeout(timeout)
                      .socketTimeout(timeout))
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

  private static Optional<String> endpoint() {
    return setting("aws.endpointUrlS3", "AWS_ENDPOINT_URL_S3")
        .or(() -> setting("aws.endpointUrl", "AWS_ENDPOINT_URL"))
        .or(() -> ofProfile("endpoint_url"));
  }

  private static Region region(boolean hasEndpoint) {
    Optional<String> named =
        setting("aws.region", "AWS_REGION")
            .or(() -> setting("aws.region", "AWS_DEFAULT_REGION"))
            .or(() -> ofProfile("region"));
    if (named.isPresent()) {
      return Region.of(named.get());
    }
    // The machine is asked for its region only where Amazon is.
    return hasEndpoint
        ? Region.US_EAST_1
        : DefaultAwsRegionProviderChain.builder().build().getRegion();
  }

  private static Optional<String> setting(String property, String variable) {
    return Optional.ofNullable(System.getProperty(property))
        .or(() -> Optional.ofNullable(System.getenv(variable)))
        .filter(text -> !text.isBlank());
  }

  private static Optional<String> ofProfile(String key) {
    return ProfileFile.defaultProfileFile()
        .profile(ProfileFileSystemSetting.AWS_PROFILE.getStringValueOrThrow())
        .flatMap(profile -> profile.property(key));
  }
}

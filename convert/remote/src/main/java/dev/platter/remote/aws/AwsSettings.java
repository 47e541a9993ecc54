package dev.platter.remote.aws;

import java.util.Locale;
import java.util.Optional;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.profiles.ProfileFile;
import software.amazon.awssdk.profiles.ProfileFileSystemSetting;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.regions.providers.DefaultAwsRegionProviderChain;

/**
 * How Amazon's tools would be set up here: by the environment ({@code AWS_ACCESS_KEY_ID}, {@code
 * AWS_PROFILE}, {@code AWS_REGION}, {@code AWS_ENDPOINT_URL} ...), by {@code ~/.aws}, or by the
 * machine it runs on.
 */
public final class AwsSettings {
  private static final int MOST_SHOWN = 300;

  private AwsSettings() {}

  /**
   * The URL of the server that takes Amazon's place.
   *
   * @param service its name in lower case
   */
  public static Optional<String> endpoint(String service) {
    String name = service.toUpperCase(Locale.ROOT);
    String property = name.charAt(0) + service.substring(1);
    return setting("aws.endpointUrl" + property, "AWS_ENDPOINT_URL_" + name)
        .or(() -> setting("aws.endpointUrl", "AWS_ENDPOINT_URL"))
        .or(() -> ofProfile("endpoint_url"));
  }

  /** The region; the machine is asked for its own only where Amazon is. */
  public static Region region(boolean hasEndpoint) {
    Optional<String> named =
        setting("aws.region", "AWS_REGION")
            .or(() -> setting("aws.region", "AWS_DEFAULT_REGION"))
            .or(() -> ofProfile("region"));
    if (named.isPresent()) {
      return Region.of(named.get());
    }
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

  /** Why something failed, in one line. */
  public static String reason(SdkException e) {
    if (e instanceof AwsServiceException answer) {
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
    return line.length() > MOST_SHOWN ? line.substring(0, MOST_SHOWN) + " ..." : line;
  }
}

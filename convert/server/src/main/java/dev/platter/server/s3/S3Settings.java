package dev.platter.server.s3;

import dev.platter.server.config.StoreConfig;
import java.net.URI;
import java.time.Duration;

/**
 * What the settings say of a store that speaks S3.
 *
 * @param id the store's identifier
 * @param description for people
 * @param endpoint the server
 * @param region its region
 * @param bucket the bucket that has the images
 * @param accessKey who asks
 * @param secretKey what that is proved with
 * @param byPath whether the bucket is named in the path of URLs, not in the host
 * @param timeout how long the server may be silent
 * @param partSize of what images are sent in, bytes
 * @param createBucket whether the bucket is made where it is missing
 */
public record S3Settings(
    String id,
    String description,
    URI endpoint,
    String region,
    String bucket,
    String accessKey,
    String secretKey,
    boolean byPath,
    Duration timeout,
    int partSize,
    boolean createBucket) {
  private static final String HOST = "s3_store_host";

  public static S3Settings read(StoreConfig config) {
    return new S3Settings(
        config.id(),
        config.description(),
        endpoint(config),
        config.text("s3_store_region_name", "us-east-1"),
        config.required("s3_store_bucket"),
        config.required("s3_store_access_key"),
        config.required("s3_store_secret_key"),
        !config.text("s3_store_bucket_url_format", "path").equals("virtual"),
        Duration.ofSeconds(config.number("s3_store_timeout", 60, 1, 86_400)),
        (int) config.number("s3_store_large_object_chunk_size", 10, 5, 1024) << 20,
        config.flag("s3_store_create_bucket_on_put", false));
  }

  private static URI endpoint(StoreConfig config) {
    String host = config.required(HOST);
    try {
      return URI.create(host.contains("://") ? host : "https://" + host);
    } catch (IllegalArgumentException e) {
      throw config.wrong(HOST, "is no URL");
    }
  }

  @Override
  public String toString() {
    return "S3Settings[" + id + "]"; // without what opens it
  }
}

package dev.platter.server.s3;

import dev.platter.service.store.ImageIds;
import dev.platter.service.store.Store;
import dev.platter.service.store.StoreException;
import dev.platter.service.store.StoreException.Kind;
import dev.platter.service.store.StoreWriter;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.util.OptionalLong;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;
import software.amazon.awssdk.services.s3.model.S3Exception;

/**
 * Images as objects in a bucket, on any server that speaks S3. An image comes in parts (a multipart
 * upload), of which nobody sees anything before the last one is there.
 */
public final class S3Store implements Store {
  private final String id;
  private final String description;
  private final String bucket;
  private final int partSize;
  private final S3Client client;

  private S3Store(String id, String description, String bucket, int partSize, S3Client client) {
    this.id = id;
    this.description = description;
    this.bucket = bucket;
    this.partSize = partSize;
    this.client = client;
  }

  /** Opens a store; asks for its bucket only where that is to be made. */
  public static S3Store open(S3Settings settings) {
    S3Client client =
        S3Client.builder()
            .endpointOverride(settings.endpoint())
            .region(Region.of(settings.region()))
            .credentialsProvider(
                StaticCredentialsProvider.create(
                    AwsBasicCredentials.create(settings.accessKey(), settings.secretKey())))
            .forcePathStyle(settings.byPath())
            // Servers other than Amazon's do not know the newer checksums.
            .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
            .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
            .httpClientBuilder(
                UrlConnectionHttpClient.builder()
                    .connectionTimeout(settings.timeout())
                    .socketTimeout(settings.timeout()))
            // A server that sends a byte now and then does not hold an import for ever, either.
            .overrideConfiguration(
                override -> override.apiCallTimeout(settings.timeout().multipliedBy(10)))
            .build();
    S3Store store =
        new S3Store(
            settings.id(), settings.description(), settings.bucket(), settings.partSize(), client);
    if (settings.createBucket()) {
      store.createBucket();
    }
    return store;
  }

  private void createBucket() {
    try {
      client.headBucket(request -> request.bucket(bucket));
    } catch (S3Exception e) {
      client.createBucket(request -> request.bucket(bucket));
    }
  }

  @Override
  public String id() {
    return id;
  }

  @Override
  public String description() {
    return description;
  }

  /** Where an image of this identifier lies. */
  public String locationOf(String imageId) {
    return "s3://" + bucket + "/" + ImageIds.checked(imageId);
  }

  private String keyOf(String location) throws StoreException {
    String prefix = "s3://" + bucket + "/";
    if (!location.startsWith(prefix) || !ImageIds.valid(location.substring(prefix.length()))) {
      throw new StoreException(Kind.NOT_FOUND, id, "no location of this store: " + location);
    }
    return location.substring(prefix.length());
  }

  @Override
  public StoreWriter begin(String imageId, OptionalLong expectedSize) throws IOException {
    String location = locationOf(imageId);
    if (exists(location)) {
      throw new StoreException(Kind.DUPLICATE, id, "it has image " + imageId + " already");
    }
    return new S3Writer(client, id, bucket, imageId, location, partSize, expectedSize);
  }

  @Override
  public Storage open(String location) throws IOException {
    String key = keyOf(location);
    try {
      HeadObjectResponse head = client.headObject(request -> request.bucket(bucket).key(key));
      return new S3Storage(client, location, bucket, key, head.contentLength(), head.eTag());
    } catch (NoSuchKeyException e) {
      throw new StoreException(Kind.NOT_FOUND, id, "there is no " + location, e);
    } catch (SdkException e) {
      throw unavailable(id, e);
    }
  }

  @Override
  public boolean exists(String location) throws IOException {
    String key = keyOf(location);
    try {
      client.headObject(request -> request.bucket(bucket).key(key));
      return true;
    } catch (NoSuchKeyException e) {
      return false;
    } catch (SdkException e) {
      throw unavailable(id, e);
    }
  }

  @Override
  public boolean holdsImages() throws IOException {
    try {
      return client
          .listObjectsV2(request -> request.bucket(bucket).maxKeys(100))
          .contents()
          .stream()
          .anyMatch(object -> ImageIds.valid(object.key()));
    } catch (SdkException e) {
      throw unavailable(id, e);
    }
  }

  @Override
  public boolean delete(String location) throws IOException {
    boolean there = exists(location);
    String key = keyOf(location);
    try {
      client.deleteObject(request -> request.bucket(bucket).key(key));
      return there;
    } catch (SdkException e) {
      throw unavailable(id, e);
    }
  }

  static StoreException unavailable(String id, SdkException reason) {
    return new StoreException(Kind.UNAVAILABLE, id, reason.getMessage(), reason);
  }
}

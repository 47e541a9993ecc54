package dev.platter.remote.s3;

import dev.platter.storage.ForwardingStorage;
import dev.platter.storage.NewStorage;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.time.Duration;
import software.amazon.awssdk.services.s3.S3Client;

/** What is opened with a client of its own; the library is loaded with this class. */
final class Opened {
  private Opened() {}

  static Storage open(S3Name name, Duration silence) throws IOException {
    S3Client client = S3Connection.open(silence);
    try {
      return new Owning(object(client, name).open(), client);
    } catch (Throwable e) {
      client.close();
      throw e;
    }
  }

  static NewStorage create(S3Name name, PartSizes sizes, boolean replaces, Duration silence)
      throws IOException {
    S3Client client = S3Connection.open(silence);
    try {
      return S3Upload.begin(object(client, name), sizes, replaces, client::close);
    } catch (Throwable e) {
      client.close();
      throw e;
    }
  }

  private static S3Object object(S3Client client, S3Name name) {
    return new S3Object(client, name.bucket(), name.key(), name.toString());
  }

  /** A storage that closes its client. */
  private static final class Owning extends ForwardingStorage {
    private final S3Client client;

    Owning(Storage object, S3Client client) {
      super(object.name(), object);
      this.client = client;
    }

    @Override
    public void close() throws IOException {
      super.close();
      client.close();
    }
  }
}

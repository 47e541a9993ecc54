package dev.platter.remote.web;

import dev.platter.remote.azure.NewPageBlob;
import dev.platter.remote.http.HttpException;
import dev.platter.remote.http.WebFiles;
import dev.platter.storage.Location;
import dev.platter.storage.NamedSecrets;
import dev.platter.storage.NewStorage;
import dev.platter.storage.Storage;
import dev.platter.storage.StorageOption;
import dev.platter.storage.StorageProvider;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What URLs name: files of web servers, to be read ({@code http://…}, {@code https://…}, and QEMU's
 * options {@code url}, {@code readahead}, {@code timeout}, {@code sslverify}, {@code cookie} or
 * {@code cookie-secret}, {@code username} with {@code password-secret}, {@code proxy-username} with
 * {@code proxy-password-secret}), and new page blobs in Azure.
 */
public final class WebProvider implements StorageProvider {
  private final Map<String, String> environment;

  /** Found by {@link java.util.ServiceLoader}. */
  public WebProvider() {
    this.environment = System.getenv();
  }

  @Override
  public List<String> schemes() {
    return List.of("http", "https");
  }

  @Override
  public Storage openForReading(Location location) throws IOException {
    return openForReading(location, NamedSecrets.NONE);
  }

  @Override
  public Storage openForReading(Location location, NamedSecrets secrets) throws IOException {
    return WebFiles.open(location, secrets);
  }

  @Override
  public WritableStorage openForWriting(Location location) throws IOException {
    throw new HttpException("files on web servers are only read");
  }

  @Override
  public List<StorageOption> newOptions() {
    return NewPageBlob.OPTIONS;
  }

  @Override
  public Optional<NewStorage> create(Location location, Map<String, String> options)
      throws IOException {
    String url = location.toString();
    if (!location.options().isEmpty() || !NewPageBlob.isMeant(url, options)) {
      throw new HttpException(
          "files on web servers are only read; page_blob=on says that it is a blob in Azure");
    }
    return Optional.of(NewPageBlob.begin(url, options, environment));
  }

  @Override
  public Location beside(Location base, String name) throws IOException {
    return WebFiles.beside(base, name);
  }
}

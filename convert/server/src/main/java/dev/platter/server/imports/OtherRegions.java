package dev.platter.server.imports;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.platter.server.config.ImportOptions;
import dev.platter.server.http.Json;
import dev.platter.server.image.ImageFields;
import dev.platter.server.image.ImageSchema;
import dev.platter.server.keystone.KeystoneException;
import dev.platter.server.keystone.KeystoneSession;
import dev.platter.service.ImportException;
import dev.platter.service.ImportException.Reason;
import dev.platter.service.WebClient;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodySubscribers;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;

/**
 * Image services of other regions that Keystone's catalogue names. They are asked with the token of
 * the caller, who sees there what the caller may see. For any thread.
 */
public final class OtherRegions implements AutoCloseable {
  private static final Duration TIMEOUT = Duration.ofSeconds(60);
  private static final int LARGEST_RECORD = 4 << 20;

  private final KeystoneSession session;
  private final List<String> prefixes;
  private final HttpClient client;
  private final Duration stall;
  private final ScheduledExecutorService clock =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("other-regions").factory());

  /**
   * What an image there says of itself.
   *
   * @param properties those that go with it
   */
  record Description(
      String diskFormat, String containerFormat, long size, SortedMap<String, String> properties) {
    /** What a record says then. */
    ImageFields over(ImageFields fields) {
      SortedMap<String, String> all = new TreeMap<>(fields.properties());
      all.putAll(properties);
      return new ImageFields(
          fields.name(),
          fields.visibility(),
          fields.owner(),
          diskFormat == null ? fields.diskFormat() : diskFormat,
          containerFormat == null ? fields.containerFormat() : containerFormat,
          fields.minDisk(),
          fields.minRam(),
          fields.isProtected(),
          fields.hidden(),
          all,
          fields.tags());
    }
  }

  /** An image there. */
  record Source(String region, String visibility, String imageId, String token) {
    /** Tokens are in no log. */
    @Override
    public String toString() {
      return "image " + imageId + " in region " + region;
    }
  }

  /**
   * As the settings say.
   *
   * @param stall how many seconds nothing may come
   */
  public static OtherRegions open(ImportOptions.Regions regions, int stall) throws IOException {
    return new OtherRegions(
        regions.login().open(),
        regions.properties(),
        regions.login().tls(),
        Duration.ofSeconds(stall));
  }

  /**
   * @param prefixes properties that begin so go with an image
   * @param tls whom to believe
   * @param stall how long nothing may come, in whole seconds
   */
  OtherRegions(KeystoneSession session, List<String> prefixes, SSLContext tls, Duration stall) {
    this.stall = stall;
    this.session = session;
    this.prefixes = List.copyOf(prefixes);
    client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(10))
            .sslContext(tls)
            .build();
  }

  Description describe(Source source) throws IOException {
    HttpResponse<InputStream> response = ask(source, "");
    byte[] body;
    try (InputStream input = response.body()) {
      body = input.readNBytes(LARGEST_RECORD + 1);
    }
    if (body.length > LARGEST_RECORD) {
      throw failed(source + ": the record is too large", null);
    }
    try {
      return read(source, Json.parse(new String(body, StandardCharsets.UTF_8)));
    } catch (JsonProcessingException e) {
      throw failed(source + ": the answer is no JSON", e);
    }
  }

  private Description read(Source source, JsonNode image) throws ImportException {
    String status = image.path("status").asText();
    if (!status.equals("active")) {
      throw failed(source + " is not active: " + status, null);
    }
    JsonNode size = image.path("size");
    if (!size.canConvertToLong() || size.longValue() < 0) {
      throw failed(source + ": the record has no size", null);
    }
    SortedMap<String, String> properties = new TreeMap<>();
    for (Map.Entry<String, JsonNode> member : image.properties()) {
      String name = member.getKey();
      boolean wanted =
          prefixes.stream().anyMatch(name::startsWith)
              && ImageSchema.isProperty(name)
              && !name.startsWith(ImageSchema.OWN_PREFIX);
      if (wanted && member.getValue().isTextual()) {
        properties.put(name, member.getValue().textValue());
      }
    }
    return new Description(
        image.path("disk_format").textValue(),
        image.path("container_format").textValue(),
        size.longValue(),
        properties);
  }

  /** Gives the bytes of one image, which must have the size that was said. */
  WebClient data(Source source, long size) {
    return uri -> {
      HttpResponse<InputStream> response = ask(source, "/file");
      OptionalLong length = response.headers().firstValueAsLong("Content-Length");
      if (length.isPresent() && length.getAsLong() != size) {
        response.body().close();
        throw failed(
            "%s has %d bytes, its record says %d".formatted(source, length.getAsLong(), size),
            null);
      }
      return new Answer(response.body(), size);
    };
  }

  private HttpResponse<InputStream> ask(Source source, String what) throws IOException {
    try {
      URI service =
          session
              .endpoint(
                  "image", Optional.empty(), source.visibility(), Optional.of(source.region()))
              .orElseThrow(
                  () -> failed("there is no image service in region " + source.region(), null));
      String base = service.toString().replaceFirst("/+$", "").replaceFirst("/v2$", "");
      HttpRequest request =
          HttpRequest.newBuilder(URI.create(base + "/v2/images/" + source.imageId() + what))
              .timeout(TIMEOUT)
              .header("X-Auth-Token", source.token())
              .build();
      HttpResponse<InputStream> response =
          client.send(request, answer -> BodySubscribers.ofInputStream());
      if (response.statusCode() != 200) {
        response.body().close();
        throw failed(source + ": the answer is " + response.statusCode(), null);
      }
      return response;
    } catch (KeystoneException e) {
      throw failed("regions cannot be asked for: " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ImportException(Reason.CANCELLED, "the import was cancelled", e);
    } catch (ImportException e) {
      throw e;
    } catch (IOException | IllegalArgumentException e) {
      throw failed(source + ": " + e.getMessage(), e);
    }
  }

  private static ImportException failed(String message, Throwable cause) {
    return new ImportException(Reason.DOWNLOAD_FAILED, message, cause);
  }

  /** Bytes on their way; when none come for too long, there are no more. */
  private final class Answer implements WebClient.Download {
    private final ExactInput input;
    private final long length;
    private final ScheduledFuture<?> watch;
    private long seen = -1;

    Answer(InputStream body, long length) {
      input = new ExactInput(body, length);
      this.length = length;
      long seconds = stall.toSeconds();
      watch = clock.scheduleWithFixedDelay(this::endIfStalled, seconds, seconds, TimeUnit.SECONDS);
    }

    private void endIfStalled() {
      long left = input.left();
      if (left == seen) {
        abort();
      }
      seen = left;
    }

    @Override
    public ReadableByteChannel body() {
      return Channels.newChannel(input);
    }

    @Override
    public OptionalLong size() {
      return OptionalLong.of(length);
    }

    @Override
    public void abort() {
      try {
        input.close();
      } catch (IOException e) {
        // It ends all the same.
      }
    }

    @Override
    public void close() throws IOException {
      watch.cancel(false);
      input.close();
    }
  }

  @Override
  public void close() {
    client.shutdownNow();
    clock.shutdownNow();
  }
}

package dev.platter.remote.ebs;

import dev.platter.remote.aws.AwsSettings;
import dev.platter.remote.http.Answer;
import dev.platter.remote.http.Attempts;
import dev.platter.remote.http.HttpException;
import dev.platter.remote.http.Patience;
import dev.platter.remote.http.WebConnection;
import dev.platter.remote.http.WebRequest;
import java.io.ByteArrayInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.http.SdkHttpMethod;
import software.amazon.awssdk.http.SdkHttpRequest;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4HttpSigner;
import software.amazon.awssdk.http.auth.spi.signer.SignedRequest;
import software.amazon.awssdk.protocols.jsoncore.JsonNode;
import software.amazon.awssdk.regions.Region;

/**
 * EBS's direct API: five requests, signed with the credentials that Amazon's tools would find here.
 * What may pass is tried again. For any number of threads.
 */
final class Service implements Closeable {
  /** The one size of blocks that there is, bytes. */
  static final int BLOCK = 512 << 10;

  private static final String NAME = "ebs";
  private static final int MOST_TEXT = 1 << 20;
  private static final int MOST_SHOWN = 300;
  private static final Set<String> PASSING =
      Set.of("ThrottlingException", "RequestThrottledException", "RequestLimitExceeded");

  private final URI base;
  private final String region;
  private final AwsCredentialsProvider credentials;
  private final WebConnection connection;
  private final AwsV4HttpSigner signer = AwsV4HttpSigner.create();

  private Service(
      URI base, String region, AwsCredentialsProvider credentials, WebConnection connection) {
    this.base = base;
    this.region = region;
    this.credentials = credentials;
    this.connection = connection;
  }

  /**
   * One request.
   *
   * @param query and {@code headers}: beside those that all have
   * @param body perhaps empty
   */
  record Call(
      String method,
      String path,
      Map<String, String> query,
      Map<String, String> headers,
      byte[] body) {}

  /** Takes what is wanted from an answer that is one. */
  interface Reader<T> {
    /** An error that is no {@link HttpException} has the request repeated. */
    T read(Answer answer) throws IOException;
  }

  /** As the environment says. */
  static Service open(Patience patience) throws IOException {
    Optional<String> endpoint = AwsSettings.endpoint(NAME);
    try {
      Region region = AwsSettings.region(endpoint.isPresent());
      String domain = "amazonaws.com" + (region.id().startsWith("cn-") ? ".cn" : "");
      URI base = URI.create(endpoint.orElse("https://ebs." + region.id() + "." + domain));
      if (base.getHost() == null) {
        throw new IllegalArgumentException("no host");
      }
      return new Service(
          base,
          region.id(),
          DefaultCredentialsProvider.builder().build(),
          new WebConnection(System.getenv(), patience));
    } catch (SdkException e) {
      throw new HttpException("EBS: " + AwsSettings.reason(e), e);
    } catch (IllegalArgumentException e) {
      throw new HttpException("EBS: the endpoint '" + endpoint.orElse("") + "' is no URL", e);
    }
  }

  /** How long whoever repeats what failed waits. */
  Patience patience() {
    return connection.patience();
  }

  /**
   * Asks, as often as it may help.
   *
   * @param what is tried, of what, for messages
   * @throws Refusal if the service says no
   */
  <T> T ask(String what, Call call, Reader<T> reader) throws HttpException {
    try {
      return Attempts.repeated(
          patience(),
          () -> {
            try (Answer answer = connection.send(signed(call))) {
              if (answer.status() / 100 != 2) {
                throw refused(answer);
              }
              return reader.read(answer);
            }
          });
    } catch (Refusal e) {
      throw new Refusal(e.kind(), what + ": " + e.getMessage());
    } catch (HttpException e) {
      throw new HttpException(what + ": " + e.getMessage(), e);
    }
  }

  /** The same, of which the answer is JSON. */
  JsonNode json(String what, Call call) throws HttpException {
    return ask(what, call, answer -> parsed(text(answer)));
  }

  private WebRequest signed(Call call) throws HttpException {
    SdkHttpRequest.Builder request =
        SdkHttpRequest.builder()
            .uri(base)
            .encodedPath(base.getRawPath().replaceFirst("/$", "") + call.path())
            .method(SdkHttpMethod.fromValue(call.method()));
    call.query().forEach(request::putRawQueryParameter);
    call.headers().forEach(request::putHeader);
    SignedRequest signed;
    try {
      signed =
          signer.sign(sign ->
              sign.identity(credentials.resolveCredentials())
                  .request(request.build())
                  .payload(() -> new ByteArrayInputStream(call.body()))
                  .putProperty(AwsV4HttpSigner.SERVICE_SIGNING_NAME, NAME)
                  .putProperty(AwsV4HttpSigner.REGION_NAME, region));
    } catch (SdkException e) {
      throw new HttpException(AwsSettings.reason(e), e);
    }
    Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    headers.put("User-Agent", "Platter");
    signed.request().headers().forEach((name, values) -> headers.put(name, values.getFirst()));
    headers.remove("Host"); // which the connection says by itself, as it does how long the body is
    headers.remove("Content-Length");
    URI uri = signed.request().getUri();
    WebRequest.Content content = WebRequest.Content.of(call.body(), 0, call.body().length);
    return call.body().length == 0
        ? WebRequest.of(call.method(), uri, headers)
        : WebRequest.of(call.method(), uri, headers, content);
  }

  private static String text(Answer answer) throws IOException {
    byte[] bytes = new byte[MOST_TEXT];
    int count = answer.readAll(ByteBuffer.wrap(bytes));
    if (count == MOST_TEXT) {
      throw new HttpException("an answer of more than " + MOST_TEXT + " bytes");
    }
    return new String(Arrays.copyOf(bytes, count), StandardCharsets.UTF_8);
  }

  private static JsonNode parsed(String text) throws IOException {
    JsonNode json;
    try {
      json = JsonNode.parser().parse(text);
    } catch (RuntimeException e) { // whatever its library throws
      throw new IOException("an answer that is no JSON", e);
    }
    if (json == null || !json.isObject()) { // of nothing it makes null
      throw new IOException("an answer that is no JSON");
    }
    return json;
  }

  private static IOException refused(Answer answer) {
    String kind = answer.header("x-amzn-ErrorType").orElse("");
    kind = kind.substring(0, kind.indexOf(':') < 0 ? kind.length() : kind.indexOf(':'));
    String said = kind;
    try {
      JsonNode error = parsed(text(answer));
      said = error.field("Message").or(() -> error.field("message")).map(JsonNode::text).orElse("");
    } catch (IOException e) {
      // The kind says enough.
    }
    String line = (said == null ? "" : said).strip().replaceAll("\\s+", " ");
    line = line.substring(0, Math.min(MOST_SHOWN, line.length()));
    String message = "status " + answer.status() + (line.isEmpty() ? "" : ", " + line);
    boolean passes = Attempts.isPassing(answer.status()) || PASSING.contains(kind);
    return passes ? new IOException(message) : new Refusal(kind, message);
  }

  /** A whole number in an answer; negative: there is none. */
  static long number(JsonNode json, String name) {
    String text = json.field(name).filter(JsonNode::isNumber).map(JsonNode::asNumber).orElse("");
    return text.matches("[0-9]{1,18}") ? Long.parseLong(text) : -1;
  }

  /** A text in an answer; empty: there is none. */
  static String text(JsonNode json, String name) {
    return json.field(name).filter(JsonNode::isString).map(JsonNode::asString).orElse("");
  }

  /** What goes between quotes in JSON, of printable characters. */
  static String quoted(String text) {
    return "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
  }

  @Override
  public void close() {
    connection.close();
  }
}

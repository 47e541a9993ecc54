package dev.platter.server.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.platter.server.identity.Caller;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Fields;

/** One request and its answer. Used by the one thread that answers it. */
public final class Call implements AutoCloseable {
  private final Request request;
  private final Response response;
  private final Map<String, String> variables;
  private final Caller caller;
  private final Documents.Place place;
  private final Duration silence;
  private RequestBody body;
  private boolean answered;

  /**
   * @param place for the request's document
   * @param silence how long the sender of the body may send nothing
   */
  Call(
      Request request,
      Response response,
      Map<String, String> variables,
      Caller caller,
      Documents.Place place,
      Duration silence) {
    this.silence = silence;
    this.place = place;
    this.request = request;
    this.response = response;
    this.variables = variables;
    this.caller = caller;
  }

  /** Who asks. */
  public Caller caller() {
    return caller;
  }

  public String method() {
    return request.getMethod();
  }

  /** The path and the query, as they were sent. */
  public String pathQuery() {
    return request.getHttpURI().getPathQuery();
  }

  /** The value of a variable of the route's template. */
  public String variable(String name) {
    return variables.get(name);
  }

  /** A header's value as it was sent. */
  public Optional<String> header(String name) {
    return Optional.ofNullable(request.getHeaders().get(name)).map(String::strip);
  }

  /**
   * A header's value, decoded where it is percent-encoded, as one of the clients sends all values.
   */
  public Optional<String> decodedHeader(String name) {
    return header(name).map(Call::decode);
  }

  private static String decode(String text) {
    try {
      return WireText.percentDecode(text, "A header");
    } catch (ApiException e) {
      return text;
    }
  }

  /** The parameters of the query, decoded, in order; names may repeat. */
  public List<Map.Entry<String, String>> query() {
    Fields fields = queryFields();
    return fields.stream()
        .flatMap(field -> field.getValues().stream().map(v -> Map.entry(field.getName(), v)))
        .toList();
  }

  private Fields queryFields() {
    Fields fields;
    try {
      fields = Request.extractQueryParameters(request, StandardCharsets.UTF_8);
    } catch (RuntimeException e) {
      throw ApiException.badRequest("The query string cannot be decoded");
    }
    for (Fields.Field field : fields) {
      WireText.check(field.getName(), "The query string");
      field.getValues().forEach(value -> WireText.check(value, "The query string"));
    }
    return fields;
  }

  /** The last value of a parameter of the query. */
  public Optional<String> query(String name) {
    return query().stream()
        .filter(entry -> entry.getKey().equals(name))
        .map(Map.Entry::getValue)
        .reduce((first, second) -> second);
  }

  /** The body's content type without its parameters, in lower case; empty when there is none. */
  public String contentType() {
    String type = header("Content-Type").orElse("");
    int end = type.indexOf(';');
    return (end < 0 ? type : type.substring(0, end)).strip().toLowerCase(Locale.ROOT);
  }

  /** How long the body says that it is; nothing when it is chunked. */
  public OptionalLong contentLength() {
    long length = request.getLength();
    return length < 0 ? OptionalLong.empty() : OptionalLong.of(length);
  }

  /**
   * The body's bytes. It blocks, and stays this call's. A body that breaks off is a {@link
   * BrokenBodyException}.
   */
  public ReadableByteChannel body() {
    if (body == null) {
      body = new RequestBody(request, silence);
    }
    return body;
  }

  /** The body as JSON. */
  public JsonNode json() throws IOException {
    String text = WireText.decode(place.read(Channels.newInputStream(body())), "The request body");
    try {
      JsonNode node = Json.parseForeign(text);
      if (node == null || node.isMissingNode()) {
        throw ApiException.badRequest("JSON document expected, the body is empty");
      }
      return node;
    } catch (JsonProcessingException e) {
      throw ApiException.badRequest("Malformed JSON in request body: " + e.getOriginalMessage());
    }
  }

  /** The body as a JSON object. */
  public ObjectNode jsonObject() throws IOException {
    if (json() instanceof ObjectNode object) {
      return object;
    }
    throw ApiException.badRequest("A JSON object is expected in the request body");
  }

  /** The scheme, host and port that the caller used for the service. */
  public String baseUrl() {
    String scheme = request.getHttpURI().getScheme();
    return (scheme == null ? "http" : scheme)
        + "://"
        + header("Host").orElseGet(() -> Request.getServerName(request));
  }

  /** Sets a header of the answer, before its status is sent. */
  public Call withHeader(String name, String value) {
    response.getHeaders().put(name, value);
    return this;
  }

  /** Answers with a JSON document. */
  public void answer(int status, JsonNode document) throws IOException {
    answer(status, "application/json", output -> Json.write(document, output));
  }

  /** Makes the content of an answer. */
  @FunctionalInterface
  public interface Body {
    void writeTo(OutputStream output) throws IOException;
  }

  /** Answers with content that is made while it is sent; if that fails, the answer is cut off. */
  public void answer(int status, String contentType, Body content) throws IOException {
    if (method().equals("HEAD")) {
      answer(status, contentType, -1).close();
      return;
    }
    AnswerStream output = new AnswerStream(length -> answer(status, contentType, length));
    content.writeTo(output);
    output.close(); // Only now: an answer that was not made whole must not end well.
  }

  /** Answers with bytes that are at hand. */
  public void answer(int status, String contentType, byte[] content) throws IOException {
    try (OutputStream output = answer(status, contentType, content.length)) {
      if (!method().equals("HEAD")) {
        output.write(content);
      }
    }
  }

  /** Answers without content. */
  public void answer(int status) throws IOException {
    answered = true;
    response.setStatus(status);
    if (status != 204 && status != 304) {
      response.getHeaders().put(HttpHeader.CONTENT_LENGTH, 0);
    }
    output().close();
  }

  /**
   * Begins an answer whose content follows.
   *
   * @param length of the content; -1: nobody knows it
   * @return where the content goes; closing it ends the answer
   */
  public OutputStream answer(int status, String contentType, long length) {
    begin(status, contentType, length);
    return output();
  }

  private void begin(int status, String contentType, long length) {
    answered = true;
    response.setStatus(status);
    response.getHeaders().put(HttpHeader.CONTENT_TYPE, contentType);
    if (length >= 0) {
      response.getHeaders().put(HttpHeader.CONTENT_LENGTH, length);
    }
  }

  /** Where the content of an answer goes that is sent as it lies in memory. */
  @FunctionalInterface
  public interface Sender {
    /**
     * Sends bytes, and returns when they may be overwritten.
     *
     * @param bytes outside of the heap they are sent without a copy
     * @param last whether the answer ends with them
     */
    void send(ByteBuffer bytes, boolean last) throws IOException;
  }

  /** Begins an answer of so many bytes, which are sent from buffers of the caller's. */
  public Sender send(int status, String contentType, long length) {
    begin(status, contentType, length);
    return (bytes, last) -> Content.Sink.write(response, last, bytes);
  }

  /** Cuts the connection, from any thread: whoever reads or writes there is told by an error. */
  public void cutOff() {
    request.getConnectionMetaData().getConnection().getEndPoint().close();
  }

  private OutputStream output() {
    return Content.Sink.asOutputStream(response);
  }

  boolean answered() {
    return answered;
  }

  Request request() {
    return request;
  }

  /** Gives back what was not read of the body. */
  @Override
  public void close() {
    if (body != null) {
      body.close();
    }
  }
}

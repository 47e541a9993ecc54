package dev.platter.server.imports;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.platter.server.http.Json;
import dev.platter.server.identity.Caller;
import dev.platter.server.identity.Credentials;
import dev.platter.server.identity.Scope;
import dev.platter.server.image.Image;
import dev.platter.server.image.Location;
import dev.platter.server.image.ValidationData;
import dev.platter.service.HashAlgorithm;
import dev.platter.service.signature.ImageSignature;
import dev.platter.service.store.Store;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * What is to be done to an image, as it lies in the database until it is. It may hold what is
 * secret, a token or a signed URI, and is nothing for logs and answers.
 */
sealed interface Order {
  /** The image that it is about. */
  String imageId();

  /** The same as a document. */
  ObjectNode json();

  /** What becomes of an image whose import fails. */
  enum OnFailure {
    /** It can be imported once more. */
    REQUEUE,
    /** It was made for the import alone. */
    DELETE
  }

  /**
   * To bring an image into stores.
   *
   * @param stores the identifiers of those it goes to
   * @param caller who asks for it
   * @param token the caller's, for other services
   */
  record Import(
      String imageId,
      ImportRequest request,
      List<String> stores,
      OnFailure then,
      Caller caller,
      Optional<String> token)
      implements Order {
    static Import of(
        Image image,
        ImportRequest request,
        List<Store> targets,
        Caller caller,
        Optional<String> token) {
      // Other regions, and key managers that have certificates, are asked in the caller's name.
      boolean needsToken =
          request.region() != null
              || image.fields().properties().containsKey(ImageSignature.CERTIFICATE_UUID);
      return new Import(
          image.id(),
          request,
          targets.stream().map(Store::id).toList(),
          OnFailure.REQUEUE,
          caller,
          needsToken ? token : Optional.empty());
    }

    @Override
    public ObjectNode json() {
      ObjectNode json = Json.object().put("kind", "import").put("image_id", imageId);
      json.set("request", request.json());
      json.set("stores", Json.array(stores));
      json.put("then", then.name());
      json.set("caller", write(caller));
      token.ifPresent(text -> json.put("token", text));
      return json;
    }

    /** Tokens are in no log. */
    @Override
    public String toString() {
      return "import of image " + imageId;
    }
  }

  /** To note where data lie, and to read them once for their digests. */
  record Place(String imageId, Location location, Optional<ValidationData> validation)
      implements Order {
    @Override
    public ObjectNode json() {
      ObjectNode json = Json.object().put("kind", "place").put("image_id", imageId);
      json.put("url", location.url()).put("store", location.store());
      json.put("metadata", location.metadata());
      validation.ifPresent(said ->
          json.putObject("validation")
              .put("algorithm", said.algorithm().apiName())
              .put("value", said.value())
              .put("checksum", said.checksum()));
      return json;
    }

    /** Whatever a URL holds is in no log. */
    @Override
    public String toString() {
      return "location of image " + imageId;
    }
  }

  /** The order as bytes, for {@link #read}. */
  default byte[] bytes() {
    return Json.text(json()).getBytes(StandardCharsets.UTF_8);
  }

  static Order read(byte[] bytes) {
    JsonNode json = Json.parseOwn(new String(bytes, StandardCharsets.UTF_8));
    String imageId = json.path("image_id").textValue();
    if (json.path("kind").asText().equals("place")) {
      Location location =
          new Location(
              json.path("url").textValue(),
              json.path("store").textValue(),
              json.path("metadata").textValue());
      return new Place(imageId, location, validation(json.path("validation")));
    }
    return new Import(
        imageId,
        ImportRequest.parse((ObjectNode) json.path("request"), Optional.empty()),
        texts(json.path("stores")),
        OnFailure.valueOf(json.path("then").asText()),
        caller(json.path("caller")),
        Optional.ofNullable(json.path("token").textValue()));
  }

  private static Optional<ValidationData> validation(JsonNode json) {
    return HashAlgorithm.named(json.path("algorithm").asText())
        .map(algorithm ->
            new ValidationData(
                algorithm, json.path("value").textValue(), json.path("checksum").textValue()));
  }

  /** What rules may ask of who asks, once the request is gone. */
  private static ObjectNode write(Caller caller) {
    Credentials who = caller.credentials();
    ObjectNode json = Json.object();
    json.put("user", who.userId()).put("user_domain", who.userDomainId());
    json.put("scope", who.scope().kind().name()).put("scope_id", who.scope().id());
    json.put("scope_domain", who.scope().domainId());
    json.set("roles", Json.array(who.roles()));
    json.set("service_roles", Json.array(who.serviceRoles()));
    json.put("admin", caller.isAdmin()).put("request_id", caller.requestId());
    return json;
  }

  private static Caller caller(JsonNode json) {
    Credentials who =
        new Credentials(
            json.path("user").textValue(),
            json.path("user_domain").textValue(),
            new Scope(
                Scope.Kind.valueOf(json.path("scope").asText()),
                json.path("scope_id").textValue(),
                json.path("scope_domain").textValue()),
            Set.copyOf(texts(json.path("roles"))),
            Optional.empty());
    Set<String> service = new TreeSet<>(texts(json.path("service_roles")));
    if (!service.isEmpty()) {
      who = who.through(new Credentials(null, null, Scope.NONE, service, Optional.empty()));
    }
    return new Caller(who, json.path("admin").asBoolean(), json.path("request_id").textValue());
  }

  private static List<String> texts(JsonNode list) {
    List<String> texts = new ArrayList<>();
    list.forEach(text -> texts.add(text.textValue()));
    return texts;
  }
}

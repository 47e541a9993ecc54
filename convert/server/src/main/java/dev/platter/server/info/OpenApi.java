package dev.platter.server.info;

import dev.platter.server.http.Call;
import dev.platter.server.http.Router;
import java.io.IOException;
import java.io.InputStream;

/** The description of the interface (OpenAPI), as it lies beside the code. */
public final class OpenApi {
  /** The resource that holds it. */
  static final String RESOURCE = "openapi.json";

  private final byte[] document;

  public OpenApi() throws IOException {
    try (InputStream stream = OpenApi.class.getResourceAsStream(RESOURCE)) {
      document = stream.readAllBytes();
    }
  }

  public void addTo(Router router) {
    router.get("/openapi.json", this::answer);
  }

  private void answer(Call call) throws IOException {
    call.answer(200, "application/json", document);
  }
}

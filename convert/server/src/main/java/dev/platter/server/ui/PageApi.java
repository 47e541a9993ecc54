package dev.platter.server.ui;

import dev.platter.server.http.ApiException;
import dev.platter.server.http.Call;
import dev.platter.server.http.Router;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The page at {@code /ui}: files from the service's own jar, which ask the service's interface as
 * every other client does, and may no more than whoever looks at them. The page loads nothing from
 * elsewhere and runs no script but these files.
 */
public final class PageApi {
  /** All files, by the names under which they are asked for. */
  private static final List<String> FILES =
      List.of(
          "index.html",
          "style.css",
          "icon.svg",
          "app.js",
          "add.js",
          "api.js",
          "bring.js",
          "convert.js",
          "dom.js",
          "guess.js",
          "image.js",
          "images.js",
          "signs.js",
          "stores.js",
          "task.js",
          "text.js");

  private static final String PAGE = "index.html";

  private static final Map<String, String> TYPES =
      Map.of(
          "html", "text/html; charset=UTF-8",
          "css", "text/css; charset=UTF-8",
          "js", "text/javascript; charset=UTF-8",
          "svg", "image/svg+xml");

  /** No markup that is made at run time becomes script, and no other page may frame this one. */
  private static final String POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self';"
          + " base-uri 'none'; form-action 'none'; frame-ancestors 'none';"
          + " require-trusted-types-for 'script'; trusted-types 'none'";

  private final Map<String, Asset> assets = new TreeMap<>();

  /**
   * @param tag tells this content from every other
   */
  private record Asset(String type, byte[] content, String tag) {}

  public PageApi() throws IOException {
    for (String name : FILES) {
      try (InputStream stream = PageApi.class.getResourceAsStream(name)) {
        byte[] content = stream.readAllBytes();
        String type = TYPES.get(name.substring(name.lastIndexOf('.') + 1));
        assets.put(name, new Asset(type, content, tag(content)));
      }
    }
  }

  private static String tag(byte[] content) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(content);
      return "\"" + HexFormat.of().formatHex(digest, 0, 16) + "\"";
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  public void addTo(Router router) {
    router
        .get("/ui", call -> answer(call, PAGE))
        .get("/ui/", PageApi::withoutSlash)
        .get("/ui/{file}", call -> answer(call, call.variable("file")));
  }

  /** The page names its files, and the interface, as they are seen from /ui. */
  private static void withoutSlash(Call call) throws IOException {
    call.withHeader("Location", "../ui").answer(308);
  }

  private void answer(Call call, String name) throws IOException {
    Asset asset = assets.get(name);
    if (asset == null) {
      throw ApiException.notFound("The resource could not be found.");
    }
    call.withHeader("Content-Security-Policy", POLICY)
        .withHeader("X-Content-Type-Options", "nosniff")
        .withHeader("Referrer-Policy", "no-referrer")
        .withHeader("Cross-Origin-Opener-Policy", "same-origin")
        .withHeader("Cross-Origin-Resource-Policy", "same-origin")
        .withHeader("Cache-Control", "no-cache")
        .withHeader("ETag", asset.tag());
    if (call.header("If-None-Match").filter(asset.tag()::equals).isPresent()) {
      call.answer(304);
    } else {
      call.answer(200, asset.type(), asset.content());
    }
  }
}

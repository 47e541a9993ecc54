package dev.platter.server.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import org.eclipse.jetty.http.HttpStatus;

/**
 * How errors look: a small HTML page, or JSON for callers who ask for it. The clients of the Image
 * API read the sentence out of either.
 *
 * @param contentType the page's type
 * @param content its bytes
 */
record ErrorPage(String contentType, byte[] content) {

  static ErrorPage of(int status, String message, String accept) {
    String title = HttpStatus.getMessage(status);
    if (accept.contains("application/json")) {
      ObjectNode document = Json.object();
      document.put("message", message);
      document.put("code", status + " " + title);
      document.put("title", title);
      return new ErrorPage("application/json", Json.bytes(document));
    }
    String html =
        """
        <html>
         <head>
          <title>%1$d %2$s</title>
         </head>
         <body>
          <h1>%1$d %2$s</h1>
          %3$s<br /><br />
         </body>
        </html>\
        """
            .formatted(status, title, escape(message));
    return new ErrorPage("text/html; charset=UTF-8", html.getBytes(StandardCharsets.UTF_8));
  }

  private static String escape(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }
}

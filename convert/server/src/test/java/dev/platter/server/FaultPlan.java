package dev.platter.server;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.util.Map;

/** What goes wrong in a server of HTTP, and at which request. For any thread. */
public final class FaultPlan {
  private int requests;
  private int failAt;
  private boolean forever;
  private Fault fault = Fault.LOST;

  /** What goes wrong. */
  public enum Fault {
    /** It is answered with 503, and not done. */
    BUSY,
    /** The connection ends before anything is done. */
    LOST,
    /** Of a file the beginning is kept, and the connection ends. */
    TORN,
    /** It is done, and the connection ends before the answer. */
    UNANSWERED,
    /** It is done, and the connection ends in the middle of the answer. */
    CUT,
    /** Whoever asks is not known any more. */
    ENDED
  }

  /** An answer. */
  public record Reply(int status, Map<String, String> headers, byte[] body) {
    public static Reply of(int status) {
      return new Reply(status, Map.of(), new byte[0]);
    }
  }

  /** Does what is asked for. */
  public interface Handler {
    /**
     * @param fault what goes wrong; null: nothing
     * @return null where the connection just ends
     */
    Reply handle(HttpExchange exchange, Fault fault) throws IOException;
  }

  /** How many requests came since {@link #failAt}. */
  public synchronized int requests() {
    return requests;
  }

  /** Counts from here on; the first request is 1. At 0 nothing fails. */
  public synchronized void failAt(int request, Fault what, boolean always) {
    failAt = request;
    fault = what;
    forever = always;
    requests = 0;
  }

  private synchronized Fault next() {
    requests++;
    return failAt > 0 && (requests == failAt || forever && requests > failAt) ? fault : null;
  }

  /** Answers a request, unless something goes wrong. */
  public void serve(HttpExchange exchange, Handler handler) throws IOException {
    try (exchange) {
      Fault now = next();
      if (now == Fault.LOST) {
        return;
      }
      Reply reply = now == Fault.BUSY ? Reply.of(503) : handler.handle(exchange, now);
      if (reply == null || now == Fault.UNANSWERED || now == Fault.TORN) {
        return;
      }
      reply.headers().forEach(exchange.getResponseHeaders()::set);
      boolean head = exchange.getRequestMethod().equals("HEAD");
      exchange.sendResponseHeaders(
          reply.status(), head || reply.body().length == 0 ? -1 : reply.body().length);
      if (!head) {
        int length = now == Fault.CUT ? reply.body().length / 2 : reply.body().length;
        exchange.getResponseBody().write(reply.body(), 0, length);
      }
    }
  }
}

package dev.platter.server.health;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.platter.server.health.Health.Finding;
import dev.platter.server.http.Call;
import dev.platter.server.http.Json;
import dev.platter.server.http.Router;
import dev.platter.server.image.Images;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Answers whoever watches the service, as oslo.middleware's {@code healthcheck} does: 200 or 503,
 * and why, in a word, or in JSON where that is asked for. Reasons in detail are for those who may
 * know how stores are made.
 */
public final class HealthApi {
  private static final String OK = "OK";

  private final Health health;
  private final Images images;

  public HealthApi(Health health, Images images) {
    this.health = health;
    this.images = images;
  }

  public void addTo(Router router) {
    router.get("/healthcheck", this::brief).get("/healthcheck/detail", this::detail);
  }

  private void brief(Call call) throws IOException {
    boolean json = call.header("Accept").orElse("").contains("application/json");
    if (json && health.isOpen()) {
      answer(call, health.all());
      return;
    }
    List<Finding> found = health.own();
    List<String> reasons =
        found.stream().filter(one -> !one.isWell()).map(HealthApi::inAWord).toList();
    List<String> said = reasons.isEmpty() ? List.of(OK) : reasons;
    int status = usable(found) ? 200 : 503;
    call.withHeader("Cache-Control", "no-store");
    if (call.method().equals("HEAD")) {
      call.answer(status == 200 ? 204 : status);
    } else if (json) {
      ObjectNode answer = Json.object();
      answer.put("status", summary(found));
      answer.put("detailed", false);
      answer.set("reasons", Json.array(said));
      call.answer(status, answer);
    } else {
      String text = String.join("\n", said);
      call.answer(status, "text/plain; charset=UTF-8", text.getBytes(StandardCharsets.UTF_8));
    }
  }

  private static boolean usable(List<Finding> found) {
    return found.stream().noneMatch(one -> one.needed() && !one.isWell());
  }

  private static String summary(List<Finding> found) {
    boolean well = found.stream().allMatch(Finding::isWell);
    return well ? OK : usable(found) ? "DEGRADED" : "UNAVAILABLE";
  }

  /** Enough to know where to look, and nothing of how the service is made. */
  private static String inAWord(Finding finding) {
    return switch (finding.kind()) {
      case "disabled" -> finding.reason();
      case "database" -> "database: does not answer";
      case "workers" -> "workers: none is seen";
      default -> finding.kind() + ": cannot be written to, or is full";
    };
  }

  private void detail(Call call) throws IOException {
    images.policy().require("stores_info_detail", call.caller());
    answer(call, health.all());
  }

  private static void answer(Call call, List<Finding> found) throws IOException {
    ObjectNode answer = Json.object();
    answer.put("status", summary(found));
    answer.put("detailed", true);
    ArrayNode reasons = answer.putArray("reasons");
    for (Finding one : found) {
      ObjectNode node = reasons.addObject();
      node.put("class", one.kind());
      if (!one.name().isEmpty()) {
        node.put("name", one.name());
      }
      node.put("reason", one.isWell() ? OK : "FAILED");
      node.put("details", one.reason());
      one.freeBytes().ifPresent(free -> node.put("free_bytes", free));
    }
    call.withHeader("Cache-Control", "no-store");
    call.answer(usable(found) ? 200 : 503, answer);
  }
}

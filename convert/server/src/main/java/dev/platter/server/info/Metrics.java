package dev.platter.server.info;

import dev.platter.server.health.Health.Finding;
import dev.platter.server.http.Call;
import dev.platter.server.http.Router;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.instrumentation.jvm.JvmMetrics;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.IntSupplier;
import java.util.function.Supplier;

/** What the service counts, for Prometheus. */
public final class Metrics {
  private final PrometheusRegistry registry = new PrometheusRegistry();
  private final Histogram requests;
  private final Counter downloaded;
  private final Histogram imports;
  private final Counter stored;
  private final Counter storeFailures;

  public Metrics() {
    JvmMetrics.builder().register(registry);
    requests =
        Histogram.builder()
            .name("platter_http_request_duration_seconds")
            .help("Requests by method, route and status")
            .labelNames("method", "route", "status")
            .classicOnly()
            .register(registry);
    downloaded =
        Counter.builder()
            .name("platter_downloaded_bytes_total")
            .help("Bytes of images that were sent")
            .register(registry);
    imports =
        Histogram.builder()
            .name("platter_import_duration_seconds")
            .help("Imports by method and outcome")
            .labelNames("method", "outcome")
            .classicOnly()
            .classicUpperBounds(0.1, 0.5, 1, 5, 10, 30, 60, 300, 900, 3600)
            .register(registry);
    stored =
        Counter.builder()
            .name("platter_store_written_bytes_total")
            .help("Bytes of images that stores have taken")
            .labelNames("store")
            .register(registry);
    storeFailures =
        Counter.builder()
            .name("platter_store_failures_total")
            .help("Images that stores failed to take")
            .labelNames("store")
            .register(registry);
  }

  /** Shows which stores answer, and their room. */
  public void watchStores(Supplier<List<Finding>> stores) {
    GaugeWithCallback.builder()
        .name("platter_store_up")
        .help("Whether a store answers, and has room")
        .labelNames("store")
        .callback(callback ->
            stores.get().forEach(one -> callback.call(one.isWell() ? 1 : 0, one.name())))
        .register(registry);
    GaugeWithCallback.builder()
        .name("platter_store_free_bytes")
        .help("Bytes that a store can still take, where it can tell")
        .labelNames("store")
        .callback(callback ->
            stores
                .get()
                .forEach(one ->
                    one.freeBytes().ifPresent(free -> callback.call((double) free, one.name()))))
        .register(registry);
  }

  /**
   * Shows how many imports there are, and who is there to run them.
   *
   * @param running those that are under way on this node
   * @param waiting those that wait for any; nothing while nobody knows
   * @param workers nodes that run imports; nothing while nobody knows
   */
  public void watchImports(
      IntSupplier running, Supplier<OptionalInt> waiting, Supplier<OptionalInt> workers) {
    GaugeWithCallback.builder()
        .name("platter_imports_in_progress")
        .help("Imports that are under way on this node")
        .callback(callback -> callback.call(running.getAsInt()))
        .register(registry);
    GaugeWithCallback.builder()
        .name("platter_imports_waiting")
        .help("Imports that wait for a node, whichever it is")
        .callback(callback -> waiting.get().ifPresent(count -> callback.call(count)))
        .register(registry);
    GaugeWithCallback.builder()
        .name("platter_workers")
        .help("Nodes that are seen and run imports")
        .callback(callback -> workers.get().ifPresent(count -> callback.call(count)))
        .register(registry);
  }

  public void answered(String method, String route, int status, long nanos) {
    requests.labelValues(method, route, Integer.toString(status)).observe(nanos / 1e9);
  }

  /** A store has taken an image. */
  public void stored(String store, long bytes) {
    stored.labelValues(store).inc(bytes);
  }

  /** A store failed to take an image. */
  public void storeFailed(String store) {
    storeFailures.labelValues(store).inc();
  }

  public void sent(long bytes) {
    downloaded.inc(bytes);
  }

  public void imported(String method, boolean success, long nanos) {
    imports.labelValues(method, success ? "success" : "failure").observe(nanos / 1e9);
  }

  public void addTo(Router router) {
    router.get("/metrics", this::answer);
  }

  private void answer(Call call) throws IOException {
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    PrometheusTextFormatWriter writer = PrometheusTextFormatWriter.create();
    writer.write(text, registry.scrape());
    call.answer(200, writer.getContentType(), text.toByteArray());
  }
}

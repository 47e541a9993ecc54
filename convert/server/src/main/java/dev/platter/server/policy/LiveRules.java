package dev.platter.server.policy;

import dev.platter.server.http.ApiException;
import dev.platter.server.live.Live;
import java.io.IOException;
import java.util.function.LongSupplier;

/**
 * The rules, read anew when their files have changed. While these cannot be understood, nobody may
 * do anything. Any thread may ask.
 */
public final class LiveRules {
  private final Live<Rules> rules;

  /**
   * @throws IOException if they cannot be understood now
   */
  public LiveRules(Live.Source<Rules> source) throws IOException {
    this(source, System::nanoTime);
  }

  LiveRules(Live.Source<Rules> source, LongSupplier clock) throws IOException {
    rules = new Live<>("nobody may do anything", source, clock);
  }

  /** The rules as they are now. */
  public Rules now() {
    return rules
        .now()
        .orElseThrow(
            () -> new ApiException(503, "The service's rules cannot be read at the moment."));
  }
}

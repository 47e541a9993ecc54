package dev.platter.server.keystone;

import dev.platter.server.identity.Secret;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What Keystone has said of tokens a moment ago. Holds no tokens, only their SHA-256, and so many
 * at most; tokens that are none are kept apart, so that guesses do not drive out what is known. For
 * any thread.
 */
final class TokenCache {
  private final Map<String, Said> known;
  private final Map<String, Said> refused;
  private final Duration time;
  private final InstantSource clock;

  /**
   * @param document what Keystone said; nothing: it knows no such token
   */
  private record Said(Optional<TokenDocument> document, Instant until) {}

  /**
   * @param time how long an answer is believed; not positive: not at all
   * @param size how many answers of each kind are kept
   */
  TokenCache(Duration time, int size, InstantSource clock) {
    this.time = time;
    this.clock = clock;
    known = lastUsed(size);
    refused = lastUsed(size);
  }

  private static Map<String, Said> lastUsed(int size) {
    return new LinkedHashMap<>(16, 0.75f, true) {
      @Override
      protected boolean removeEldestEntry(Map.Entry<String, Said> eldest) {
        return size() > size;
      }
    };
  }

  /** What was said: nothing when that is not known; an empty answer when there is no such token. */
  synchronized Optional<Optional<TokenDocument>> find(String token, boolean allowExpired) {
    String key = key(token, allowExpired);
    for (Map<String, Said> entries : List.of(known, refused)) {
      Said entry = entries.get(key);
      if (entry != null && clock.instant().isBefore(entry.until())) {
        return Optional.of(entry.document());
      }
      entries.remove(key);
    }
    return Optional.empty();
  }

  synchronized void put(String token, boolean allowExpired, Optional<TokenDocument> document) {
    if (time.isPositive()) {
      Map<String, Said> entries = document.isPresent() ? known : refused;
      entries.put(key(token, allowExpired), new Said(document, clock.instant().plus(time)));
    }
  }

  synchronized int size() {
    return known.size() + refused.size();
  }

  private static String key(String token, boolean allowExpired) {
    return HexFormat.of().formatHex(Secret.digest(token)) + allowExpired;
  }
}

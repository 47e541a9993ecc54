package dev.platter.server.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * The cache of images that this node has sent.
 *
 * @param directory where it is; nothing when it is switched off
 * @param maxSize how many bytes it may have
 * @param stallTime after how long an unfinished copy is taken for forgotten
 * @param interval between two looks for what was asked for beforehand
 */
public record CacheSettings(
    Optional<Path> directory, long maxSize, Duration stallTime, Duration interval) {
  private static final String MAIN = "DEFAULT";

  public static CacheSettings read(IniFile ini) {
    return new CacheSettings(
        ini.text(MAIN, "image_cache_dir").map(Path::of),
        ini.number(MAIN, "image_cache_max_size", 10L << 30),
        Duration.ofSeconds(ini.number(MAIN, "image_cache_stall_time", 86_400)),
        Duration.ofSeconds(ini.count(MAIN, "cache_prefetcher_interval", 300, 1)));
  }
}

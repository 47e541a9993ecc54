package dev.platter.service;

import dev.platter.image.Experimental;
import dev.platter.sandbox.Bounds;
import dev.platter.sandbox.Sandbox;
import java.time.Duration;
import java.util.Objects;

/**
 * How images are looked into, unpacked and converted by processes that can do nothing else: each of
 * these steps by one of its own, which has the image and its result as open files, and reaches no
 * other file, no network and no program ({@link Sandbox}). What such a process tells of an image is
 * believed; it can do no more than lie about it. The size of what it writes is bounded by {@link
 * ImportSettings#imageSizeCap}.
 *
 * <p>Plugins that open disks themselves ({@link ImportDraft#openDisk}) are refused, and downloads
 * are not stopped early for what their first bytes are. Uploads that go straight into a store are
 * looked at by this process, as they pass.
 *
 * @param level what becomes of an import where the system cannot keep that promise
 * @param bounds what one such process may use
 * @param longest how long one step may take
 */
@Experimental
public record Isolation(Sandbox.Level level, Bounds bounds, Duration longest) {
  /** Nothing is imported where the promise cannot be kept; four hours for a step. */
  public static final Isolation STRICT =
      new Isolation(Sandbox.Level.STRICT, Bounds.DEFAULT, Duration.ofHours(4));

  public Isolation {
    Objects.requireNonNull(level);
    Objects.requireNonNull(bounds);
    if (longest.isNegative() || longest.isZero()) {
      throw new IllegalArgumentException("a step takes some time");
    }
  }
}

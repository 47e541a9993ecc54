package dev.platter.service.plugin;

import dev.platter.guest.DistroNames;
import dev.platter.service.ImportDraft;
import dev.platter.service.ImportPlugin;
import dev.platter.service.inspect.FormatNames;
import java.io.IOException;

/**
 * Gives images the properties that they themselves tell: what the image says of itself, and what
 * the guest's disk holds, its operating system, architecture and firmware. What people set stays:
 * they may know better. A disk that cannot be read tells nothing, and is not refused for that.
 */
public final class Introspection implements ImportPlugin {
  private final DistroNames names;

  /** The same with {@link DistroNames#GLANCE}. */
  public Introspection() {
    this(DistroNames.GLANCE);
  }

  /**
   * Makes the plugin.
   *
   * @param names in whose words it says which distribution it found
   */
  public Introspection(DistroNames names) {
    this.names = names;
  }

  @Override
  public String name() {
    return "image_introspection";
  }

  @Override
  public void run(ImportDraft draft) throws IOException {
    draft.inspection().properties().forEach(draft::learn);
    if (isDisk(draft)) {
      draft.guestProperties(names).forEach(draft::learn);
    }
  }

  /** Whether there is a disk to look into. */
  static boolean isDisk(ImportDraft draft) {
    return FormatNames.OPENED.contains(draft.containerFormat())
        && !FormatNames.NO_DISKS.contains(draft.diskFormat());
  }
}

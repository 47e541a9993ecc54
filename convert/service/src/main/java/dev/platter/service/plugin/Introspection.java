package dev.platter.service.plugin;

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
  @Override
  public String name() {
    return "image_introspection";
  }

  @Override
  public void run(ImportDraft draft) throws IOException {
    draft.inspection().properties().forEach(draft::learn);
    if (isDisk(draft)) {
      draft.guestProperties().forEach(draft::learn);
    }
  }

  /** Whether there is a disk to look into. */
  static boolean isDisk(ImportDraft draft) {
    return FormatNames.OPENED.contains(draft.containerFormat())
        && !FormatNames.NO_DISKS.contains(draft.diskFormat());
  }
}

package dev.platter.service.plugin;

import dev.platter.service.ImportDraft;
import dev.platter.service.ImportPlugin;

/**
 * Gives images the properties that they themselves tell. What people set stays: they may know
 * better.
 */
public final class Introspection implements ImportPlugin {
  @Override
  public String name() {
    return "image_introspection";
  }

  @Override
  public void run(ImportDraft draft) {
    draft.inspection().properties().forEach(draft::learn);
  }
}

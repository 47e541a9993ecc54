package dev.platter.service.plugin;

import dev.platter.service.ImportDraft;
import dev.platter.service.ImportPlugin;

/** Does nothing; what Glance's default list of plugins holds. */
public final class NoOp implements ImportPlugin {
  @Override
  public String name() {
    return "no_op";
  }

  @Override
  public void run(ImportDraft draft) {}
}

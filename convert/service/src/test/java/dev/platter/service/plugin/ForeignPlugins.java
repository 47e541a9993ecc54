package dev.platter.service.plugin;

import dev.platter.service.ImportDraft;
import dev.platter.service.ImportPlugin;
import dev.platter.service.ImportPluginProvider;
import java.util.Map;

/** A plugin that does not come with the project. */
public final class ForeignPlugins implements ImportPluginProvider {
  /** What it makes. */
  record Stamp(String text) implements ImportPlugin {
    @Override
    public String name() {
      return "stamp";
    }

    @Override
    public void run(ImportDraft draft) {
      draft.set("stamp", text);
    }
  }

  /** Found by {@link java.util.ServiceLoader}. */
  public ForeignPlugins() {}

  @Override
  public String name() {
    return "stamp";
  }

  @Override
  public ImportPlugin create(Map<String, String> settings) {
    return new Stamp(settings.getOrDefault("text", ""));
  }
}

package dev.platter.server.config;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Reads settings part by part, and collects all that is wrong with them instead of the first only.
 * Used by one thread.
 */
public final class Problems {
  private final IniFile ini;
  private final List<String> found = new ArrayList<>();
  private final Set<IniFile.Setting> wrong = new HashSet<>();

  public Problems(IniFile ini) {
    this.ini = ini;
  }

  /** Reads a part of the settings. */
  @FunctionalInterface
  public interface Part<T> {
    T read() throws IOException;
  }

  /**
   * Reads a part. A setting that is wrong is noted, and the part is read once more without it, to
   * find what else is wrong.
   *
   * @return the part; of no use once there are problems, and null where there is none at all
   */
  public <T> T read(Part<T> part) {
    for (boolean whole = true; ; whole = false) {
      try {
        return part.read();
      } catch (SettingException e) {
        // Once a setting was left out, others may be missing only because of that.
        boolean unknown = wrong.add(new IniFile.Setting(e.section(), e.key()));
        if (!unknown || !whole && !ini.has(e.section(), e.key())) {
          return null;
        }
        found.add(e.getMessage());
        ini.leaveOut(e.section(), e.key());
      } catch (IOException | IllegalArgumentException e) {
        found.add(IniFile.reason(e));
        return null;
      }
    }
  }

  /** Whether nothing was wrong so far. */
  public boolean none() {
    return found.isEmpty();
  }

  /**
   * @throws SettingsException if anything was wrong
   */
  public void raise() {
    if (!none()) {
      throw new SettingsException(found);
    }
  }
}

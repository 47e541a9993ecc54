package dev.platter.server.config;

import java.nio.file.Path;
import java.util.Optional;

/**
 * What is told about the service's health: {@code [healthcheck]}, as oslo.middleware has it.
 *
 * @param detailed whether everybody is told the reasons, and not administrators only
 * @param disabledBy a file which, while it is there, lets the service be called unavailable
 */
public record HealthSettings(boolean detailed, Optional<Path> disabledBy) {
  private static final String SECTION = "healthcheck";

  public static HealthSettings read(IniFile ini) {
    return new HealthSettings(
        ini.flag(SECTION, "detailed", false), ini.file(SECTION, "disable_by_file_path"));
  }
}

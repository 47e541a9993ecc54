package dev.platter.server.config;

import dev.platter.server.db.Database;
import dev.platter.server.keystone.KeystoneLimits;
import dev.platter.server.quota.Quotas;
import java.io.IOException;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What projects may use.
 *
 * @param bytes of images in all; 0: any number
 * @param limits where Keystone is asked for limits; nothing: it is not
 */
public record QuotaSettings(long bytes, Optional<UnifiedLimits> limits) {
  private static final String MAIN = "DEFAULT";
  private static final String LIMIT = "oslo_limit";
  private static final Pattern SIZE = Pattern.compile("([0-9]{1,18})(B|KB|MB|GB|TB)?");

  /**
   * Keystone's unified limits.
   *
   * @param endpoint the identifier of the service's endpoint, which limits are registered for
   */
  public record UnifiedLimits(KeystoneLogin login, String endpoint) {}

  public static QuotaSettings read(IniFile ini) {
    long bytes = bytes(ini);
    if (!ini.flag(MAIN, "use_keystone_limits", false)) {
      return new QuotaSettings(bytes, Optional.empty());
    }
    String endpoint =
        ini.text(LIMIT, "endpoint_id")
            .orElseThrow(() -> ini.wrong(LIMIT, "endpoint_id", "is missing"));
    return new QuotaSettings(
        bytes, Optional.of(new UnifiedLimits(KeystoneLogin.read(ini, LIMIT), endpoint)));
  }

  /** What holds projects to it. */
  public Quotas open(Database database) throws IOException {
    return new Quotas(
        database,
        bytes,
        limits.isEmpty()
            ? Optional.empty()
            : Optional.of(
                new KeystoneLimits(limits.get().login().open(), limits.get().endpoint())));
  }

  private static long bytes(IniFile ini) {
    String text = ini.text(MAIN, "user_storage_quota", "0");
    Matcher matcher = SIZE.matcher(text);
    if (!matcher.matches()) {
      throw ini.wrong(
          MAIN, "user_storage_quota", text + ": a number is expected, and B, KB, MB, GB or TB");
    }
    int power = matcher.group(2) == null ? 0 : "BKMGT".indexOf(matcher.group(2).charAt(0));
    try {
      return Math.multiplyExact(Long.parseLong(matcher.group(1)), 1L << (10 * power));
    } catch (ArithmeticException e) {
      throw ini.wrong(MAIN, "user_storage_quota", text + " is too much");
    }
  }
}

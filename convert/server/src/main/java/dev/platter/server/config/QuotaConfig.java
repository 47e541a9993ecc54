package dev.platter.server.config;

import dev.platter.server.db.Database;
import dev.platter.server.keystone.KeystoneLimits;
import dev.platter.server.quota.Quotas;
import java.io.IOException;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What projects may use, made of the settings. */
public final class QuotaConfig {
  private static final String MAIN = "DEFAULT";
  private static final String LIMIT = "oslo_limit";
  private static final Pattern SIZE = Pattern.compile("([0-9]{1,18})(B|KB|MB|GB|TB)?");

  private QuotaConfig() {}

  public static Quotas create(IniFile ini, Database database) throws IOException {
    long bytes = bytes(ini);
    if (!ini.flag(MAIN, "use_keystone_limits", false)) {
      return new Quotas(database, bytes, Optional.empty());
    }
    String endpoint =
        ini.text(LIMIT, "endpoint_id")
            .orElseThrow(() -> ini.wrong(LIMIT, "endpoint_id", "is missing"));
    return new Quotas(
        database,
        bytes,
        Optional.of(new KeystoneLimits(new KeystoneConfig(ini, LIMIT).session(), endpoint)));
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

package dev.platter.service.plugin;

import dev.platter.guest.DistroNames;
import dev.platter.service.ImportPlugin;
import dev.platter.service.ImportPluginProvider;
import dev.platter.service.inspect.FormatNames;
import dev.platter.service.signature.CertificateSource;
import dev.platter.service.signature.SignatureSettings;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.TreeSet;

/** Makes plugins of their names and settings, as a configuration has them. */
public final class ImportPlugins {
  private ImportPlugins() {}

  /** The same, where certificates of signatures are in files. */
  public static ImportPlugin create(String name, Map<String, String> settings) {
    return create(name, settings, Optional.empty());
  }

  /**
   * One of the project's own plugins, or one that an {@link ImportPluginProvider} makes.
   *
   * @param settings by Glance's names where it has one: {@code output_format}, and {@code
   *     output_format.STORE} for one store; {@code ignore_user_roles} and {@code inject}; {@code
   *     max_size} of what is unpacked; {@code os_distro}, which is {@code glance} or {@code
   *     libosinfo}: in whose words it is said what a disk holds; those of signatures are in {@link
   *     SignatureSettings}
   * @param keyManager where certificates of signatures are, besides those in files
   * @throws IllegalArgumentException if there is no such plugin, or a setting is wrong
   */
  public static ImportPlugin create(
      String name, Map<String, String> settings, Optional<CertificateSource> keyManager) {
    return switch (name) {
      case "no_op" -> new NoOp();
      case "image_introspection" -> new Introspection(names(settings));
      case "package_inventory" -> new PackageInventory();
      case "image_conversion" -> conversion(settings);
      case "image_decompression" -> ImageDecompression.of(settings);
      case "image_signature_verification" -> SignatureSettings.parse(settings, keyManager);
      case "inject_image_metadata" ->
          InjectImageMetadata.parse(
              settings.getOrDefault("ignore_user_roles", "admin"),
              settings.getOrDefault("inject", ""));
      default -> provided(name, settings);
    };
  }

  private static DistroNames names(Map<String, String> settings) {
    String wanted = settings.getOrDefault("os_distro", "glance");
    return switch (wanted) {
      case "glance" -> DistroNames.GLANCE;
      case "libosinfo" -> DistroNames.LIBOSINFO;
      default ->
          throw new IllegalArgumentException(
              "os_distro is '" + wanted + "', expected 'glance' or 'libosinfo'");
    };
  }

  private static ImportPlugin conversion(Map<String, String> settings) {
    Map<String, String> perStore = new HashMap<>();
    String prefix = "output_format.";
    settings.forEach((key, value) -> {
      if (key.startsWith(prefix)) {
        perStore.put(key.substring(prefix.length()), value);
      }
    });
    return new ImageConversion(settings.getOrDefault("output_format", FormatNames.RAW), perStore);
  }

  private static ImportPlugin provided(String name, Map<String, String> settings) {
    TreeSet<String> others = new TreeSet<>();
    for (ImportPluginProvider provider : ServiceLoader.load(ImportPluginProvider.class)) {
      if (provider.name().equals(name)) {
        return provider.create(settings);
      }
      others.add(provider.name());
    }
    throw new IllegalArgumentException(
        "there is no import plugin '" + name + "'; besides the project's own there are " + others);
  }
}

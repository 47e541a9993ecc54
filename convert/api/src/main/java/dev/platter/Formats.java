package dev.platter;

import dev.platter.image.IllegalOptionException;
import dev.platter.image.spi.ImageFormat;
import dev.platter.image.spi.ImageFormats;
import dev.platter.image.wrap.Wrappings;
import dev.platter.storage.FileStorage;

/** What is on the module path or class path, looked for once. */
final class Formats {
  static final ImageFormats PRESENT = ImageFormats.present();

  static {
    if (!FileStorage.hasNativeAccess()) {
      System.getLogger("dev.platter")
          .log(
              System.Logger.Level.WARNING,
              "disks are read and written more slowly, and files are not locked against other"
                  + " programs: Java was not given --enable-native-access="
                  + moduleName());
    }
  }

  private Formats() {}

  /** Whom native access is to be given. */
  private static String moduleName() {
    Module module = FileStorage.class.getModule();
    return module.isNamed() ? module.getName() : "ALL-UNNAMED";
  }

  /** Compressions around files; looked for only when one may be there. */
  static final class Around {
    static final Wrappings WRAPPINGS = Wrappings.present();

    private Around() {}
  }

  static ImageFormat named(String name) throws IllegalOptionException {
    return PRESENT
        .named(name)
        .orElseThrow(() -> new IllegalOptionException("there is no format '" + name + "'"));
  }
}

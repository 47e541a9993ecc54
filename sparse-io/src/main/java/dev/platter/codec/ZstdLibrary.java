package dev.platter.codec;

import com.github.luben.zstd.util.Native;

/** Loads zstd-jni's native library, from the distribution's directory where there is one. */
final class ZstdLibrary {
  private ZstdLibrary() {}

  /**
   * Returns when the library is loaded; zstd-jni unpacks its own where the distribution has none.
   * To be called before any other class of zstd-jni is touched: those fail in their static
   * initialisers.
   *
   * @throws IllegalStateException if it cannot be loaded, or native access is denied
   */
  static synchronized void load() {
    if (Native.isLoaded()) {
      return;
    }
    if (System.getProperty("ZstdNativePath") == null) {
      NativeLibraries.laidOut("zstd-jni")
          .ifPresent(file -> System.setProperty("ZstdNativePath", file.toString()));
    }
    try {
      Native.load();
    } catch (LinkageError | IllegalCallerException e) {
      throw new IllegalStateException("zstd-jni's library cannot be loaded: " + e.getMessage(), e);
    }
  }

  static String describe() {
    try {
      load();
    } catch (IllegalStateException e) {
      return "none (" + e.getMessage() + ")";
    }
    return "zstd-jni (native)";
  }
}

package dev.platter.service;

import java.util.ArrayList;
import java.util.List;

/** How the Java VM of an {@link IsolatedWorker} is started: with the classes that this one has. */
final class WorkerVm {
  private WorkerVm() {}

  static List<String> options() {
    List<String> options =
        new ArrayList<>(
            List.of(
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-XX:CompressedClassSpaceSize=32m",
                "-XX:ReservedCodeCacheSize=64m",
                "-XX:-UsePerfData",
                "-XX:+DisableAttachMechanism",
                "-XX:ErrorFile=/dev/null",
                "-XX:-CreateCoredumpOnCrash",
                "-XX:+DisplayVMOutputToStderr"));
    String natives = System.getProperty("platter.native.dir");
    if (natives != null) {
      options.add("-Dplatter.native.dir=" + natives);
    }
    Module module = IsolatedWorker.class.getModule();
    String main = IsolatedWorker.class.getName();
    String classes = System.getProperty("java.class.path", "");
    String access = "--enable-native-access=";
    if (module.isNamed()) {
      options.add(access + "dev.platter.sparseio,com.github.luben.zstd_jni");
      String modules = System.getProperty("jdk.module.path", "");
      if (!modules.isEmpty()) {
        options.addAll(List.of("-p", modules, "--add-modules", "ALL-MODULE-PATH"));
      }
      options.addAll(List.of("-m", module.getName() + "/" + main));
    } else {
      boolean named = dev.platter.sandbox.Sandbox.class.getModule().isNamed();
      options.add(
          access
              + "ALL-UNNAMED"
              + (named ? ",dev.platter.sparseio,com.github.luben.zstd_jni" : ""));
      options.addAll(List.of("-cp", classes, main));
    }
    return options;
  }
}

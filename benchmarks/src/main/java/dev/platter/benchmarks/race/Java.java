package dev.platter.benchmarks.race;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;

/**
 * Other mains in the program's own Java runtime.
 *
 * @param program the assembled program's directory
 * @param classes where this class was loaded from
 * @param data where files may be made
 */
record Java(Path program, Path classes, Path data) {
  /** {@link CodecAlone} with these arguments. */
  List<String> codecAlone(Object... arguments) {
    List<String> command = new ArrayList<>();
    command.add(runtime());
    command.addAll(List.of("-XX:+UseSerialGC", "-Xmx256m", "-XX:-UsePerfData"));
    command.add("--enable-native-access=dev.platter.sparseio,com.github.luben.zstd_jni");
    command.add("-Dplatter.native.dir=" + program.resolve("lib/native"));
    command.addAll(List.of("-cp", classes.toString(), CodecAlone.class.getName()));
    for (Object argument : arguments) {
      command.add(argument.toString());
    }
    return command;
  }

  /**
   * {@link EmptyMain}, started as the program is: the same options, and an AOT cache of its own,
   * which {@link #makeEmptyMain} makes.
   */
  List<String> emptyMain() {
    return emptyMain("-XX:AOTCache=" + cache());
  }

  private List<String> emptyMain(String... options) {
    List<String> command = new ArrayList<>();
    command.add(runtime());
    command.add("@" + program.resolve("lib/jvm.options"));
    command.addAll(List.of(options));
    command.addAll(List.of("-cp", jar().toString(), EmptyMain.class.getName()));
    return command;
  }

  /** Makes the jar and the AOT cache of the empty main, as the build makes the program's. */
  void makeEmptyMain() throws IOException {
    String entry = EmptyMain.class.getName().replace('.', '/') + ".class";
    try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar()))) {
      out.putNextEntry(new JarEntry(entry));
      Files.copy(classes.resolve(entry), out);
      out.closeEntry();
    }
    String configuration = "-XX:AOTConfiguration=" + data.resolve("empty.aotconf");
    String diagnostic = "-XX:+UnlockDiagnosticVMOptions";
    String noProfiles = "-XX:-AOTRecordTraining";
    Shell.need(emptyMain(diagnostic, noProfiles, "-XX:AOTMode=record", configuration));
    Shell.need(
        emptyMain(
            diagnostic,
            noProfiles,
            "-XX:AOTMode=create",
            configuration,
            "-XX:AOTCache=" + cache()));
    Shell.need(emptyMain("-XX:AOTMode=on", "-XX:AOTCache=" + cache()));
  }

  private String runtime() {
    return program.resolve("lib/runtime/bin/java").toString();
  }

  private Path jar() {
    return data.resolve("empty.jar");
  }

  private Path cache() {
    return data.resolve("empty.aot");
  }
}

import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.attribute.ModuleAttribute;
import java.lang.classfile.attribute.ModulePackagesAttribute;
import java.lang.constant.ModuleDesc;
import java.lang.constant.PackageDesc;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleFinder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/**
 * Assembles the distribution: {@code Assemble CLASSPATH-FILE SERVICE-CLASSPATH-FILE OWN-JAR SCRIPTS
 * LICENSE BILL-OF-MATERIALS WORK OUTPUT}.
 *
 * <pre>
 * bin/platter, bin/qemu-img   the same script
 * lib/runtime                 the Java runtime, with all of our modules linked into it
 * lib/native                  the native libraries, so that nothing is unpacked when the program runs
 * lib/platter.version, lib/qemu-img.version
 *                             what --version prints, for the script to answer
 * lib/jvm.options             how the Java VM is started
 * lib/service                 the jars of the image service, and of stores that speak S3, which the
 *                             runtime does not hold
 * lib/service.options         how the Java VM is started for the service
 * lib/convert.aot, info.aot, other.aot
 *                             classes loaded and linked in advance (the AOT caches), for commands that
 *                             move a disk's data, for info, and for all others
 * share/man                   pages of the manual
 * share/bash-completion, zsh, fish
 *                             what lets the shells complete command lines
 * licenses                    what of this is others' work, and under which licences
 * </pre>
 */
class Assemble {
  /** Our main module and the prefix of its classes, as the Java command wants them. */
  private static final String CLI = "dev.platter.cli/dev.platter.cli.";

  /** Carry libdeflate's library and ISA-L's, whose functions are called directly. */
  private static final Set<String> NATIVE_ONLY = Set.of("aircompressor.v3", "gkl");

  /** Classes that need libraries which are no modules; a runtime cannot hold them. */
  private static final List<String> STORES =
      List.of("dev/platter/remote/aws/", "dev/platter/remote/ebs/", "dev/platter/remote/s3/");

  /** Names them on a class path; modules say what they provide in their descriptor. */
  private static final String PROVIDERS = "META-INF/services/dev.platter.storage.StorageProvider";

  /** How the name of SQLite's driver begins, and those of its libraries. */
  private static final String SQLITE = "sqlite-jdbc-";

  private static final String SQLITE_NATIVES = "org/sqlite/native/";

  /** What the service's jars need of the JDK, besides what our own modules need. */
  private static final List<String> SERVICE_MODULES =
      List.of(
          "java.logging",
          "java.management",
          "java.naming",
          "java.net.http",
          "java.security.jgss",
          "java.sql",
          "java.xml",
          "jdk.management",
          "jdk.net",
          "jdk.unsupported");

  private final Path work;
  private final Path output;

  Assemble(Path work, Path output) {
    this.work = work;
    this.output = output;
  }

  public static void main(String[] args) throws Exception {
    List<Path> jars = listed(args[0]);
    jars.add(Path.of(args[2]));
    Path scripts = Path.of(args[3]);
    Assemble assemble = new Assemble(Path.of(args[6]), Path.of(args[7]));
    deleteTree(assemble.work);
    deleteTree(assemble.output);
    Licenses licenses = new Licenses(scripts.resolve("licenses"), assemble.output);
    assemble.link(jars, licenses);
    List<Path> service = listed(args[1]);
    assemble.layOutNativeLibraries(jars, service);
    assemble.copyScripts(scripts, Path.of(args[4]));
    assemble.copyService(service);
    assemble.copyStores(jars);
    licenses.addFiles();
    licenses.write(Path.of(args[5]));
    assemble.train();
    assemble.java("-m", CLI + "Pages", assemble.output.resolve("share").toString());
  }

  private static List<Path> listed(String file) throws IOException {
    List<Path> jars = new ArrayList<>();
    for (String jar : Files.readString(Path.of(file)).strip().split(File.pathSeparator)) {
      jars.add(Path.of(jar));
    }
    return jars;
  }

  /** The service runs on the same runtime, from a class path: its libraries are no modules. */
  private void copyService(List<Path> jars) throws IOException {
    Path directory = Files.createDirectories(output.resolve("lib/service"));
    for (Path jar : jars) {
      Path target = directory.resolve(jar.getFileName());
      if (jar.getFileName().toString().startsWith(SQLITE)) {
        copyWithoutNatives(jar, target);
      } else {
        Files.copy(jar, target);
      }
    }
  }

  /** The driver has its library for two dozen platforms, ten times of what is needed. */
  private static void copyWithoutNatives(Path jar, Path target) throws IOException {
    try (ZipFile source = new ZipFile(jar.toFile());
        ZipOutputStream copy = new ZipOutputStream(Files.newOutputStream(target))) {
      for (ZipEntry entry : source.stream().toList()) {
        if (!entry.isDirectory() && !entry.getName().startsWith(SQLITE_NATIVES)) {
          copyEntry(source, entry, copy);
        }
      }
    }
  }

  /** What speaks to stores uses libraries that are no modules, as the service does. */
  private void copyStores(List<Path> jars) throws IOException {
    Path target = output.resolve("lib/service/remote-stores.jar");
    try (ZipOutputStream copy = new ZipOutputStream(Files.newOutputStream(target))) {
      for (Path jar : jars) {
        try (ZipFile source = new ZipFile(jar.toFile())) {
          for (ZipEntry entry : source.stream().toList()) {
            if (isOfStores(entry) && !entry.isDirectory()) {
              copyEntry(source, entry, copy);
            }
          }
        }
      }
      copy.putNextEntry(entry(PROVIDERS));
      copy.write(
          "dev.platter.remote.ebs.EbsProvider\ndev.platter.remote.s3.S3Provider\n"
              .getBytes(StandardCharsets.UTF_8));
    }
  }

  private static boolean isOfStores(ZipEntry entry) {
    return STORES.stream().anyMatch(entry.getName()::startsWith);
  }

  private static void copyEntry(ZipFile source, ZipEntry entry, ZipOutputStream copy)
      throws IOException {
    copy.putNextEntry(entry(entry.getName()));
    try (InputStream content = source.getInputStream(entry)) {
      content.transferTo(copy);
    }
  }

  /** An entry that is the same in each build. */
  private static ZipEntry entry(String name) {
    ZipEntry entry = new ZipEntry(name);
    entry.setTimeLocal(LocalDateTime.of(1980, 1, 1, 0, 0));
    return entry;
  }

  /**
   * Links the JDK's modules and ours; a runtime that holds all classes in one file starts fastest.
   */
  private void link(List<Path> jars, Licenses licenses) throws IOException {
    Path modules = Files.createDirectories(work.resolve("modules"));
    List<String> names = new ArrayList<>();
    for (Path jar : jars) {
      ModuleDescriptor module = ModuleFinder.of(jar).findAll().iterator().next().descriptor();
      if (NATIVE_ONLY.contains(module.name())) {
        continue;
      }
      names.add(module.name());
      licenses.addLinked(jar, module.name());
      copyClasses(jar, module, modules.resolve(module.name() + ".jar"));
    }
    names.addAll(SERVICE_MODULES);
    ToolProvider jlink = ToolProvider.findFirst("jlink").orElseThrow();
    int exit =
        jlink.run(
            System.out,
            System.err,
            "--module-path=" + modules,
            "--add-modules=" + String.join(",", names),
            "--strip-debug",
            "--no-header-files",
            "--no-man-pages",
            "--output=" + output.resolve("lib/runtime"));
    if (exit != 0) {
      throw new IOException("jlink failed with exit code " + exit);
    }
    Files.delete(output.resolve("lib/runtime/bin/keytool"));
  }

  /**
   * Copies a jar without the native libraries of all platforms; jlink also wants every jar to
   * describe its module. Left out too is zstd-jni's second set of classes, which reaches its
   * library through java.lang.foreign: it binds all functions one after another when the first is
   * called, for a tenth of a second, where JNI binds those that are called.
   */
  private static void copyClasses(Path jar, ModuleDescriptor module, Path target)
      throws IOException {
    try (ZipFile source = new ZipFile(jar.toFile());
        ZipOutputStream copy = new ZipOutputStream(Files.newOutputStream(target))) {
      if (module.isAutomatic()) {
        copy.putNextEntry(new ZipEntry("module-info.class"));
        copy.write(describe(module));
      }
      for (ZipEntry entry : source.stream().toList()) {
        String name = entry.getName();
        boolean isForeign = name.startsWith("META-INF/versions/22/com/github/luben/zstd/");
        boolean isSignature = name.matches("META-INF/[^/]+\\.(SF|RSA|DSA|EC)"); // jlink takes none
        if (name.equals("module-info.class")) {
          copy.putNextEntry(new ZipEntry(name));
          copy.write(withoutPackages(source.getInputStream(entry).readAllBytes()));
        } else if (!entry.isDirectory()
            && !isForeign
            && !isSignature
            && !isOfStores(entry)
            && !name.equals(PROVIDERS)
            && !name.matches(".*\\.(so|dll|dylib)")) {
          copyEntry(source, entry, copy);
        }
      }
    }
  }

  /** A module's descriptor that does not list packages, of which some were left out. */
  private static byte[] withoutPackages(byte[] descriptor) {
    ClassFile classes = ClassFile.of();
    return classes.transformClass(
        classes.parse(descriptor),
        ClassTransform.dropping(element -> element instanceof ModulePackagesAttribute));
  }

  /** What the automatic module's name and packages amount to, as a real descriptor. */
  private static byte[] describe(ModuleDescriptor module) {
    return ClassFile.of()
        .buildModule(
            ModuleAttribute.of(
                ModuleDesc.of(module.name()),
                builder -> {
                  builder.requires(ModuleDesc.of("java.base"), ClassFile.ACC_MANDATED, null);
                  builder.requires(ModuleDesc.of("jdk.unsupported"), 0, null);
                  // A set's order is another one in each run.
                  for (String exported : new TreeSet<>(module.packages())) {
                    builder.exports(PackageDesc.of(exported), 0);
                  }
                }));
  }

  private void layOutNativeLibraries(List<Path> jars, List<Path> service) throws IOException {
    String system =
        System.getProperty("os.name").toLowerCase(Locale.ROOT).startsWith("mac") ? "mac" : "linux";
    String machine = System.getProperty("os.arch");
    Path directory = Files.createDirectories(output.resolve("lib/native"));
    String deflate = system.equals("mac") ? "macos" : system;
    extract(jars, "aircompressor/" + deflate + "-" + machine + "/", "deflate", directory);
    if (machine.equals("amd64") || machine.equals("x86_64")) { // its name does not tell
      extract(jars, "com/intel/gkl/native/", "gkl_compression", directory);
    }
    String zstd = system.equals("mac") ? "darwin" : system;
    extract(jars, zstd + "/" + machine + "/", "zstd-jni", directory);
    String sqlite =
        (system.equals("mac") ? "Mac/" : "Linux/") + (machine.equals("amd64") ? "x86_64" : machine);
    extract(service, SQLITE_NATIVES + sqlite + "/", "sqlitejdbc", directory);
  }

  /**
   * A library that does not exist for this platform is left out: the JDK's codec takes its place,
   * where there is one.
   */
  private static void extract(List<Path> jars, String prefix, String library, Path directory)
      throws IOException {
    String fileName = System.mapLibraryName(library);
    String stem = prefix + fileName.substring(0, fileName.indexOf('.'));
    String ending = fileName.substring(fileName.indexOf('.'));
    for (Path jar : jars) {
      try (ZipFile zip = new ZipFile(jar.toFile())) {
        for (ZipEntry entry : zip.stream().toList()) {
          if (entry.getName().startsWith(stem) && entry.getName().endsWith(ending)) {
            try (InputStream content = zip.getInputStream(entry)) {
              Files.copy(content, directory.resolve(fileName), REPLACE_EXISTING);
            }
          }
        }
      }
    }
  }

  private void copyScripts(Path scripts, Path license) throws IOException {
    Path bin = Files.createDirectories(output.resolve("bin"));
    for (String name : List.of("platter", "qemu-img")) {
      Path script = Files.copy(scripts.resolve("platter"), bin.resolve(name));
      if (!script.toFile().setExecutable(true, false)) {
        throw new IOException(script + " cannot be made executable");
      }
    }
    for (String options : List.of("jvm.options", "service.options")) {
      Files.copy(scripts.resolve(options), output.resolve("lib").resolve(options));
    }
    Files.copy(license, output.resolve("LICENSE"));
  }

  private void train() throws IOException, InterruptedException {
    // Makes the images that the other runs read, and tells which method handles the program needs.
    String told =
        java("-Djava.lang.invoke.MethodHandle.TRACE_RESOLVE=true", "-m", CLI + "Training");
    addShapes(told, output.resolve("lib/runtime/lib/classlist"));
    for (String name : List.of("platter", "qemu-img")) {
      String version = java("-Dplatter.program=" + name, "-m", CLI + "Main", "--version");
      Files.writeString(output.resolve("lib/" + name + ".version"), version);
    }
    train("info");
    train("other");
    train("convert");
  }

  /**
   * Adds shapes of method handles to the JDK's own list of those whose code the AOT caches hold.
   * The recording of a cache leaves them out, and to make their code at run time takes a fifth of a
   * short command's time: java.lang.foreign alone needs thirty.
   */
  private static void addShapes(String told, Path list) throws IOException {
    Set<String> lines = new LinkedHashSet<>(Files.readAllLines(list));
    Matcher shape = Pattern.compile("(\\[(LF|SPECIES)_RESOLVE] .+) \\(\\w+\\)").matcher(told);
    Set<String> shapes = new TreeSet<>(); // threads tell them in any order
    while (shape.find()) {
      shapes.add("@lambda-form-invoker " + shape.group(1));
    }
    lines.addAll(shapes);
    Files.write(list, lines);
  }

  private void train(String name) throws IOException, InterruptedException {
    String configuration = "-XX:AOTConfiguration=" + work.resolve(name + ".aotconf");
    String cache = "-XX:AOTCache=" + output.resolve("lib/" + name + ".aot");
    // Without profiles (JEP 515): they make the compilers start at once, on work that most commands
    // never reach.
    String noProfiles = "-XX:-AOTRecordTraining";
    java(noProfiles, "-XX:AOTMode=record", configuration, "-m", CLI + "Training", name);
    java(noProfiles, "-XX:AOTMode=create", configuration, cache, "-m", CLI + "Main");
    // Refuses a cache that does not fit, with either way to compile.
    java("-XX:AOTMode=on", cache, "-m", CLI + "Main", "--version");
    java("-XX:TieredStopAtLevel=1", "-XX:AOTMode=on", cache, "-m", CLI + "Main", "--version");
  }

  /** Runs Java as the program is run, and answers what it printed. */
  private String java(String... arguments) throws IOException, InterruptedException {
    Path log = work.resolve("training.log");
    List<String> command = new ArrayList<>();
    command.add(output.resolve("lib/runtime/bin/java").toString());
    command.add("@" + output.resolve("lib/jvm.options"));
    command.add("-Dplatter.native.dir=" + output.resolve("lib/native"));
    command.add("-Dplatter.program=platter");
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command);
    for (String name :
        List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS", "CLASSPATH")) {
      builder.environment().remove(name);
    }
    builder.directory(Files.createDirectories(work.resolve("training")).toFile());
    int exit = builder.redirectErrorStream(true).redirectOutput(log.toFile()).start().waitFor();
    String printed = Files.readString(log);
    if (exit != 0) {
      throw new IOException(
          "exit code %d from %s%n%s".formatted(exit, String.join(" ", command), printed));
    }
    return printed;
  }

  private static void deleteTree(Path root) throws IOException {
    if (Files.exists(root)) {
      try (Stream<Path> tree = Files.walk(root)) {
        for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(path);
        }
      }
    }
  }
}

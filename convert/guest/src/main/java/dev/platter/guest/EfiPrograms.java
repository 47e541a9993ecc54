package dev.platter.guest;

import dev.platter.guest.files.FileTree;
import dev.platter.guest.files.Node;
import dev.platter.guest.files.Source;
import dev.platter.image.ImageException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/** What UEFI would start from an EFI system partition. */
final class EfiPrograms {
  private static final String DEFAULTS = "/EFI/BOOT";
  private static final Map<String, String> NAMES =
      Map.of(
          "bootx64.efi", "x86_64",
          "bootaa64.efi", "aarch64",
          "bootia32.efi", "i686",
          "bootarm.efi", "armv7l",
          "bootriscv64.efi", "riscv64",
          "bootloongarch64.efi", "loongarch64");
  private static final int MAX_DIRECTORIES = 64;
  private static final int MAX_PROGRAMS = 64;

  private final FileTree files;
  private final String place;
  private final List<EfiProgram> found = new ArrayList<>();

  private EfiPrograms(FileTree files, String place) {
    this.files = files;
    this.place = place;
  }

  /** Looks for them: those that need no entry in a machine's list first; none: there are none. */
  static List<EfiProgram> find(FileTree files, String place) throws IOException {
    EfiPrograms programs = new EfiPrograms(files, place);
    programs.addIn(DEFAULTS, true);
    Optional<Node> vendors = files.directory("/EFI");
    int looked = 0;
    for (String vendor : vendors.isPresent() ? names(vendors.get()) : new TreeSet<String>()) {
      String directory = "/EFI/" + vendor;
      if (!directory.equalsIgnoreCase(DEFAULTS) && ++looked <= MAX_DIRECTORIES) {
        programs.addIn(directory, false);
        programs.addIn(directory + "/Boot", false); // Windows keeps its loader there
      }
    }
    return programs.found;
  }

  private static TreeSet<String> names(Node directory) throws IOException {
    return new TreeSet<>(directory.names());
  }

  private void addIn(String directory, boolean knownOnly) throws IOException {
    Optional<Node> node = files.directory(directory);
    if (node.isEmpty()) {
      return;
    }
    for (String name : names(node.get())) {
      String lower = name.toLowerCase(Locale.ROOT);
      boolean isOne = knownOnly ? NAMES.containsKey(lower) : lower.endsWith(".efi");
      Optional<Source> program =
          isOne && found.size() < MAX_PROGRAMS
              ? files.open(directory + "/" + name)
              : Optional.empty();
      if (program.isPresent()) {
        found.add(program(directory + "/" + name, lower, program.get()));
      }
    }
  }

  private EfiProgram program(String path, String lower, Source content) throws IOException {
    String named = NAMES.getOrDefault(lower, "");
    try {
      String told = Executables.architecture(content);
      String architecture = told.isEmpty() ? named : told;
      return new EfiProgram(place, path, architecture, EfiSignature.signer(content));
    } catch (ImageException e) {
      return new EfiProgram(place, path, named, ""); // damaged: it is there all the same
    }
  }
}

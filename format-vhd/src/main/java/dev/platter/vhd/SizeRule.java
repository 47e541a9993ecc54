package dev.platter.vhd;

import dev.platter.image.FormatOptions;
import dev.platter.image.IllegalOptionException;
import dev.platter.image.OptionSpec;
import java.util.List;
import java.util.Set;

/**
 * Which of the two sizes that a footer holds is the disk's: its current size, or what its geometry
 * addresses. Programs have always disagreed, so it depends on who made the disk.
 */
enum SizeRule {
  /** The geometry for disks of Virtual PC and of QEMU; what QEMU does since version 10.0. */
  BY_CREATOR("by_creator"),

  /** The geometry unless the creator is known to mean the size; what QEMU did before 10.0. */
  BY_CREATOR_BEFORE_10("by_creator_before_10"),

  /** Always the geometry. */
  GEOMETRY("chs"),

  /** Always the current size. */
  CURRENT_SIZE("current_size");

  static final List<OptionSpec> SPECS =
      List.of(
          new OptionSpec(
              "force_size_calc",
              OptionSpec.Type.STRING,
              "How the disk's size is told: by_creator (default), by_creator_before_10 (as QEMU"
                  + " before 10.0), chs, current_size"));

  private static final Set<String> MEANING_GEOMETRY = Set.of("vpc ", "qemu");
  private static final Set<String> MEANING_SIZE_BEFORE_10 =
      Set.of("win ", "qem2", "d2v ", "tap\0", "CTXS");

  private final String word;

  SizeRule(String word) {
    this.word = word;
  }

  static SizeRule of(FormatOptions options) throws IllegalOptionException {
    String wanted = options.string("force_size_calc").orElse(BY_CREATOR.word);
    for (SizeRule rule : values()) {
      if (rule.word.equals(wanted)) {
        return rule;
      }
    }
    throw new IllegalOptionException("Invalid size calculation mode: '" + wanted + "'");
  }

  /** Whether the geometry counts in a disk of that creator. */
  boolean isByGeometry(String creator) {
    return switch (this) {
      case BY_CREATOR -> MEANING_GEOMETRY.contains(creator);
      case BY_CREATOR_BEFORE_10 -> !MEANING_SIZE_BEFORE_10.contains(creator);
      case GEOMETRY -> true;
      case CURRENT_SIZE -> false;
    };
  }
}

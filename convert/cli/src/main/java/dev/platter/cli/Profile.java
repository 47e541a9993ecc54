package dev.platter.cli;

/**
 * Under which name the program runs, and so whom it answers: the one place that decides where the
 * two differ. As {@code qemu-img} it answers as QEMU 10.2 does, quirks and refusals included; as
 * {@code platter} it does the better thing.
 */
enum Profile {
  PLATTER("platter"),
  QEMU_IMG("qemu-img");

  /** The system property that the launcher sets to the name under which it was called. */
  static final String PROPERTY = "platter.program";

  /** Our own version. */
  static final String VERSION = "0.1.0";

  /** The version of QEMU that the output follows. */
  static final String QEMU_VERSION = "10.2.2";

  private final String program;

  Profile(String program) {
    this.program = program;
  }

  /** What the launcher says, {@link #PLATTER} where it says nothing. */
  static Profile current() {
    String name = System.getProperty(PROPERTY, "");
    return name.equals(QEMU_IMG.program) ? QEMU_IMG : PLATTER;
  }

  /** The name of the program, with which every message begins. */
  String program() {
    return program;
  }

  /** Whether only raw disks and what qemu-img itself recognises may be told by their content. */
  boolean asQemuImg() {
    return this == QEMU_IMG;
  }

  /** Whether {@code -} means standard input or output; to qemu-img it is a file of that name. */
  boolean dashIsStream() {
    return this == PLATTER;
  }

  /** The most threads that {@code convert -m} may ask for. */
  int maxWorkers() {
    return this == QEMU_IMG ? 16 : 1024;
  }

  /** Whether {@code measure} knows this target format. */
  boolean measures(String format) {
    return this == PLATTER
        || format.equals("raw")
        || format.equals("qcow2")
        || format.equals("luks");
  }
}

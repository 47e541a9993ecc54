package dev.platter.cli.line;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The files that a command line names, for a process that is to open no others. What images name is
 * not among them. For one thread.
 */
public final class NamedFiles {
  private final List<Name> read = new ArrayList<>();
  private final List<Name> changed = new ArrayList<>();
  private Name made;

  /**
   * The name of an image or another file.
   *
   * @param text as it was given
   * @param byOptions whether it is options
   */
  public record Name(String text, boolean byOptions) {}

  /** Files that are read. */
  public static NamedFiles reading(List<String> names, boolean byOptions) {
    NamedFiles files = new NamedFiles();
    for (String name : names) {
      files.read.add(new Name(name, byOptions));
    }
    return files;
  }

  /** The image that a command is about, which is its first operand. */
  public static NamedFiles readingFirst(Invocation call) {
    List<String> operands = call.arguments().operands();
    return reading(operands.subList(0, Math.min(1, operands.size())), call.has(Command.IMAGE_OPTS));
  }

  /** The images that a command is about, which are all of its operands. */
  public static NamedFiles readingAll(Invocation call) {
    return reading(call.arguments().operands(), call.has(Command.IMAGE_OPTS));
  }

  /** One that is read, too; null: none. */
  public NamedFiles andReading(String name) {
    if (name != null) {
      read.add(new Name(name, false));
    }
    return this;
  }

  /** One that is there and is written in place. */
  public NamedFiles andChanging(String name, boolean byOptions) {
    changed.add(new Name(name, byOptions));
    return this;
  }

  /** The one that is made anew. */
  public NamedFiles andMaking(String name) {
    made = new Name(name, false);
    return this;
  }

  public List<Name> read() {
    return List.copyOf(read);
  }

  public List<Name> changed() {
    return List.copyOf(changed);
  }

  public Optional<Name> made() {
    return Optional.ofNullable(made);
  }
}

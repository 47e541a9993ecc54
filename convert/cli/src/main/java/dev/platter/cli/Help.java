package dev.platter.cli;

import dev.platter.cli.line.Command;
import dev.platter.cli.line.Example;
import dev.platter.cli.line.ExitCode;
import dev.platter.cli.line.Option;
import dev.platter.cli.line.Profile;
import dev.platter.cli.source.Source;
import dev.platter.codec.Codecs;
import dev.platter.codec.Encoding;
import dev.platter.image.name.Drivers;
import dev.platter.image.spi.ImageFormat;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/** What {@code --help} and {@code --version} print. */
final class Help {
  private static final int WIDTH = 75;

  private Help() {}

  /**
   * The version; as platter also the formats. The same on all machines: the launcher knows it by
   * heart.
   */
  static void printVersion(Profile profile, PrintStream out) {
    if (profile.asQemuImg()) {
      out.println(
          "qemu-img version " + Profile.QEMU_VERSION + " (Platter " + Profile.VERSION + ")");
      return;
    }
    out.println("platter " + Profile.VERSION + " (follows qemu-img " + Profile.QEMU_VERSION + ")");
    out.print("formats:");
    printFormats(out);
  }

  private static void printFormats(PrintStream out) {
    for (ImageFormat format : Source.FORMATS.all()) {
      out.print(" " + format.name());
    }
    out.println();
  }

  /** The list of commands and formats; as platter also what the codecs run on. */
  static void printAll(Profile profile, List<Option> standard, PrintStream out) {
    if (profile.asQemuImg()) {
      printAllAsQemuImg(profile, standard, out);
      return;
    }
    String program = profile.program();
    printVersion(profile, out);
    out.println("Reads, writes and converts disk images.");
    out.println();
    out.println("Usage: " + program + " [OPTION...] COMMAND [ARGUMENT...]");
    out.println();
    out.println("Options:");
    printOptions(standard, out);
    out.println();
    out.println("Commands (" + program + " COMMAND --help tells more):");
    for (String name : Commands.NAMES) {
      out.println("  " + pad(name, 12) + Commands.named(name).summary());
    }
    for (String name : Commands.OWN_NAMES) {
      out.println("  " + pad(name, 12) + Commands.named(name).summary());
    }
    // A program of its own, which the launcher starts.
    out.println("  " + pad("service", 12) + "run an image service (OpenStack Image API v2)");
    out.println();
    out.println("Supported image formats:");
    printFormats(out);
    if (!profile.asQemuImg()) {
      out.println();
      out.println("Codecs:");
      for (Encoding encoding : Encoding.values()) {
        String name = encoding.name().toLowerCase(Locale.ROOT);
        out.println("  " + pad(name, 12) + Codecs.describe(encoding));
      }
    }
  }

  /**
   * The same in the form of qemu-img's, which scripts search: a line for each command, and then
   * whatever may be named as a format, wrapped.
   */
  private static void printAllAsQemuImg(Profile profile, List<Option> standard, PrintStream out) {
    String program = profile.program();
    printVersion(profile, out);
    out.println("Disk images, read, written and converted.  Usage:");
    out.println();
    out.println("  " + program + " [standard options] COMMAND [--help | command options]");
    out.println();
    out.println("Standard options:");
    printOptions(standard, out);
    out.println();
    out.println("Recognized commands (" + program + " COMMAND --help tells more):");
    out.println();
    for (String name : Commands.NAMES) {
      out.println("  " + name + " - " + Commands.named(name).summary());
    }
    out.println();
    out.println("Supported image formats:");
    out.println();
    Set<String> names = new TreeSet<>(Drivers.NAMES);
    names.addAll(List.of("http", "https", "nbd", "rbd"));
    for (ImageFormat format : Source.FORMATS.all()) {
      names.add(format.name());
    }
    StringBuilder line = new StringBuilder(" ");
    for (String name : names) {
      if (line.length() + name.length() > WIDTH) {
        out.println(line);
        line = new StringBuilder(" ");
      }
      line.append(' ').append(name);
    }
    out.println(line);
  }

  /** The help of one command. */
  static void print(Profile profile, Command command, PrintStream out) {
    out.println("Usage:");
    out.println("  " + profile.program() + " " + command.name() + " " + command.usage(profile));
    out.println();
    out.println(command.summary() + ".");
    out.println();
    out.println("Operands:");
    for (String line : command.operands().split("\n", -1)) {
      out.println("  " + line);
    }
    out.println();
    out.println("Options:");
    printOptions(command.options(profile), out);
    out.println();
    if (command.exitCodes() != ExitCode.DONE_OR_NOT) {
      out.println("Exit codes:");
      for (ExitCode code : command.exitCodes()) {
        out.println("  " + pad(Integer.toString(code.code()), 4) + code.meaning());
      }
      out.println();
    }
    out.println("Examples:");
    for (Example example : command.examples(profile)) {
      out.println("  " + profile.program() + " " + example.words());
      out.println("        " + example.purpose());
    }
    out.println();
    out.println("Sizes take the suffixes k, M, G, T, P and E (powers of 1024).");
  }

  private static void printOptions(List<Option> options, PrintStream out) {
    for (Option option : options) {
      if (!option.help().isEmpty()) {
        out.println("  " + forms(option));
        out.println("        " + option.help());
      }
    }
  }

  private static String forms(Option option) {
    StringBuilder text = new StringBuilder();
    if (option.letters().isEmpty()) {
      text.append("    ");
    } else {
      text.append('-').append(option.letters().charAt(0));
      text.append(option.name().isEmpty() ? "" : ", ");
    }
    if (!option.name().isEmpty()) {
      text.append("--").append(option.name());
    }
    if (option.argumentIsOptional()) {
      String argument = option.argument();
      text.append("[=").append(argument, 1, argument.length() - 1).append(']');
    } else if (option.takesArgument()) {
      text.append(' ').append(option.argument());
    }
    return text.toString();
  }

  private static String pad(String word, int width) {
    return word + " ".repeat(Math.max(1, width - word.length()));
  }
}

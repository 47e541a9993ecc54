package dev.platter.cli;

import dev.platter.cli.line.Command;
import dev.platter.cli.line.Profile;
import dev.platter.cli.manual.ManualPage;
import dev.platter.cli.manual.Shell;
import dev.platter.cli.manual.Vocabulary;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;

/**
 * Lays the pages of the manual and the shells' scripts out as systems look for them below {@code
 * share}, for the assembly of the distribution: {@code Pages DIRECTORY}.
 */
final class Pages {
  private Pages() {}

  public static void main(String[] args) throws IOException {
    Path share = Path.of(args[0]);
    Path manual = share.resolve("man/man1");
    Vocabulary platter = Commands.vocabulary(Profile.PLATTER);
    write(manual.resolve("platter.1"), out -> ManualPage.print(platter, out));
    for (Command command : platter.commands()) {
      write(
          manual.resolve("platter-" + command.name() + ".1"),
          out -> ManualPage.print(platter, command, out));
    }
    for (Profile profile : Profile.values()) {
      Vocabulary words = Commands.vocabulary(profile);
      String name = profile.program();
      write(
          share.resolve("bash-completion/completions/" + name),
          out -> Shell.BASH.print(words, out));
      write(share.resolve("zsh/site-functions/_" + name), out -> Shell.ZSH.print(words, out));
      write(
          share.resolve("fish/vendor_completions.d/" + name + ".fish"),
          out -> Shell.FISH.print(words, out));
    }
  }

  private static void write(Path file, Consumer<PrintStream> content) throws IOException {
    Files.createDirectories(file.getParent());
    try (PrintStream out =
        new PrintStream(Files.newOutputStream(file), false, StandardCharsets.UTF_8)) {
      content.accept(out);
      if (out.checkError()) {
        throw new IOException(file + " cannot be written");
      }
    }
  }
}

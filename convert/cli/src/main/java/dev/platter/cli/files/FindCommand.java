package dev.platter.cli.files;

import dev.platter.cli.line.Command;
import dev.platter.cli.line.Example;
import dev.platter.cli.line.ExitCode;
import dev.platter.cli.line.Failure;
import dev.platter.cli.line.Invocation;
import dev.platter.cli.line.NamedFiles;
import dev.platter.cli.line.Option;
import dev.platter.guest.copy.FileWalk;
import dev.platter.guest.files.FileAttributes;
import dev.platter.guest.files.Node;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** {@code find}: the paths of files of a guest's file system. */
public final class FindCommand extends Command {
  private static final Option NAME =
      new Option("", "name", "PATTERN", "those of such a name, with the wildcards of a shell");
  private static final Option TYPE =
      new Option("", "type", "LETTERS", "those that are files (f), directories (d), links (l) ...");
  private static final String TYPES = "fdlbcps";

  @Override
  public String name() {
    return "find";
  }

  @Override
  public String summary() {
    return "Find files in a file system in an image";
  }

  @Override
  public String usage() {
    return "[-f FMT] [--name PATTERN] [--type LETTERS] [--partition N | --volume GROUP/NAME]"
        + " DISK [PATH]";
  }

  @Override
  public List<Option> options() {
    List<Option> all = new ArrayList<>(OpenDisk.OPTIONS);
    all.addAll(2, List.of(NAME, TYPE));
    return all;
  }

  @Override
  public String operands() {
    return "DISK  the image\nPATH  where to begin (default: /)\n\nLinks are not followed.";
  }

  @Override
  public List<ExitCode> exitCodes() {
    return Skipped.EXIT_CODES;
  }

  @Override
  public List<Example> examples() {
    return List.of(
        new Example("find all files of a name", "find --name os-release disk.qcow2 /etc"));
  }

  @Override
  public Optional<NamedFiles> files(Invocation call) {
    return Optional.of(NamedFiles.readingFirst(call));
  }

  @Override
  public int run(Invocation call) throws IOException, Failure {
    List<String> operands = Operands.of(call, 1, 2, "DISK [PATH]");
    String path = operands.size() > 1 ? operands.get(1) : "/";
    String types = call.arguments().last(TYPE, TYPES + "?");
    for (char letter : types.toCharArray()) {
      if (call.has(TYPE) && TYPES.indexOf(letter) < 0) {
        throw Failure.usage("--type expects letters of '" + TYPES + "', not '" + letter + "'");
      }
    }
    Pattern pattern = call.has(NAME) ? pattern(call.arguments().last(NAME)) : null;
    String start = path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
    Skipped skipped = new Skipped(call, path);
    try (OpenVolume volume = OpenVolume.open(call, operands.getFirst())) {
      FileWalk.walk(
          volume.findItself(path),
          volume.budget(),
          new FileWalk.Visitor() {
            @Override
            public void visit(String found, Node node, FileAttributes attributes) {
              String all = found.isEmpty() ? path : start + "/" + found;
              String name = all.substring(all.lastIndexOf('/') + 1);
              if (types.indexOf(attributes.letter()) >= 0
                  && (pattern == null || pattern.matcher(name).matches())) {
                call.out().println(all);
              }
            }

            @Override
            public void skip(String found, IOException reason) {
              skipped.leftOut(found, reason.getMessage());
            }
          });
    }
    return skipped.exitCode();
  }

  /** The pattern of a shell. */
  static Pattern pattern(String glob) throws Failure {
    StringBuilder regex = new StringBuilder();
    for (int i = 0; i < glob.length(); i++) {
      char c = glob.charAt(i);
      boolean not = glob.startsWith("[!", i);
      int end = c == '[' ? glob.indexOf(']', i + (not ? 3 : 2)) : -1;
      if (c == '*') {
        regex.append(".*");
      } else if (c == '?') {
        regex.append('.');
      } else if (end > 0) {
        String set = glob.substring(i + (not ? 2 : 1), end);
        regex.append(not ? "[^" : "[").append(set.replaceAll("([\\\\\\[^&])", "\\\\$1"));
        regex.append(']');
        i = end;
      } else if (c == '\\' && i + 1 < glob.length()) {
        regex.append(Pattern.quote(String.valueOf(glob.charAt(++i))));
      } else {
        regex.append(Pattern.quote(String.valueOf(c)));
      }
    }
    try {
      return Pattern.compile(regex.toString(), Pattern.DOTALL);
    } catch (PatternSyntaxException e) {
      throw Failure.usage("--name: '" + glob + "' is no pattern: " + e.getDescription());
    }
  }
}

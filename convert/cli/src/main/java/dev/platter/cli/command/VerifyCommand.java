package dev.platter.cli.command;

import dev.platter.cli.line.Arguments;
import dev.platter.cli.line.Command;
import dev.platter.cli.line.Example;
import dev.platter.cli.line.ExitCode;
import dev.platter.cli.line.Failure;
import dev.platter.cli.line.Invocation;
import dev.platter.cli.line.NamedFiles;
import dev.platter.cli.line.Option;
import dev.platter.cli.source.Source;
import dev.platter.cli.text.JsonText;
import dev.platter.cli.text.Reasons;
import dev.platter.convert.DiskDigest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** {@code verify}: whether the bytes of a disk still come to what they came to. */
public final class VerifyCommand extends Command {
  private static final int DIFFERENT = 1;
  private static final int CANNOT_READ = 2;

  @Override
  public String name() {
    return "verify";
  }

  @Override
  public String summary() {
    return "Tell whether a disk has the digests that it should have";
  }

  @Override
  public String usage() {
    return "[-f FMT] [--output human|json] [-p] [-q] [-U] FILE NAME:DIGEST...";
  }

  @Override
  public List<Option> options() {
    return List.of(
        Option.HELP,
        FORMAT,
        DISK,
        UNWRAP,
        MAX_UNWRAPPED,
        MAX_RATE,
        OUTPUT,
        PROGRESS,
        QUIET,
        FORCE_SHARE,
        IMAGE_OPTS,
        OBJECT);
  }

  @Override
  public String operands() {
    return "FILE         the image\n" + "NAME:DIGEST  as the command digest tells it";
  }

  @Override
  public List<ExitCode> exitCodes() {
    return List.of(
        new ExitCode(0, "all digests are as given"),
        new ExitCode(1, "one is another"),
        new ExitCode(2, "the image cannot be read"));
  }

  @Override
  public List<Example> examples() {
    return List.of(
        new Example("tell whether a disk is still the same", "verify disk.qcow2 sha256:DIGEST"));
  }

  @Override
  public boolean exitCodeSaysAll(Arguments arguments) {
    return true;
  }

  @Override
  public int noAnswer() {
    return CANNOT_READ;
  }

  @Override
  public Optional<NamedFiles> files(Invocation call) {
    return Optional.of(NamedFiles.readingFirst(call));
  }

  @Override
  public int run(Invocation call) throws IOException, Failure {
    List<String> operands = call.arguments().operands();
    if (operands.size() < 2) {
      throw Failure.usage("Expecting an image file name and a digest").withExitCode(CANNOT_READ);
    }
    boolean json = call.json();
    Map<String, String> expected = new LinkedHashMap<>();
    for (String text : operands.subList(1, operands.size())) {
      int colon = text.indexOf(':');
      String name = colon < 0 ? "" : text.substring(0, colon);
      String digest = text.substring(colon + 1).toLowerCase(Locale.ROOT);
      boolean isOne = DiskDigest.names().contains(name) && digest.matches("([0-9a-f]{2})+");
      if (!isOne || !expected.getOrDefault(name, digest).equals(digest)) {
        throw new Failure(
            CANNOT_READ,
            (isOne ? "two digests of one name: '" : "not a digest as NAME:HEX: '") + text + "'");
      }
      expected.put(name, digest);
    }
    try (Source source = WholeDisk.open(call, operands.getFirst())) {
      Map<String, String> made =
          WholeDisk.digests(call, source, new ArrayList<>(expected.keySet()));
      return tell(call, source, expected, made, json);
    } catch (Failure e) {
      throw e.withExitCode(CANNOT_READ);
    } catch (IOException e) {
      throw new Failure(CANNOT_READ, Reasons.message(e));
    }
  }

  private static int tell(
      Invocation call,
      Source source,
      Map<String, String> expected,
      Map<String, String> made,
      boolean json) {
    boolean same = made.equals(expected);
    if (json) {
      Map<String, Object> answer = new LinkedHashMap<>();
      answer.put("filename", source.name().shown());
      answer.put("verified", same);
      answer.put("expected", expected);
      answer.put("digests", made);
      JsonText.print(answer, call.out());
    } else if (!call.has(QUIET)) {
      if (same) {
        call.out().println(source.name().shown() + ": the disk is as it was");
      }
      made.forEach((name, digest) -> {
        if (!digest.equals(expected.get(name))) {
          call.out()
              .println(
                  source.name().shown()
                      + ": "
                      + name
                      + " is "
                      + digest
                      + ", not "
                      + expected.get(name));
        }
      });
    }
    return same ? 0 : DIFFERENT;
  }
}

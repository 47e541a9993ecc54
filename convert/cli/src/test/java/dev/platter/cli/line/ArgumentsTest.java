package dev.platter.cli.line;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class ArgumentsTest {
  private static final Option FORMAT = new Option("f", "format", "FMT", "");
  private static final Option OPTIONS = new Option("o", "options", "OPTS", "");
  private static final Option OUTPUT = new Option("", "output", "FORM", "");
  private static final Option PROGRESS = new Option("p", "progress", "[json]", "");
  private static final Option QUIET = new Option("q", "quiet", "", "");
  private static final Option BACKING = new Option("bB", "backing", "FILE", "");
  private static final Option BACKING_FORMAT = new Option("F", "backing-format", "FMT", "");
  private static final List<Option> KNOWN =
      List.of(Option.HELP, FORMAT, OPTIONS, OUTPUT, PROGRESS, QUIET, BACKING, BACKING_FORMAT);

  private static Arguments parse(String... args) throws Failure {
    return Arguments.parse(args, 0, KNOWN, Profile.PLATTER.answers());
  }

  private static void refuses(String message, String... args) {
    Failure e = assertThrows(Failure.class, () -> parse(args));
    assertEquals(message, e.getMessage());
    assertEquals(Failure.Kind.OPTION, e.kind());
  }

  @Test
  void takesOptionsAfterOperands() throws Failure {
    Arguments arguments = parse("a", "-f", "raw", "b", "--output=json");
    assertEquals(List.of("a", "b"), arguments.operands());
    assertEquals("raw", arguments.last(FORMAT));
    assertEquals("json", arguments.last(OUTPUT));
  }

  @Test
  void takesArgumentsGluedToShortOptionsAndShortOptionsGluedTogether() throws Failure {
    Arguments arguments = parse("-pqfvpc", "-oa=1", "-o", "b=2");
    assertTrue(arguments.has(PROGRESS));
    assertTrue(arguments.has(QUIET));
    assertEquals("vpc", arguments.last(FORMAT));
    assertEquals(List.of("a=1", "b=2"), arguments.all(OPTIONS));
  }

  @Test
  void takesLongOptionsWithAndWithoutEqualsSignAndCutShort() throws Failure {
    assertEquals("json", parse("--output", "json").last(OUTPUT));
    assertEquals("json", parse("--outp=json").last(OUTPUT));
    assertEquals("x", parse("--for", "x").last(FORMAT));
  }

  @Test
  void prefersAnExactNameToALongerOne() throws Failure {
    assertEquals("x", parse("--backing", "x").last(BACKING));
    assertEquals("y", parse("--backing-f", "y").last(BACKING_FORMAT));
  }

  @Test
  void givesAnOptionalArgumentOnlyAfterAnEqualsSign() throws Failure {
    Arguments bare = parse("--progress", "json");
    assertTrue(bare.has(PROGRESS));
    assertNull(bare.last(PROGRESS));
    assertEquals(List.of("json"), bare.operands());
    assertEquals("json", parse("--progress=json").last(PROGRESS));
  }

  @Test
  void knowsSeveralLettersForOneOption() throws Failure {
    assertEquals(List.of("x", "y"), parse("-B", "x", "-by").all(BACKING));
  }

  @Test
  void takesTheLastOfRepeatedOptions() throws Failure {
    assertEquals("b", parse("-f", "a", "-f", "b").last(FORMAT));
  }

  @Test
  void takesEverythingAfterTwoDashesAsOperands() throws Failure {
    Arguments arguments = parse("-q", "--", "-f", "--", "x");
    assertEquals(List.of("-f", "--", "x"), arguments.operands());
    assertFalse(arguments.has(FORMAT));
  }

  @Test
  void takesASingleDashAndEmptyWordsAsOperands() throws Failure {
    assertEquals(List.of("-", ""), parse("-", "").operands());
  }

  @Test
  void takesWhatLooksLikeAnOptionAsAnArgument() throws Failure {
    assertEquals("-q", parse("-f", "-q").last(FORMAT));
  }

  @Test
  void stopsAtACryForHelp() throws Failure {
    assertTrue(parse("--help", "--no-such-thing").has(Option.HELP));
  }

  @Test
  void refusesWithTheWordsOfGetopt() {
    refuses("invalid option -- 'z'", "-qz");
    refuses("option requires an argument -- 'f'", "-f");
    refuses("unrecognized option '--bogus'", "--bogus=3");
    refuses("option '--output' requires an argument", "--output");
    refuses("option '--quiet' doesn't allow an argument", "--qui=yes");
    refuses("option '--o' is ambiguous; possibilities: '--options' '--output'", "--o", "x");
  }
}

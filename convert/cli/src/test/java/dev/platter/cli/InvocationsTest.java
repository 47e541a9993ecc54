package dev.platter.cli;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import dev.platter.image.IllegalOptionException;
import dev.platter.image.name.JsonParser;
import dev.platter.testdata.ExternalTool;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every line of {@code invocations.txt} by qemu-img and by us: exit code, both outputs and the
 * files that come of it must agree, but for the differences that the list names; a difference that
 * is not there any more fails, too.
 */
@Tag("interop")
class InvocationsTest {
  /** A newer qemu-img than the distribution's, where there is one beside it. */
  private static final String NEWEST = "PLATTER_NEWEST_QEMU_IMG";

  /** A pattern, to run the lines alone in which it is found. */
  private static final String SOME = "invocations.some";

  private static final Pattern VERSION = Pattern.compile("qemu-img version ([0-9]+\\.[0-9]+)");

  /** Files that are larger are not compared byte by byte. */
  private static final int LARGEST = 64 << 20;

  /** Disks that are larger are not compared by their content, which takes qemu-img minutes. */
  private static final long LARGEST_DISK = 1L << 30;

  private static final Pattern VIRTUAL_SIZE = Pattern.compile("(?m)^/virtual-size ([0-9]+)$");

  @TempDir static Path directory;

  /** What came of a line. */
  private record Outcome(
      List<Integer> exitCodes, String out, String err, Map<String, byte[]> files) {}

  @Test
  void theListIsLong() throws IOException {
    InvocationList list = InvocationList.read();
    assertTrue(list.lines.size() >= 500, list.lines.size() + " lines");
    TreeSet<String> shown = new TreeSet<>();
    for (InvocationList.Line line : list.lines) {
      shown.addAll(line.differences());
    }
    assertEquals(new TreeSet<>(list.differences.keySet()), shown);
  }

  @TestFactory
  Stream<DynamicTest> answersAsTheStableQemuImg() throws IOException {
    return tests(ExternalTool.qemuImg(), "stable");
  }

  @TestFactory
  Stream<DynamicTest> answersAsTheNewestQemuImg() throws IOException {
    String newest = System.getenv(NEWEST);
    return newest == null ? Stream.empty() : tests(ExternalTool.at(Path.of(newest)), "newest");
  }

  private static Stream<DynamicTest> tests(ExternalTool qemuImg, String name) throws IOException {
    InvocationList list = InvocationList.read();
    Matcher version = VERSION.matcher(qemuImg.mustRun("--version"));
    assertTrue(version.find());
    Place place =
        new Place(
            qemuImg,
            InvocationList.version(version.group(1)),
            list,
            Files.createDirectory(directory.resolve(name)));
    place.makeImages();
    Pattern some = Pattern.compile(System.getProperty(SOME, ""));
    return list.lines.stream()
        .filter(line -> some.matcher(line.text()).find())
        .map(line -> DynamicTest.dynamicTest("qemu-img " + line.text(), () -> place.compare(line)));
  }

  /**
   * Where lines are run.
   *
   * @param directory D is in it, the images that are there and stay, and N, what a line makes
   */
  record Place(ExternalTool qemuImg, int version, InvocationList list, Path directory) {
    private Path images() {
      return directory.resolve("D");
    }

    private Path made() {
      return directory.resolve("N");
    }

    void makeImages() throws IOException {
      Files.createDirectory(images());
      for (List<String> words : list.made) {
        ExternalTool tool = ExternalTool.named(words.getFirst());
        tool.runIn(images(), words.subList(1, words.size()).toArray()).mustExit(0);
      }
    }

    void compare(InvocationList.Line line) throws IOException {
      Outcome theirs = run(line, false);
      Path kept = directory.resolve("theirs");
      clear(kept);
      Files.move(made(), kept);
      Outcome ours = run(line, true);
      List<String> known = new ArrayList<>();
      for (String name : line.differences()) {
        InvocationList.Difference difference = list.differences.get(name);
        if (difference == null) {
          fail("there is no difference of the name " + name);
        }
        if (difference.applies(version)) {
          known.add(name + ": " + difference.reason());
        }
      }
      if (known.isEmpty()) {
        assertSame(line, theirs, ours, kept);
        return;
      }
      try {
        assertSame(line, theirs, ours, kept);
      } catch (AssertionError e) {
        return;
      }
      fail("there is no difference any more: " + known);
    }

    private Outcome run(InvocationList.Line line, boolean byUs) throws IOException {
      clear(made());
      Files.createDirectory(made());
      List<Integer> exitCodes = new ArrayList<>();
      StringBuilder out = new StringBuilder();
      StringBuilder err = new StringBuilder();
      for (List<String> command : line.commands()) {
        Object[] words = new Object[command.size()];
        for (int i = 0; i < words.length; i++) {
          words[i] = placed(command.get(i));
        }
        if (byUs) {
          Run run = Run.qemuImg(words);
          exitCodes.add(run.exitCode());
          out.append(run.out());
          err.append(run.err());
        } else {
          ExternalTool.Result result = qemuImg.runIn(images(), words);
          exitCodes.add(result.exitCode());
          out.append(result.stdout());
          err.append(result.stderr());
        }
      }
      Map<String, byte[]> files = new TreeMap<>();
      try (Stream<Path> all = Files.list(made())) {
        for (Path file : all.toList()) {
          if (Files.isRegularFile(file) && Files.size(file) <= LARGEST) {
            files.put(file.getFileName().toString(), Files.readAllBytes(file));
          }
        }
      }
      return new Outcome(exitCodes, out.toString(), err.toString(), files);
    }

    /** A word with the names of directories in it; images that are to be changed are copied. */
    private String placed(String word) throws IOException {
      Matcher name = Pattern.compile("N/([A-Za-z0-9_.-]+)").matcher(word);
      while (name.find()) {
        copy(name.group(1));
      }
      return word.replace("D/", images() + "/").replace("N/", made() + "/");
    }

    private void copy(String name) throws IOException {
      Path target = made().resolve(name);
      if (Files.exists(images().resolve(name)) && !Files.exists(target)) {
        ExternalTool.named("cp").mustRun("--sparse=always", images().resolve(name), target);
      }
      for (String other : list.together.getOrDefault(name, List.of())) {
        copy(other);
      }
    }

    private void assertSame(InvocationList.Line line, Outcome theirs, Outcome ours, Path kept)
        throws IOException {
      assertEquals(theirs.exitCodes(), ours.exitCodes(), () -> theirs + "\n" + ours);
      assertEquals(normal(theirs.err()), normal(ours.err()));
      assertEquals(normal(byMeaning(theirs.out())), normal(byMeaning(ours.out())));
      if (!theirs.exitCodes().stream().allMatch(code -> code == 0)) {
        // What fails may leave something behind with qemu-img, and leaves nothing with us.
        assertTrue(theirs.files().keySet().containsAll(ours.files().keySet()));
        return;
      }
      assertEquals(theirs.files().keySet(), ours.files().keySet());
      for (Map.Entry<String, byte[]> file : theirs.files().entrySet()) {
        byte[] bytes = ours.files().get(file.getKey());
        if (!Arrays.equals(file.getValue(), bytes)) {
          assertTrue(
              !line.sameBytes(),
              () -> file.getKey() + " differs: " + first(file.getValue(), bytes));
          assertSameContent(kept.resolve(file.getKey()), made().resolve(file.getKey()));
        }
      }
    }

    private static String first(byte[] a, byte[] b) {
      return a.length + " and " + b.length + " bytes, first at " + Arrays.mismatch(a, b);
    }

    /** Two images are the same to whom they are, but for where their files have what. */
    private void assertSameContent(Path theirs, Path ours) throws IOException {
      String one = qemuImg.runIn(images(), "info", "--output=json", theirs).stdout();
      String other = qemuImg.runIn(images(), "info", "--output=json", ours).stdout();
      String known = facts(one, theirs);
      assertEquals(known, facts(other, ours));
      Matcher size = VIRTUAL_SIZE.matcher(known);
      if (size.find() && Long.parseLong(size.group(1)) > LARGEST_DISK) {
        return;
      }
      boolean isVhd = endsAsVhd(theirs) && endsAsVhd(ours);
      String format = isVhd ? "vpc" : known.contains("/format raw\n") ? "raw" : null;
      List<Object> words = new ArrayList<>(List.of("compare", theirs, ours));
      if (format != null) {
        words.addAll(List.of("-f", format, "-F", format));
      }
      ExternalTool.Result compared = qemuImg.runIn(images(), words.toArray());
      // Some images cannot be opened by themselves: parts of others, those without their parent.
      if (compared.exitCode() != 2) {
        assertEquals("Images are identical.\n", compared.stdout(), compared::toString);
      }
    }

    private static boolean endsAsVhd(Path file) throws IOException {
      try (RandomAccessFile image = new RandomAccessFile(file.toFile(), "r")) {
        byte[] cookie = new byte[8];
        image.seek(Math.max(0, image.length() - 512));
        return image.read(cookie) == 8 && new String(cookie, US_ASCII).equals("conectix");
      }
    }

    private String facts(String json, Path file) {
      String anywhere =
          json.replace(file.toString(), "FILE")
              .replace(file.getParent() + "/", "N/")
              .replace(made() + "/", "N/");
      return byMeaning(anywhere)
          .replaceAll(
              "(?m)^.*(actual-size|file-length|children/.*virtual-size|cid|.*/date-n?sec) .*\n",
              "");
    }

    private String normal(String text) {
      String normal =
          text.replace(qemuImg.program().toString(), "qemu-img")
              .replace(qemuImg.program().getParent() + "/", "");
      for (InvocationList.Normal each : list.normals) {
        if (version < each.until()) {
          normal = each.pattern().matcher(normal).replaceAll(each.replacement());
        }
      }
      return normal;
    }
  }

  private static void clear(Path directory) throws IOException {
    if (!Files.exists(directory)) {
      return;
    }
    try (Stream<Path> all = Files.walk(directory)) {
      for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(each);
      }
    }
  }

  /** JSON as one line for each value, in an order of its own; other text as it is. */
  private static String byMeaning(String text) {
    boolean isJson = text.startsWith("{") || text.startsWith("[");
    if (!isJson) {
      return text;
    }
    try {
      Object value = JsonParser.parseObject("{\"\": " + text.strip() + "}").get("");
      StringBuilder lines = new StringBuilder();
      flatten("", value, lines);
      return lines.toString();
    } catch (IllegalOptionException e) {
      return text;
    }
  }

  private static void flatten(String path, Object value, StringBuilder lines) {
    if (value instanceof Map<?, ?> map) {
      Map<String, Object> sorted = new TreeMap<>();
      map.forEach((key, each) -> sorted.put(key.toString(), each));
      sorted.forEach((key, each) -> flatten(path + "/" + key, each, lines));
    } else if (value instanceof List<?> list) {
      for (int i = 0; i < list.size(); i++) {
        flatten(path + "/" + i, list.get(i), lines);
      }
      lines.append(path).append("/length ").append(list.size()).append('\n');
    } else {
      lines.append(path).append(' ').append(value).append('\n');
    }
  }
}

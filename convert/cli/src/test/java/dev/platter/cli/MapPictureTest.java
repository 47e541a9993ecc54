package dev.platter.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.SAXException;

/** {@code map --picture}: where bytes are stored, as rectangles whose places can be reckoned. */
class MapPictureTest {
  private static final Path GOLDEN = Path.of("..", "..", "testdata", "golden");
  private static final String TOP_LAYER = "#0072b2";
  private static final String SECOND_LAYER = "#e69f00";
  private static final int MIB = 1 << 20;

  @TempDir Path directory;

  private Document picture(Object image) throws IOException {
    Path file = directory.resolve("picture.svg");
    assertEquals("", Run.platter("map", "--picture", file, image).mustWork());
    try {
      return DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(file.toFile());
    } catch (ParserConfigurationException | SAXException e) {
      throw new AssertionError(Files.readString(file), e);
    }
  }

  private static List<Element> all(Document picture, String kind) {
    NodeList found = picture.getElementsByTagName(kind);
    return IntStream.range(0, found.getLength()).mapToObj(i -> (Element) found.item(i)).toList();
  }

  /** Rectangles of a colour, as {@code x+width}. */
  private static List<String> drawn(Document picture, String colour) {
    return all(picture, "rect").stream()
        .filter(e -> e.getAttribute("fill").equals(colour))
        .filter(e -> !e.getAttribute("width").equals("12")) // of the legend
        .map(e -> e.getAttribute("x") + "+" + e.getAttribute("width"))
        .toList();
  }

  private void write(String name, int... mebibytes) throws IOException {
    byte[] disk = new byte[100 * MIB];
    for (int at : mebibytes) {
      Arrays.fill(disk, at * MIB, (at + 10) * MIB, (byte) 7);
    }
    Path raw = Files.write(directory.resolve("raw"), disk);
    Path target = directory.resolve(name);
    Run.platter("convert", "-f", "raw", "-O", "qcow2", raw, target).mustWork();
  }

  @Test
  void whatIsStoredIsWhereItLiesInTheColourOfItsImage() throws IOException {
    write("base.qcow2", 10, 70);
    Path over = directory.resolve("over.qcow2");
    write("all.qcow2", 10, 40, 70);
    Document alone = picture(directory.resolve("base.qcow2"));
    assertEquals(List.of("120+100", "720+100"), drawn(alone, TOP_LAYER));
    assertEquals(List.of(), drawn(alone, SECOND_LAYER));
    Path base = directory.resolve("base.qcow2");
    Run.platter("create", "-q", "-f", "qcow2", "-b", base, "-F", "qcow2", over).mustWork();
    Run.platter("convert", "--base", base, "-O", "qcow2", directory.resolve("all.qcow2"), over)
        .mustWork();
    Document chain = picture(over);
    assertEquals(List.of("420+100"), drawn(chain, TOP_LAYER));
    assertEquals(List.of("120+100", "720+100"), drawn(chain, SECOND_LAYER));
  }

  @Test
  void partitionsAndWhatTheyHoldStandBeneath() throws IOException {
    Document picture = picture(GOLDEN.resolve("guest/windows.qcow2"));
    List<String> titles = all(picture, "title").stream().map(Element::getTextContent).toList();
    assertTrue(titles.contains("1 fat16 SYSTEM: 16 MiB"), titles.toString());
    assertTrue(titles.contains("3 ntfs Windows: 30 MiB"), titles.toString());
  }

  @Test
  void namesAreTextAndNothingElse() throws IOException {
    Path odd = directory.resolve("<script>&\u0001\".raw");
    Files.write(odd, new byte[MIB]);
    Document picture = picture(odd);
    assertEquals(0, picture.getElementsByTagName("script").getLength());
    String text = Files.readString(directory.resolve("picture.svg"), StandardCharsets.UTF_8);
    assertTrue(text.contains("&lt;script&gt;&amp;?&quot;.raw"), text);
  }

  @Test
  void aTerminalShowsTheSameInLines() throws IOException {
    write("base.qcow2", 10, 70);
    write("all.qcow2", 10, 40, 70);
    Path base = directory.resolve("base.qcow2");
    Path over = directory.resolve("over.qcow2");
    Run.platter("create", "-q", "-f", "qcow2", "-b", base, "-F", "qcow2", over).mustWork();
    Run.platter("convert", "--base", base, "-O", "qcow2", directory.resolve("all.qcow2"), over)
        .mustWork();
    // 80 characters with their edges: 78 for 100 MiB.
    String[] lines = Run.platter("map", "--output=ascii", over).mustWork().split("\n", -1);
    assertEquals(over + ": 100 MiB", lines[0]);
    assertEquals("|" + " ".repeat(31) + "########" + " ".repeat(39) + "|", lines[1]);
    String below = " ".repeat(7) + ".#######+" + " ".repeat(38) + ":#######:" + " ".repeat(15);
    assertEquals("|" + below + "|", lines[2]);
    assertEquals("10 MiB in " + over, lines[3]);
    assertEquals("20 MiB in " + base, lines[4]);
    String windows =
        Run.platter("map", "--output=ascii", GOLDEN.resolve("guest/windows.qcow2")).mustWork();
    assertTrue(windows.contains("[1 fat16 SYSTEM--"), windows);
    assertEquals(1, Run.platter("map", "--output=ascii", "-l", "1M", base).exitCode());
    assertEquals(1, Run.qemuImg("map", "--output=ascii", base).exitCode());
  }
}

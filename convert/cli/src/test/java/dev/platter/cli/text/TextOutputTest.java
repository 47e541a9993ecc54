package dev.platter.cli.text;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.platter.cli.line.CommandLine;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class TextOutputTest {
  @Test
  void whatANameHoldsDoesNothingButShow() {
    assertEquals("a\\nb\\r\\t\\x1b[31m\\x00\\x7f\n", printed("a\nb\r\t\u001b[31m\0\u007f"));
    assertEquals(
        "\\x9b31m\\x85\\u2028\\u202e\\u2066\\u200f\\u061c\n",
        printed("\u009b31m\u0085\u2028\u202e\u2066\u200f\u061c"));
    assertEquals("\u00fc\u20ac\uD83D\uDE00\n", printed("\u00fc\u20ac\uD83D\uDE00"));
    assertEquals("null\n", printed(null));
  }

  @Test
  void bytesOfNamesGoOutAsTheyAreUnlessTheyAreControlCharacters() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (TextOutput out = new TextOutput(bytes)) {
      out.print("a\uDCFF\u00fc\uDC9B\uD800");
    }
    byte[] wanted = ("a?" + "\u00fc\\x9b\\ud800").getBytes(StandardCharsets.UTF_8);
    wanted[1] = (byte) 0xff;
    assertArrayEquals(wanted, bytes.toByteArray());
  }

  @Test
  void noWayToPrintGoesAround() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (TextOutput out = new TextOutput(bytes)) {
      Object escape = new StringBuilder("\u001b");
      out.print(escape);
      out.println(escape);
      out.append("\u001b").printf("%s", "\u001b");
    }
    assertEquals("\\x1b\\x1b\n\\x1b\\x1b", bytes.toString(StandardCharsets.UTF_8));
  }

  @Test
  void wordsOfTheCommandLineAreReadFromTheEnd() {
    byte[] words = "java\0-m\0x\0info\0\0a?\0".getBytes(StandardCharsets.US_ASCII);
    words[words.length - 2] = (byte) 0xff;
    assertArrayEquals(new String[] {"info", "", "a\uDCFF"}, CommandLine.last(3, words));
  }

  private static String printed(String text) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (TextOutput out = new TextOutput(bytes)) {
      out.println(text);
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }

  @Test
  void keysAreHiddenHoweverLongTheyAre() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    TextOutput out = new TextOutput(bytes);
    out.hideKeys();
    out.println("rbd:pool/image:key=" + "AQ".repeat(200_000) + "\\:==:id=admin");
    out.flush();
    assertEquals("rbd:pool/image:key=***:id=admin\n", bytes.toString(StandardCharsets.UTF_8));
  }
}

package dev.platter.server.vmware;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Answers of strangers: what is read of them, and what is refused. */
class SoapElementTest {
  private static SoapElement parse(String document) throws IOException {
    return SoapElement.parse(document.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void elementsGoByTheirLocalNames() throws IOException {
    SoapElement read =
        parse(
            """
            <?xml version="1.0"?>
            <s:a xmlns:s="urn:a" xmlns:xsi="urn:x"><!-- b -->
              <b xsi:type="s:Kind"> x &amp; <![CDATA[<y>]]> </b><b type="Other"/><c>z</c></s:a>
            """);
    assertEquals("a", read.name());
    assertEquals("x & <y>", read.textOf("b"));
    assertEquals("Kind", read.child("b").orElseThrow().type());
    assertEquals("Other", read.all("b").get(1).type());
    assertEquals("", read.textOf("d"));
    String reference = "<v xmlns:i='urn:i' %s i:type='Reference' %s/>";
    assertEquals("Task", parse(reference.formatted("type='Task'", "")).type());
    assertEquals("Task", parse(reference.formatted("", "type='Task'")).type());
    assertEquals("x & <y>\"", parse("<a>" + SoapElement.escaped("x & <y>\"") + "</a>").text());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "<!DOCTYPE a><a/> | document type",
        "<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a> | document type",
        "<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/> | document type",
        "<a>&b;</a> | entities",
        "<a><b></a> | well-formed",
        "<a> | well-formed",
        "{} | well-formed",
        "'' | well-formed"
      })
  void whatIsNoAnswerIsRefused(String document, String words) {
    IOException refused = refused(document.getBytes(StandardCharsets.UTF_8));
    assertTrue(refused.getMessage().contains(words), refused.getMessage());
  }

  /** Nothing is told standard error meanwhile. */
  private static IOException refused(byte[] document) {
    PrintStream standard = System.err;
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    System.setErr(new PrintStream(said, true, StandardCharsets.UTF_8));
    IOException refused;
    try {
      refused = assertThrows(IOException.class, () -> SoapElement.parse(document));
    } finally {
      System.setErr(standard);
    }
    assertEquals("", said.toString(StandardCharsets.UTF_8));
    return refused;
  }

  @Test
  void depthNumberAndSizeAreBounded() throws IOException {
    parse("<a>".repeat(40) + "</a>".repeat(40));
    for (String large :
        new String[] {
          "<a>".repeat(41) + "</a>".repeat(41),
          "<a>" + "<b/>".repeat(200_000) + "</a>",
          "<a>" + "x".repeat(8 << 20) + "</a>"
        }) {
      assertThrows(IOException.class, () -> parse(large));
    }
  }

  @Test
  void bytesThatAreNoTextAreRefused() {
    byte[] bytes = {'<', 'a', '>', (byte) 0xc0, (byte) 0x80, '<', '/', 'a', '>'};
    assertTrue(refused(bytes).getMessage().contains("UTF-8"));
  }
}

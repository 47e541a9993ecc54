package dev.platter.image.support;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** The glance at a file's first bytes never takes what is XML for something else. */
class XmlBeginningTest {
  private static boolean mayBegin(String text) {
    return XmlWalk.mayBegin(MemorySegment.ofArray(text.getBytes(StandardCharsets.UTF_8)));
  }

  @Test
  void whateverBlankOrMarkIsInFront() {
    int blank = 0;
    for (int c = 0; c <= Character.MAX_VALUE; c++) {
      if (Character.isWhitespace(c) || c == '\ufeff' || c == '<') {
        blank++;
        assertTrue(mayBegin((char) c + "\n<a/>"), Integer.toHexString(c));
        assertTrue(mayBegin(" \t" + (char) c + "<a/>"), Integer.toHexString(c));
      }
    }
    assertTrue(blank > 20, "there were " + blank);
  }

  @Test
  void whatIsNoneIsToldByItsFirstByte() {
    for (String text : new String[] {"", "QFI\u00fb<a/>", "\0\0<a/>", "x<a/>", "\u00eb<a/>"}) {
      assertFalse(mayBegin(text), text);
    }
    assertFalse(
        XmlWalk.mayBegin(MemorySegment.ofArray(new byte[] {(byte) 0xeb, 0x63, (byte) 0x90})));
  }
}

package dev.platter.image.support;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.image.Fault;
import dev.platter.image.ImageException;
import dev.platter.storage.MemoryStorage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.foreign.MemorySegment;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;

class XmlWalkTest {
  private static final class Walk extends XmlWalk {
    private String found = "";

    Walk() {
      super("the document", 4);
    }

    @Override
    protected ImageException corrupt(String fault) {
      return Fault.on("the document").corrupt(fault);
    }

    @Override
    protected void start(String element, Map<String, String> attributes) {}

    @Override
    protected void end(String element, String text) {
      found += text;
    }
  }

  @Test
  void badBytesAreOneMessageAndNothingOnStandardError() {
    PrintStream before = System.err;
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    System.setErr(new PrintStream(printed, true, StandardCharsets.UTF_8));
    try {
      for (String prolog : new String[] {"", "<?xml version='1.0' encoding='UTF-8'?>"}) {
        byte[] bytes = (prolog + "<a>\u00ff</a>").getBytes(StandardCharsets.ISO_8859_1);
        ImageException e = assertThrows(ImageException.class, () -> text(bytes));
        assertTrue(e.getMessage().endsWith("it is not UTF-8"), e.getMessage());
      }
      byte[] unknown =
          "<?xml version='1.0' encoding='x-none'?><a/>".getBytes(StandardCharsets.UTF_8);
      assertThrows(ImageException.class, () -> text(unknown));
    } finally {
      System.setErr(before);
    }
    assertEquals("", printed.toString(StandardCharsets.UTF_8));
  }

  @Test
  void encodingsAreReadAsTheyAreDeclared() throws IOException {
    String document = "<a>\u00fc\u00df</a>";
    assertEquals("\u00fc\u00df", text(document.getBytes(StandardCharsets.UTF_8)));
    assertEquals("\u00fc\u00df", text(("\uFEFF" + document).getBytes(StandardCharsets.UTF_8)));
    assertEquals("\u00fc\u00df", text(("\uFEFF" + document).getBytes(StandardCharsets.UTF_16LE)));
    assertEquals("\u00fc\u00df", text(document.getBytes(StandardCharsets.UTF_16)));
    String latin = "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>" + document;
    assertEquals("\u00fc\u00df", text(latin.getBytes(Charset.forName("ISO-8859-1"))));
  }

  private static String text(byte[] bytes) throws IOException {
    Walk walk = new Walk();
    try (MemoryStorage storage = new MemoryStorage("memory")) {
      storage.write(0, MemorySegment.ofArray(bytes));
      walk.walk(storage, 1 << 20);
    }
    return walk.found;
  }
}

package dev.platter.remote.nbd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NbdAddressTest {
  @Test
  void understandsBothForms() throws IOException {
    assertEquals(NbdAddress.network("h", 10809, ""), NbdAddress.parse("nbd://h"));
    assertEquals(NbdAddress.network("h", 77, "a b"), NbdAddress.parse("nbd://h:77/a%20b"));
    assertEquals(NbdAddress.network("::1", 10809, "x/y"), NbdAddress.parse("nbd://[::1]/x/y"));
    assertEquals(NbdAddress.network("h", 77, "x"), NbdAddress.parse("nbd:h:77:exportname=x"));
    assertEquals(NbdAddress.unix("/a+b", ""), NbdAddress.parse("nbd+unix:///?socket=/a+b"));
    assertEquals(NbdAddress.unix("/a b", "x"), NbdAddress.parse("nbd+unix:///x?socket=/a%20b"));
    assertEquals(NbdAddress.unix("/s", ""), NbdAddress.parse("nbd:unix:/s"));
    assertEquals(NbdAddress.unix("/s", "x:y"), NbdAddress.parse("nbd:unix:/s:exportname=x:y"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "nbd:",
        "nbd:h",
        "nbd:h:",
        "nbd:h:0",
        "nbd:h:65536",
        "nbd://",
        "nbd://h?socket=/x",
        "nbd+unix:///x",
        "nbd+unix:///x?socket=/a&socket=/b",
        "nbd+unix:///x?tls=1",
        "nbds://h",
        "nbd://h/%zz",
        "http://h"
      })
  void refusesWhatIsNone(String text) {
    assertThrows(NbdException.class, () -> NbdAddress.parse(text));
  }
}

package dev.platter.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.platter.cli.text.JsonText;
import dev.platter.image.IllegalOptionException;
import dev.platter.image.name.JsonParser;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTest {
  @Test
  void printsInQemusLayout() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("none", List.of());
    map.put("some", List.of("a", 3L, true));
    map.put("nothing", Map.of());
    assertEquals(
        """
        {
            "none": [
            ],
            "some": [
                "a",
                3,
                true
            ],
            "nothing": {
            }
        }\
        """,
        JsonText.of(map));
  }

  @Test
  void escapesEverythingButPrintableAscii() {
    assertEquals(
        "\"\\u00FC\\u20AC\\uD83D\\uDE00\\\"\\\\\\n\\t\\u0001/\"",
        JsonText.of("ü€😀\"\\\n\t\u0001/"));
  }

  @Property
  void readsEveryStringThatItWrote(@ForAll String text) throws IllegalOptionException {
    String json = "{" + JsonText.of("key") + ": " + JsonText.of(text) + "}";
    assertEquals(text, JsonParser.parseObject(json).get("key"));
  }

  @Test
  void readsWhatCallersWrite() throws IllegalOptionException {
    Map<?, ?> json =
        JsonParser.parseObject(
            " {\"driver\":'qcow2', \"file\" : {\"x\": [1, -2, true]}, \"backing\": null} ");
    assertEquals("qcow2", json.get("driver"));
    assertEquals(Map.of("x", List.of(1L, -2L, true)), json.get("file"));
    assertSame(JsonParser.NULL, json.get("backing"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{",
        "[]",
        "3",
        "{}x",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{\"a\":1 \"b\":2}",
        "{a:1}",
        "{\"a\":tru}",
        "{\"a\":1.5}",
        "{\"a\":\"\\x\"}",
        "{\"a\":\"\\u12\"}",
        "{\"a\":\"",
        "{\"a\":1,\"a\":2}"
      })
  void refusesWhatIsNoObject(String text) {
    assertThrows(IllegalOptionException.class, () -> JsonParser.parseObject(text));
  }

  @Test
  void refusesDeepNestingInsteadOfOverflowingTheStack() {
    String deep = "{\"a\":" + "[".repeat(100_000);
    IllegalOptionException e =
        assertThrows(IllegalOptionException.class, () -> JsonParser.parseObject(deep));
    assertEquals(true, e.getMessage().endsWith("nested too deeply"), e.getMessage());
  }
}

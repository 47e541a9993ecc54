package dev.platter.image.name;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.image.IllegalOptionException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ImageNameTest {
  @ParameterizedTest
  @CsvSource({
    "a.img, a.img, a.img",
    "/d/a.img, /d/a.img, /d/a.img",
    "file:a.img, a.img, a.img",
    "file:///d/a.img, /d/a.img, ///d/a.img",
    "./x:y, ./x:y, ./x:y",
    "host_device:/dev/sda, /dev/sda, /dev/sda"
  })
  void understandsPathsWithAndWithoutTheirProtocol(String name, String path, String shown)
      throws IllegalOptionException {
    ImageName parsed = ImageName.parse(name);
    assertEquals(Path.of(path), parsed.location().file());
    assertEquals(shown, parsed.shown());
    assertTrue(parsed.followsBacking());
  }

  @Test
  void understandsTheJsonThatMeasureIsCalledWith() throws IllegalOptionException {
    ImageName alone =
        ImageName.parse(
            "json:{\"driver\":\"qcow2\",\"file\":{\"driver\":\"file\",\"filename\":\"/d/top\"},"
                + "\"backing\":null}");
    assertEquals("qcow2", alone.format());
    assertEquals(Path.of("/d/top"), alone.location().file());
    assertEquals("/d/top", alone.shown());
    assertFalse(alone.followsBacking());
    ImageName chain =
        ImageName.parse(
            "json:{\"driver\":\"qcow2\",\"file\":{\"driver\":\"host_device\",\"filename\":\"/d/a\"},"
                + "\"backing\":{\"driver\":\"raw\",\"file.driver\":\"file\","
                + "\"file.filename\":\"x:y\"}}");
    assertFalse(chain.followsBacking());
    assertEquals("raw", chain.backing().format());
    assertEquals(Path.of("x:y"), chain.backing().location().file());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "gopher:localhost:70 | Unknown protocol 'gopher'",
        "https://host/a.img | Unknown protocol 'https'",
        "'' | The 'file' block driver requires a file name",
        "json:{} | Must specify either driver or file",
        "json:{\"driver\":\"raw\"} | A block device must be specified for \"file\"",
        "json:{\"driver\":\"raw\",\"bogus\":3} | Block format 'raw' does not support the option 'bogus'",
        "json:{\"driver\":3} | Invalid parameter type for 'driver', expected: string",
        "json:{\"driver\":\"raw\",\"file\":{\"driver\":\"gopher\",\"filename\":\"x\"}} | Unknown driver 'gopher'"
      })
  void refusesOtherNames(String name, String message) {
    IllegalOptionException e =
        assertThrows(IllegalOptionException.class, () -> ImageName.parse(name));
    assertEquals(message, e.getMessage());
  }
}

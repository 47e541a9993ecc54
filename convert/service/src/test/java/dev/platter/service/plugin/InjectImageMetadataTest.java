package dev.platter.service.plugin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The two settings, in every way that they are written. */
class InjectImageMetadataTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "PROPERTY1:value,PROPERTY2:value;another value",
        "\"PROPERTY1:value,PROPERTY2:value;another value\"",
        "\"PROPERTY1\":\"value\",\"PROPERTY2\":\"value;another value\"",
        "'PROPERTY1':'value', 'PROPERTY2':'value;another value'",
        "\"PROPERTY1:value\", \"PROPERTY2:value;another value\"",
        "{PROPERTY1:value,PROPERTY2:value;another value}",
        "  PROPERTY1 : value , PROPERTY2 : value;another value "
      })
  void readsProperties(String inject) {
    assertEquals(
        Map.of("PROPERTY1", "value", "PROPERTY2", "value;another value"),
        InjectImageMetadata.parse("", inject).properties());
  }

  @Test
  void keepsColonsOfValues() {
    assertEquals(
        Map.of("url", "http://x:80/"),
        InjectImageMetadata.parse("", "url:http://x:80/").properties());
  }

  @Test
  void readsRoles() {
    assertEquals(
        Set.of("admin", "member"),
        InjectImageMetadata.parse("admin, member", "").ignoreUserRoles());
    assertEquals(Set.of(), InjectImageMetadata.parse("", "").ignoreUserRoles());
    assertEquals(Map.of(), InjectImageMetadata.parse("admin", "{}").properties());
  }

  @ParameterizedTest
  @ValueSource(strings = {"property", ":value", "a:b,c"})
  void refusesWhatIsNoProperty(String inject) {
    assertThrows(IllegalArgumentException.class, () -> InjectImageMetadata.parse("admin", inject));
  }

  @Test
  void makesPluginsOfTheirNames() {
    assertEquals("no_op", ImportPlugins.create("no_op", Map.of()).name());
    assertEquals(
        new ImageConversion("qcow2", Map.of("slow", "vmdk")),
        ImportPlugins.create(
            "image_conversion", Map.of("output_format", "qcow2", "output_format.slow", "vmdk")));
    assertEquals(
        new InjectImageMetadata(Set.of("admin"), Map.of("a", "b")),
        ImportPlugins.create("inject_image_metadata", Map.of("inject", "a:b")));
    assertEquals(
        new ForeignPlugins.Stamp("hello"), ImportPlugins.create("stamp", Map.of("text", "hello")));
    assertThrows(
        IllegalArgumentException.class,
        () -> ImportPlugins.create("image_conversion", Map.of("output_format", "vhd")));
    assertThrows(
        IllegalArgumentException.class,
        () -> ImportPlugins.create("image_introspection", Map.of("os_distro", "nova")));
    assertThrows(IllegalArgumentException.class, () -> ImportPlugins.create("no_such", Map.of()));
  }
}

package dev.platter.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class FaultTest {
  @Test
  void messageNamesWhatIsKnown() {
    assertEquals("vhdx disk: wrong", Fault.in("vhdx", "disk").corrupt("wrong").getMessage());
    assertEquals("disk: wrong", Fault.on("disk").corrupt("wrong").getMessage());
    assertEquals("zip: wrong", Fault.ofFormat("zip").unsupported("wrong").getMessage());
    assertEquals("wrong", Fault.UNPLACED.corrupt("wrong").getMessage());
  }

  @Test
  void messageEndsWithWhatWasFoundAndWhatWasExpected() {
    ImageException e =
        Fault.in("vhdx", "disk").at(4096).actual(3).expected("1 or 2").corrupt("version");
    assertEquals("vhdx disk: version 3, expected 1 or 2", e.getMessage());
    assertEquals("version 3, expected 1 or 2", e.what());
    assertEquals(OptionalLong.of(4096), e.fault().offset());
    assertEquals(Optional.of("1 or 2"), e.fault().expected());
    assertEquals(Optional.of("3"), e.fault().actual());
  }

  @Test
  void deniedReferenceNamesWhoWantsWhat() {
    ImageException e =
        new Reference(Reference.Kind.PARENT, "/etc/passwd", "disk")
            .denied("it lies outside '/srv'");
    assertEquals(
        "disk: backing file '/etc/passwd' must not be opened: it lies outside '/srv'",
        e.getMessage());
    assertEquals(Optional.of("disk"), e.fault().source());
  }

  @Test
  void structureThatDoesNotKnowItsPlaceIsPlacedOnce() {
    CorruptImageException unplaced = Fault.UNPLACED.actual(7).corrupt("entry");
    CorruptImageException placed = unplaced.placedIn("vhdx", "disk");
    assertEquals("vhdx disk: entry 7", placed.getMessage());
    assertEquals(Optional.of("7"), placed.fault().actual());
    assertEquals("vhdx disk: entry 7", placed.placedIn("vpc", "other").getMessage());
  }

  @Test
  void unsoundImageIsNamedOnce() {
    CheckReport report =
        new CheckReport(0, 0, 0, 0, 0, 1, 0, 0, List.of("vpc disk: two blocks overlap"));
    CorruptImageException e =
        assertThrows(
            CorruptImageException.class, () -> report.requireSound(Fault.in("vpc", "disk")));
    assertEquals(
        "vpc disk: two blocks overlap; repair the image before it is changed", e.getMessage());
    assertEquals(Optional.of("vpc"), e.fault().format());
  }
}

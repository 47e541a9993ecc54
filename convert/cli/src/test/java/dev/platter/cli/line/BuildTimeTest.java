package dev.platter.cli.line;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BuildTimeTest {
  @Test
  void secondsAreATime() throws Failure {
    assertEquals(Optional.of(Instant.ofEpochSecond(1_700_000_000L)), BuildTime.parse("1700000000"));
  }

  @Test
  void noneNeedBeSet() throws Failure {
    assertEquals(Optional.empty(), BuildTime.parse(null));
    assertEquals(Optional.empty(), BuildTime.parse(""));
  }

  @ParameterizedTest
  @ValueSource(strings = {"yesterday", "9999999999999999999", "999999999999999999"})
  void whatIsNoTimeIsRefused(String seconds) {
    assertThrows(Failure.class, () -> BuildTime.parse(seconds));
  }
}

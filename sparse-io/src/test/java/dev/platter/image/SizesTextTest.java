package dev.platter.image;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SizesTextTest {
  private static final String[] UNITS = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};

  @ParameterizedTest
  @CsvSource({
    "0, 0 B",
    "999, 999 B",
    "1000, 0.977 KiB",
    "1023, 0.999 KiB",
    "1024, 1 KiB",
    "197120, 192 KiB",
    "262656, 256 KiB",
    "263680, 258 KiB",
    "1572864, 1.5 MiB",
    "1073741824, 1 GiB",
    "10737418240, 10 GiB",
    "1023934464, 976 MiB",
    "1048051712, 1e+03 MiB",
    "9223372036854775807, 8 EiB"
  })
  void printsThreeDigitsAsQemuImgDoes(long bytes, String text) {
    assertEquals(text, Sizes.text(bytes));
  }

  @Property
  void roundsTheExactValueHalfToEven(@ForAll @LongRange(min = 1) long bytes) {
    int unit = 0;
    while (bytes >> (10 * unit) >= 1000) {
      unit++;
    }
    BigDecimal exact = new BigDecimal(bytes).divide(new BigDecimal(1L << (10 * unit)));
    BigDecimal rounded = exact.round(new MathContext(3, RoundingMode.HALF_EVEN));
    String digits =
        rounded.compareTo(new BigDecimal(1000)) == 0
            ? "1e+03"
            : rounded.stripTrailingZeros().toPlainString();
    assertEquals(digits + " " + UNITS[unit], Sizes.text(bytes));
  }
}

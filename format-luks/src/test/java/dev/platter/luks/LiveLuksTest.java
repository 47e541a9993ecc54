package dev.platter.luks;

import dev.platter.image.spi.ImageFormat;
import dev.platter.testdata.LiveImageContract;
import dev.platter.testdata.LiveSubject.Kind;
import java.util.stream.Stream;

class LiveLuksTest extends LiveImageContract {
  @Override
  protected ImageFormat format() {
    return new UnlockedLuks("contract");
  }

  @Override
  protected Stream<Kind> kinds() {
    return Stream.of(Kind.of("iter-time=1,cipher-alg=aes-128"));
  }
}

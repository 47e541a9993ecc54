package dev.platter.cloop;

import dev.platter.image.spi.ImageFormat;
import dev.platter.legacy.Disks;
import dev.platter.testdata.ReadOnlyFormatContract;
import java.util.stream.Stream;

class CloopContractTest extends ReadOnlyFormatContract {
  @Override
  protected ImageFormat format() {
    return new CloopFormat();
  }

  @Override
  protected Stream<Sample> samples() {
    return Stream.of(
        sample("blocks of 64 KiB", 64 << 10, 9, 1 << 20),
        sample("blocks of a sector", 512, 1, 100 << 10),
        sample("odd blocks that are not compressed", 3 * 512, 0, 300 * 1536));
  }

  private static Sample sample(String name, int blockSize, int level, int size) {
    byte[] content = Disks.random(size, blockSize);
    return new Sample(name, HandMadeCloop.of(content, blockSize, level), content);
  }
}

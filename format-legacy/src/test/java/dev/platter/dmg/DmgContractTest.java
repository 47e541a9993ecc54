package dev.platter.dmg;

import dev.platter.image.spi.ImageFormat;
import dev.platter.legacy.Disks;
import dev.platter.testdata.ReadOnlyFormatContract;
import java.io.IOException;
import java.util.Arrays;
import java.util.stream.Stream;

class DmgContractTest extends ReadOnlyFormatContract {
  @Override
  protected ImageFormat format() {
    return new DmgFormat();
  }

  @Override
  protected Stream<Sample> samples() {
    try {
      byte[] content = Disks.random(900 << 10, 1);
      UdifWriter whole =
          new UdifWriter()
              .part(
                  "whole disk",
                  content,
                  100,
                  UdifWriter.ZLIB,
                  UdifWriter.RAW,
                  UdifWriter.LZFSE,
                  UdifWriter.XZ,
                  UdifWriter.ADC);
      return Stream.of(
          new Sample("all kinds of chunks", whole.build(), content),
          new Sample("a resource fork", whole.buildOld(), content),
          new Sample("parts, of which each has its table", parts(content), content));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static byte[] parts(byte[] content) throws IOException {
    UdifWriter writer = new UdifWriter();
    writer.dataAt = 1000;
    int[] ends = {0, 512, 34 * 512, 500 << 10, 900 << 10};
    for (int i = 0; i < ends.length - 1; i++) {
      byte[] part = Arrays.copyOfRange(content, ends[i], ends[i + 1]);
      writer.part("part " + i, part, 8, i == 2 ? UdifWriter.RAW : UdifWriter.LZFSE);
    }
    return writer.build();
  }
}

package dev.platter.wrap;

import java.io.IOException;
import java.io.OutputStream;
import java.util.zip.GZIPOutputStream;

/** One gzip member at a level of one's choice, without name or time: the same bytes each time. */
final class GzipOutput extends GZIPOutputStream {
  private static final int PART = 1 << 16;

  GzipOutput(OutputStream target, int level) throws IOException {
    super(target, PART);
    def.setLevel(level);
  }
}

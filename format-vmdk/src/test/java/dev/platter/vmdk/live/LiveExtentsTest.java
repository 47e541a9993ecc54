package dev.platter.vmdk.live;

import dev.platter.image.CheckReport;
import dev.platter.image.spi.ImageFormat;
import dev.platter.testdata.LiveImageContract;
import dev.platter.testdata.LiveSubject;
import dev.platter.testdata.LiveSubject.Kind;
import dev.platter.vmdk.HandMade;
import dev.platter.vmdk.PowerCutChecks;
import dev.platter.vmdk.VmdkFormat;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;

/**
 * A disk of sparse and flat extents: two files with grains of two sizes, and two parts of a third.
 */
class LiveExtentsTest extends LiveImageContract {
  private static final int UNIT = 16 << 10;
  private static final int GAP = 8 * HandMade.SECTOR;

  @Override
  protected ImageFormat format() {
    return new VmdkFormat();
  }

  @Override
  protected Stream<Kind> kinds() {
    return Stream.of(Kind.of("subformat=twoGbMaxExtentSparse,grain_size=16k"));
  }

  @Override
  protected LiveSubject make(Kind kind, long seed, int size) throws IOException {
    int part = size / 4 / UNIT * UNIT;
    int rest = size - 3 * part;
    Map<String, byte[]> files = new LinkedHashMap<>();
    String text =
        HandMade.descriptor(
            "custom",
            line(part, "SPARSE \"first\""),
            line(part, "FLAT \"flat\" " + (part + 2 * GAP) / HandMade.SECTOR),
            line(part, "FLAT \"flat\" " + GAP / HandMade.SECTOR),
            line(rest, "SPARSE \"last\""));
    files.put(LiveSubject.IMAGE, text.getBytes(StandardCharsets.UTF_8));
    byte[] flat = new byte[2 * part + 3 * GAP];
    new Random(seed).nextBytes(flat);
    files.put("first", sparse(kind, seed, part));
    files.put("flat", flat);
    files.put("last", sparse(Kind.of("subformat=twoGbMaxExtentSparse,grain_size=4k"), seed, rest));
    return new LiveSubject(files, List.of());
  }

  private static String line(int bytes, String rest) {
    return "RW " + bytes / HandMade.SECTOR + " " + rest;
  }

  private byte[] sparse(Kind kind, long seed, int size) throws IOException {
    return LiveSubject.make(format(), kind, seed, size, 4096).files().entrySet().stream()
        .filter(entry -> !entry.getKey().equals(LiveSubject.IMAGE))
        .map(Map.Entry::getValue)
        .findFirst()
        .orElseThrow();
  }

  @Override
  protected int smallSize(Kind kind) {
    return 8 * UNIT + 3 * HandMade.SECTOR;
  }

  @Override
  protected boolean grows(Kind kind) {
    return false;
  }

  @Override
  protected boolean mayBeFound(CheckReport afterPowerCut) {
    return PowerCutChecks.copiesDiffer(afterPowerCut);
  }
}

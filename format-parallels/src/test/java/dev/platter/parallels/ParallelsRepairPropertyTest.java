package dev.platter.parallels;

import dev.platter.image.spi.ImageFormat;
import dev.platter.testdata.RepairContract;
import dev.platter.testdata.Specimen;
import java.nio.ByteOrder;
import java.util.List;

class ParallelsRepairPropertyTest extends RepairContract {
  private static final int TRACKS = 8;
  private static final int ENTRIES = 12;

  @Override
  protected ImageFormat format() {
    return new ParallelsFormat();
  }

  @Override
  protected List<Specimen> specimens() {
    HandMade silent = disk(false);
    silent.tellsDataOffset = false;
    return List.of(
        specimen("old", disk(false)), specimen("extended", disk(true)), specimen("silent", silent));
  }

  private static HandMade disk(boolean extended) {
    HandMade image = new HandMade(extended, TRACKS, ENTRIES);
    for (int cluster : new int[] {3, 2, 0, 7, 8, 10, 5}) {
      image.cluster(cluster, HandMade.random(image.clusterSize(), cluster));
    }
    image.sectors -= 3;
    return image;
  }

  private static Specimen specimen(String name, HandMade image) {
    ByteOrder order = ByteOrder.LITTLE_ENDIAN;
    long[] entries = {
      0, 1, image.entryOf(0), image.entryOf(3), image.entryOf(6), image.entryOf(7), image.entryOf(9)
    };
    return new Specimen(name, image.build())
        .numbers(HandMade.BAT_AT, ENTRIES, 4, order, entries)
        .numbers(HandMade.BAT_AT, ENTRIES, 4, order, entries)
        .numbers(28, 2, 4, order, 1, TRACKS, 2 * TRACKS, ENTRIES, ENTRIES - 1, ENTRIES + 1)
        .numbers(36, 1, 8, order, image.sectors, TRACKS, ENTRIES * TRACKS, ENTRIES * TRACKS + 1)
        .numbers(44, 3, 4, order, 0x746F6E59, 0x312E3276, 0, 1, 2, TRACKS, 2 * TRACKS)
        .numbers(56, 1, 8, order, TRACKS, 3 * TRACKS);
  }

  /** That it is in use. */
  @Override
  protected int marks() {
    return 1;
  }

  @Override
  protected List<String> kept() {
    return List.of(
        "silent all: put 1c 08000100 / put 24 0700000000000000",
        "old all: put 1c 08002000 / put 24 0800000000000000");
  }
}

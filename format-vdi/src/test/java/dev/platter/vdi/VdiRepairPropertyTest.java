package dev.platter.vdi;

import dev.platter.image.spi.ImageFormat;
import dev.platter.testdata.RepairContract;
import dev.platter.testdata.Specimen;
import java.nio.ByteOrder;
import java.util.List;
import java.util.UUID;

class VdiRepairPropertyTest extends RepairContract {
  private static final int BLOCK = 1 << 12;
  private static final int BLOCKS = 12;

  @Override
  protected ImageFormat format() {
    return new VdiFormat();
  }

  @Override
  protected List<Specimen> specimens() {
    HandMadeVdi child = disk();
    child.type = 4;
    child.parent = new UUID(3, 4);
    HandMadeVdi isStatic = new HandMadeVdi(BLOCKS * BLOCK - 512, BLOCK);
    isStatic.type = 2;
    for (int block = 0; block < BLOCKS; block++) {
      isStatic.block(block, HandMadeVdi.random(BLOCK, block));
    }
    HandMadeVdi extra = disk();
    extra.extra = 512;
    return List.of(
        specimen("dynamic", disk()),
        specimen("child", child),
        specimen("static", isStatic),
        specimen("extra", extra));
  }

  private static HandMadeVdi disk() {
    HandMadeVdi vdi = new HandMadeVdi(BLOCKS * BLOCK - 512, BLOCK);
    for (int block : new int[] {3, 2, 0, 7, 8, 10, 5}) {
      vdi.block(block, HandMadeVdi.random(BLOCK, block));
    }
    return vdi.entry(6, HandMadeVdi.ZERO).entry(9, HandMadeVdi.ZERO);
  }

  private static Specimen specimen(String name, HandMadeVdi vdi) {
    ByteOrder order = ByteOrder.LITTLE_ENDIAN;
    long[] entries = {0, 3, 6, 7, BLOCKS - 1, BLOCKS, -1, -2};
    long[] offsets = {0, 64, 512, HandMadeVdi.TABLE_AT, vdi.dataAt(), vdi.dataAt() + BLOCK};
    return new Specimen(name, vdi.build())
        .numbers(HandMadeVdi.TABLE_AT, BLOCKS, 4, order, entries)
        .numbers(HandMadeVdi.TABLE_AT, BLOCKS, 4, order, entries)
        .numbers(340, 2, 4, order, offsets)
        .numbers(368, 1, 8, order, BLOCK, BLOCKS * BLOCK, (BLOCKS + 1) * BLOCK)
        .numbers(376, 2, 4, order, 512, BLOCK, 2 * BLOCK)
        .numbers(384, 2, 4, order, 5, 7, BLOCKS, BLOCKS + 1)
        .numbers(68, 4, 4, order)
        .numbers(424, 4, 4, order);
  }

  @Override
  protected List<String> kept() {
    return List.of(
        "dynamic all: put 158 00060004",
        "extra all: put 158 feffffff / put 170 0000000000000000",
        "static all: put 17c 00000040",
        "static all: put 17c 5c583a2d");
  }
}

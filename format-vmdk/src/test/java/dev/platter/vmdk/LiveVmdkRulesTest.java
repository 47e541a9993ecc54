package dev.platter.vmdk;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.image.CorruptImageException;
import dev.platter.image.DiskImage;
import dev.platter.image.Identity;
import dev.platter.image.Limits;
import dev.platter.image.UnsupportedFeatureException;
import dev.platter.image.disk.GuestDisk;
import dev.platter.image.disk.GuestDisk.Space;
import dev.platter.image.spi.EditRequest;
import dev.platter.image.spi.OpenRequest;
import dev.platter.storage.ForwardingStorage;
import dev.platter.storage.MemoryStorage;
import dev.platter.storage.WritableStorage;
import dev.platter.vmdk.format.CowdHeader;
import dev.platter.vmdk.format.Descriptor;
import dev.platter.vmdk.format.SeSparseHeader;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What writing to a disk in use changes beside its bytes, and what it does not touch. */
class LiveVmdkRulesTest {
  private static final int SECTOR = HandMade.SECTOR;
  private static final int GRAIN = HandMade.GRAIN;
  private static final int UNCLEAN_AT = 72;
  private static final int TABLE_COPY = 2 * SECTOR;
  private static final int TABLE = 4 * SECTOR;

  private final Map<String, MemoryStorage> files = new HashMap<>();

  private void put(String name, byte[] bytes) {
    files.put(name, MemoryStorage.of(name, bytes));
  }

  private void put(String name, String text) {
    put(name, text.getBytes(StandardCharsets.UTF_8));
  }

  private byte[] bytes(String name) throws IOException {
    return files.get(name).toByteArray();
  }

  private GuestDisk live(String name) throws IOException {
    EditRequest request =
        new EditRequest(
            Limits.DEFAULT,
            reference -> lent(reference.name()),
            Identity.seeded("rules", Instant.EPOCH));
    return new GuestDisk(new VmdkFormat().openLive(files.get(name), request), List.of());
  }

  private WritableStorage lent(String name) {
    return new ForwardingStorage(files.get(name)) {
      @Override
      public void close() {}
    };
  }

  private DiskImage open(String name) throws IOException {
    return new VmdkFormat()
        .open(
            files.get(name), new OpenRequest(Limits.DEFAULT, reference -> lent(reference.name())));
  }

  private byte[] content(String name) throws IOException {
    try (DiskImage image = open(name)) {
      return HandMade.content(image.map());
    }
  }

  private static MemorySegment filled(int length, int value) {
    return MemorySegment.ofArray(HandMade.filled(length, value));
  }

  private static String alone(String more) {
    return HandMade.descriptor("monolithicSparse", "RW 32 SPARSE \"disk\"") + more;
  }

  /** Nothing may change where an image is refused. */
  private <T extends IOException> void mustRefuse(Class<T> kind, String word) throws IOException {
    Map<String, byte[]> before = new HashMap<>();
    for (String name : files.keySet()) {
      before.put(name, bytes(name));
    }
    T refusal = assertThrows(kind, () -> live("disk").close());
    assertTrue(refusal.getMessage().contains(word), refusal.getMessage());
    for (String name : files.keySet()) {
      assertArrayEquals(before.get(name), bytes(name), name);
    }
  }

  @Test
  void theContentIdChangesWithTheFirstWriteOnly() throws IOException {
    String longId = "ddb.longContentID = \"0123456789abcdef0123456712345678\"\n";
    put("disk", HandMade.sparse(alone(longId)).array());
    put(
        "child",
        HandMade.descriptor("monolithicFlat", "RW 32 ZERO")
            .replace("parentCID=ffffffff", "parentCID=12345678\nparentFileNameHint=\"disk\""));
    try (GuestDisk disk = live("disk")) {
      disk.read(0, filled(SECTOR, 0));
    }
    try (DiskImage child = open("child");
        DiskImage disk = open("disk")) {
      child.checkParent(disk);
    }
    try (GuestDisk disk = live("disk")) {
      disk.write(0, filled(SECTOR, 7));
      disk.flush();
      Descriptor changed =
          Descriptor.read(files.get("disk"), 8L * SECTOR, 8 * SECTOR, Limits.DEFAULT);
      disk.write(0, filled(SECTOR, 8));
      disk.flush();
      Descriptor later =
          Descriptor.read(files.get("disk"), 8L * SECTOR, 8 * SECTOR, Limits.DEFAULT);
      assertEquals(changed, later);
      assertFalse(changed.cid() == 0x12345678);
      assertEquals(Descriptor.CID_NOPARENT, changed.parentCid());
      assertTrue(
          changed
              .database()
              .get("ddb.longcontentid")
              .equals("0123456789abcdef01234567" + String.format("%08x", changed.cid())));
    }
    try (DiskImage child = open("child");
        DiskImage disk = open("disk")) {
      assertThrows(CorruptImageException.class, () -> child.checkParent(disk));
    }
    // The same identity, the next time: it is another one all the same.
    int former = Descriptor.read(files.get("disk"), 8L * SECTOR, 8 * SECTOR, Limits.DEFAULT).cid();
    try (GuestDisk disk = live("disk")) {
      disk.write(0, filled(SECTOR, 9));
    }
    int cid = Descriptor.read(files.get("disk"), 8L * SECTOR, 8 * SECTOR, Limits.DEFAULT).cid();
    assertFalse(cid == former);
  }

  @Test
  void aShortContentIdStaysAsShort() throws IOException {
    put("disk", HandMade.descriptor("custom", "RW 8 FLAT \"flat\" 0").replace("=12345678", "=0"));
    put("flat", new byte[8 * SECTOR]);
    int length = bytes("disk").length;
    try (GuestDisk disk = live("disk")) {
      disk.write(0, filled(SECTOR, 7));
    }
    assertEquals(length, bytes("disk").length);
    assertFalse(Descriptor.read(files.get("disk"), 0, length, Limits.DEFAULT).cid() == 0);
    assertEquals(7, bytes("flat")[0]);
  }

  @Test
  void anExtentIsUncleanWhileItIsWrittenTo() throws IOException {
    put("disk", HandMade.sparse(alone("")).array());
    GuestDisk disk = live("disk");
    assertEquals(0, bytes("disk")[UNCLEAN_AT]);
    disk.write(2L * GRAIN, filled(GRAIN, 3));
    assertEquals(1, bytes("disk")[UNCLEAN_AT]);
    disk.close();
    byte[] file = bytes("disk");
    assertEquals(0, file[UNCLEAN_AT]);
    assertArrayEquals(
        Arrays.copyOfRange(file, TABLE, TABLE + SECTOR),
        Arrays.copyOfRange(file, TABLE_COPY, TABLE_COPY + SECTOR));
    byte[] expected = HandMade.sparseContent();
    Arrays.fill(expected, 2 * GRAIN, 3 * GRAIN, (byte) 3);
    assertArrayEquals(expected, content("disk"));
  }

  @Test
  void copiesThatDifferArePutRightOnlyAfterACrash() throws IOException {
    ByteBuffer file = HandMade.sparse(alone(""));
    file.putInt(TABLE_COPY + 12, 0);
    put("disk", file.array().clone());
    mustRefuse(CorruptImageException.class, "differ");
    file.put(UNCLEAN_AT, (byte) 1);
    put("disk", file.array());
    live("disk").close();
    assertArrayEquals(HandMade.sparse(alone("")).array(), bytes("disk"));
  }

  @Test
  void whatMustNotBeWrittenIsRefusedAndTheRestIsWritten() throws IOException {
    put(
        "disk",
        HandMade.descriptor(
            "custom",
            "RW 8 FLAT \"flat\" 0",
            "RDONLY 8 FLAT \"flat\" 8",
            "RW 8 ZERO",
            "NOACCESS 8 FLAT \"none\" 0",
            "RDONLY 32 SPARSE \"sparse\""));
    put("flat", HandMade.filled(16 * SECTOR, 5));
    byte[] sparse = HandMade.sparse("").array();
    put("sparse", sparse.clone());
    byte[] expected = content("disk");
    try (GuestDisk disk = live("disk")) {
      for (int at = 8 * SECTOR; at < disk.size(); at += 8 * SECTOR) {
        int from = at;
        IOException refusal =
            assertThrows(IOException.class, () -> disk.write(from, filled(SECTOR, 1)));
        assertTrue(refusal.getMessage().contains("descriptor says"), refusal.getMessage());
        assertThrows(IOException.class, () -> disk.zero(from, SECTOR, Space.KEEP));
        disk.discard(from, 8 * SECTOR);
      }
      disk.zero(16 * SECTOR, 16 * SECTOR, Space.GIVE_BACK);
      assertThrows(IOException.class, () -> disk.zero(8 * SECTOR, SECTOR, Space.GIVE_BACK));
      disk.write(0, filled(8 * SECTOR, 6));
    }
    Arrays.fill(expected, 0, 8 * SECTOR, (byte) 6);
    assertArrayEquals(expected, content("disk"));
    assertArrayEquals(sparse, bytes("sparse"));
  }

  @Test
  void kindsThatCannotBeWrittenToAreRefusedByName() throws IOException {
    put("disk", HandMade.stream().array());
    mustRefuse(UnsupportedFeatureException.class, "streamOptimized");
    put("disk", HandMade.descriptor("vmfsSparse", "RW 32 VMFSSPARSE \"extent\""));
    byte[] cowd = new byte[4096];
    ByteBuffer.wrap(cowd).order(ByteOrder.LITTLE_ENDIAN).putInt(0, CowdHeader.MAGIC);
    put("extent", cowd);
    mustRefuse(UnsupportedFeatureException.class, "COWD");
    put("disk", HandMade.descriptor("seSparse", "RW 32 SESPARSE \"extent\""));
    byte[] seSparse = new byte[4096];
    ByteBuffer.wrap(seSparse).order(ByteOrder.LITTLE_ENDIAN).putLong(0, SeSparseHeader.MAGIC);
    put("extent", seSparse);
    mustRefuse(UnsupportedFeatureException.class, "seSparse");
    put("disk", HandMade.sparse(alone("")).putInt(4, 3).array());
    mustRefuse(UnsupportedFeatureException.class, "version 3");
    put("disk", HandMade.sparse(alone("")).putInt(SECTOR, 0).putInt(3 * SECTOR, 0).array());
    mustRefuse(UnsupportedFeatureException.class, "no grain table 0");
  }

  @Test
  void nothingIsWrittenWhereSomethingElseLives() throws IOException {
    for (int place : new int[] {24, 4, 2, 8, 15}) {
      ByteBuffer file = HandMade.sparse(alone(""));
      for (int table : new int[] {TABLE_COPY, TABLE}) {
        file.putInt(table, place);
      }
      put("disk", file.array());
      mustRefuse(CorruptImageException.class, place == 24 ? "grain 3 lies at" : "grain 0 lies at");
    }
    ByteBuffer same = HandMade.sparse(alone(""));
    same.putInt(SECTOR, 4);
    put("disk", same.array());
    mustRefuse(CorruptImageException.class, "over one another");
    put("disk", HandMade.descriptor("custom", "RW 8 FLAT \"flat\" 0", "RW 8 FLAT \"flat\" 7"));
    put("flat", new byte[16 * SECTOR]);
    mustRefuse(CorruptImageException.class, "twice");
    put("disk", HandMade.descriptor("custom", "RW 7 FLAT \"flat\" 0", "RW 32 SPARSE \"sparse\""));
    put("sparse", HandMade.sparse("").array());
    mustRefuse(UnsupportedFeatureException.class, "begins at 0xe00");
  }
}

package dev.platter.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.testdata.ExternalTool;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * New images of VDI, VHD, VHDX, VMDK and Parallels beside those of qemu-img, empty and with a few
 * blocks: headers and tables say the same, byte by byte, but for the fields named here. Each of
 * those must differ, so that one that does not any more is taken off the list. Of qcow2 and raw see
 * {@link NewImagesInteropTest}.
 */
@Tag("interop")
class NewLayoutsInteropTest {
  private static final int MIB = 1 << 20;

  @TempDir Path directory;
  private Path source;

  /** A field that differs, or (by {@code MAY}) may: moments of making are often the same. */
  private record Field(String name, int offset, int length) {
    private static final String MAY = "moment";
  }

  private record Pair(byte[] theirs, byte[] ours) {
    /** The same but for these fields; behind the end of the shorter one there are only zeros. */
    void mustBeAlikeBut(Field... fields) {
      byte[] a = theirs.clone();
      byte[] b = Arrays.copyOf(ours, Math.max(ours.length, a.length));
      a = Arrays.copyOf(a, b.length);
      for (Field field : fields) {
        int end = field.offset + field.length;
        if (!field.name.contains(Field.MAY)) {
          assertTrue(
              Arrays.mismatch(a, field.offset, end, b, field.offset, end) >= 0,
              () -> "'" + field.name + "' does not differ any more: take it off the list");
        }
        Arrays.fill(a, field.offset, end, (byte) 0);
        Arrays.fill(b, field.offset, end, (byte) 0);
      }
      int at = Arrays.mismatch(a, b);
      assertEquals(-1, at, () -> "first at 0x%x".formatted(at));
    }

    Pair part(int from, int to) {
      return new Pair(Arrays.copyOfRange(theirs, from, to), Arrays.copyOfRange(ours, from, to));
    }
  }

  @BeforeEach
  void makeSource() throws IOException {
    byte[] disk = new byte[5 * MIB];
    Arrays.fill(disk, 64 << 10, 68 << 10, (byte) 1);
    Arrays.fill(disk, 3 * MIB, 3 * MIB + (64 << 10), (byte) 2);
    source = Files.write(directory.resolve("disk.raw"), disk);
  }

  /** Ours begin their blocks at 4 KiB, for disks whose sectors have that many. */
  @ParameterizedTest
  @ValueSource(strings = {"create -f vdi 10M", "create -f vdi -o static=on 3M", "create -f vdi 0"})
  void vdiHasTheSameHeader(String line) throws IOException {
    make(line).mustBeAlikeBut(vdiFields());
  }

  @Test
  void vdiHasTheSameTableAndBlocks() throws IOException {
    Pair both = make("convert -O vdi");
    both.part(0, 1024).mustBeAlikeBut(vdiFields());
    new Pair(
            Arrays.copyOfRange(both.theirs, 1024, both.theirs.length),
            Arrays.copyOfRange(both.ours, 4096, both.ours.length))
        .mustBeAlikeBut();
  }

  private static Field[] vdiFields() {
    return new Field[] {
      new Field("maker", 0, 0x40),
      new Field("length of the header: ours has the geometry of VirtualBox 3.1 and later", 0x48, 4),
      new Field("where blocks begin", 0x158, 4),
      new Field("UUID of the image", 0x188, 16),
      new Field("UUID of the last snapshot", 0x198, 16),
      new Field("sector size of that geometry", 0x1d4, 4)
    };
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "create -f parallels 0",
        "create -f parallels 10M",
        "create -f parallels -o cluster_size=64k 10M",
        "create -f parallels 1G",
        "convert -O parallels",
        "convert -O parallels -o cluster_size=128k"
      })
  void parallelsIsTheSame(String line) throws IOException {
    make(line).mustBeAlikeBut();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "create -f vpc 10M",
        "create -f vpc 1G",
        "create -f vpc -o force_size=on 10M",
        "create -f vpc -o subformat=fixed 3M",
        "create -f vpc -o subformat=fixed,force_size=on 3M",
        "convert -O vpc -o subformat=fixed"
      })
  void vhdIsTheSame(String line) throws IOException {
    Pair both = make(line);
    assertEquals(both.theirs.length, both.ours.length);
    Pair footer = both.part(both.ours.length - 512, both.ours.length);
    footer.mustBeAlikeBut(vhdFields());
    int end = both.ours.length - 512;
    boolean isDynamic = both.ours[0] == 'c';
    both.part(0, end).mustBeAlikeBut(isDynamic ? vhdFields() : new Field[0]);
  }

  /** Ours begin their blocks so that the data in them do at 4 KiB. */
  @Test
  void vhdHasTheSameTableAndBlocks() throws IOException {
    Pair both = make("convert -O vpc");
    both.part(0, 0x600).mustBeAlikeBut(vhdFields());
    List<Integer> theirs = ints(both.theirs, 0x600, 3);
    List<Integer> ours = ints(both.ours, 0x600, 3);
    assertEquals(List.of(-1), theirs.subList(2, 3));
    assertEquals(List.of(-1), ours.subList(2, 3));
    for (int i = 0; i < 2; i++) {
      int a = theirs.get(i) * 512;
      int b = ours.get(i) * 512;
      assertNotEquals(a, b, "take the alignment off the list");
      new Pair(
              Arrays.copyOfRange(both.theirs, a, a + 512 + 2 * MIB),
              Arrays.copyOfRange(both.ours, b, b + 512 + 2 * MIB))
          .mustBeAlikeBut();
    }
  }

  private static Field[] vhdFields() {
    return new Field[] {
      new Field("moment of making", 0x18, 4), new Field("checksum and UUID", 0x40, 20)
    };
  }

  @ParameterizedTest
  @ValueSource(strings = {"create -f vmdk 10M", "create -f vmdk 0", "convert -O vmdk"})
  void sparseVmdkIsTheSameButForWhatTheDescriptorSaysMore(String line) throws IOException {
    Pair both = make(line);
    both.mustBeAlikeBut(new Field("descriptor", 512, 20 * 512));
    mustSayTheSame(both.part(512, 21 * 512));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "create -f vmdk -o subformat=monolithicFlat 10M",
        "create -f vmdk -o subformat=twoGbMaxExtentFlat 3G",
        "create -f vmdk -o subformat=twoGbMaxExtentSparse 5G",
        "create -f vmdk -o subformat=twoGbMaxExtentSparse,adapter_type=lsilogic,hwversion=6 1G"
      })
  void descriptorOfVmdkSaysTheSame(String line) throws IOException {
    mustSayTheSame(make(line));
  }

  /** Theirs keep 20 sectors free for a descriptor, and so all that follows lies further behind. */
  @Test
  void splitVmdkHasTheSameTables() throws IOException {
    make("create -f vmdk -o subformat=twoGbMaxExtentSparse 1G");
    byte[] theirs = Files.readAllBytes(directory.resolve("theirs/x-s001.vmdk"));
    byte[] ours = Files.readAllBytes(directory.resolve("ours/x-s001.vmdk"));
    new Pair(Arrays.copyOf(theirs, 512), Arrays.copyOf(ours, 512))
        .mustBeAlikeBut(
            new Field("descriptor", 0x1c, 16),
            new Field("redundant grain directory", 0x30, 8),
            new Field("grain directory", 0x38, 8));
    for (int directoryField : new int[] {0x30, 0x38}) {
      int moved = 20;
      int a = little(theirs).getInt(directoryField);
      int b = little(ours).getInt(directoryField);
      assertEquals(a, b + moved);
      for (int i = 0; i < 32; i++) {
        assertEquals(
            little(theirs).getInt(a * 512 + 4 * i), little(ours).getInt(b * 512 + 4 * i) + moved);
      }
    }
  }

  private static void mustSayTheSame(Pair descriptors) {
    List<String> theirs = lines(descriptors.theirs);
    List<String> ours = lines(descriptors.ours);
    List<String> more = new ArrayList<>();
    for (String line : ours) {
      if (!theirs.contains(line)) {
        more.add(line.replaceFirst("=.*", ""));
      }
    }
    assertEquals(
        List.of("encoding", "isNativeSnapshot", "ddb.uuid ", "ddb.longContentID "),
        more,
        ours::toString);
    ours.retainAll(theirs);
    assertEquals(theirs, ours);
  }

  private static List<String> lines(byte[] text) {
    String all = new String(text, StandardCharsets.US_ASCII).replaceAll("\0", "");
    return new ArrayList<>(all.replaceAll("(?m)^CID=.*", "CID=").lines().toList());
  }

  /**
   * Regions lie where those of Hyper-V do, metadata before the table of blocks, where QEMU has them
   * the other way round; both orders are allowed ("Region Table"). What they say is the same.
   */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "create -f vhdx 10M",
        "create -f vhdx 1G",
        "create -f vhdx -o block_size=2M,log_size=2M 10M",
        "convert -O vhdx -o subformat=fixed",
        "convert -O vhdx"
      })
  void vhdxSaysTheSame(String line) throws IOException {
    Pair both = make(line);
    both.part(0, 0x30000)
        .mustBeAlikeBut(
            new Field("maker", 8, 512),
            new Field("checksum and sequence number", 0x10004, 12),
            new Field("identifiers", 0x10010, 32),
            new Field("checksum and sequence number, second header", 0x20004, 12),
            new Field("identifiers, second header", 0x20010, 32));
    SortedMap<String, String> theirs = new Vhdx(both.theirs).facts();
    SortedMap<String, String> ours = new Vhdx(both.ours).facts();
    // The physical sector, of 4096 bytes as Hyper-V's where theirs has 512.
    assertEquals("[0, 2, 0, 0]", theirs.remove("value of " + Vhdx.PHYSICAL_SECTOR));
    assertEquals("[0, 16, 0, 0]", ours.remove("value of " + Vhdx.PHYSICAL_SECTOR));
    assertEquals(theirs, ours);
  }

  /** What an image of VHDX says, wherever. */
  private record Vhdx(byte[] file) {
    private static final String BAT = "2dc27766f62342009d64115e9bfd4a08";
    private static final String METADATA = "8b7ca20647904b9ab8fe575f050f886e";
    private static final String PHYSICAL_SECTOR = "cda348c7445d44719cc9e9885251c556";
    private static final String VIRTUAL_DISK_ID = "beca12abb2e6452393efc309e000c746";

    SortedMap<String, String> facts() {
      SortedMap<String, String> facts = new TreeMap<>();
      ByteBuffer in = little(file);
      int metadata = 0;
      int bat = 0;
      for (int at = 0x30010; at < 0x30010 + 32 * in.getInt(0x30008); at += 32) {
        String id = guid(in, at);
        int offset = Math.toIntExact(in.getLong(at + 16));
        facts.put("length of region " + id, "" + in.getInt(at + 24));
        metadata = id.equals(METADATA) ? offset : metadata;
        bat = id.equals(BAT) ? offset : bat;
      }
      for (int at = metadata + 32; at < metadata + 32 + 32 * in.getShort(metadata + 10); at += 32) {
        String id = guid(in, at);
        byte[] value = new byte[in.getInt(at + 20)];
        in.get(metadata + in.getInt(at + 16), value);
        facts.put("flags of " + id, "" + in.getInt(at + 24));
        facts.put("value of " + id, id.equals(VIRTUAL_DISK_ID) ? "" : Arrays.toString(value));
      }
      long first = 0;
      for (int i = 0; i < 16; i++) {
        long entry = in.getLong(bat + 8 * i);
        boolean isThere = (entry & 7) == 6;
        first = isThere && first == 0 ? entry >> 20 : first;
        // Blocks that are not there and blocks of zeros are the same in a disk without parent.
        facts.put("block " + i, isThere ? "at " + ((entry >> 20) - first) : "zeros");
      }
      return facts;
    }

    private static String guid(ByteBuffer in, int at) {
      return "%08x%04x%04x%016x"
          .formatted(
              in.getInt(at),
              in.getShort(at + 4),
              in.getShort(at + 6),
              Long.reverseBytes(in.getLong(at + 8)));
    }
  }

  private static ByteBuffer little(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static List<Integer> ints(byte[] bytes, int at, int count) {
    List<Integer> found = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      found.add(ByteBuffer.wrap(bytes).getInt(at + 4 * i));
    }
    return found;
  }

  /** {@code create OPTIONS SIZE} or {@code convert OPTIONS}, by both programs. */
  private Pair make(String line) throws IOException {
    List<Object> words = new ArrayList<>(Arrays.asList((Object[]) line.split(" ")));
    words.add(1, "-q");
    boolean converts = words.getFirst().equals("convert");
    int at = converts ? words.size() : words.size() - 1;
    if (converts) {
      words.add(at++, source);
    }
    Path theirs = Files.createDirectories(directory.resolve("theirs")).resolve("x.vmdk");
    Path ours = Files.createDirectories(directory.resolve("ours")).resolve("x.vmdk");
    words.add(at, theirs);
    ExternalTool.qemuImg().mustRun(words.toArray());
    words.set(at, ours);
    Run.qemuImg(words.toArray()).mustWork();
    return new Pair(Files.readAllBytes(theirs), Files.readAllBytes(ours));
  }
}

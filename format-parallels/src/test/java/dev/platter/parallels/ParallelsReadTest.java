package dev.platter.parallels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.image.BlockMap;
import dev.platter.image.Extent;
import dev.platter.image.ImageInfo;
import dev.platter.image.spi.ImageFormat;
import dev.platter.storage.MemoryStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ParallelsReadTest {
  @Property(tries = 60)
  void handMadeImagesReadAsTheirModel(
      @ForAll boolean extended,
      @ForAll boolean tellsDataOffset,
      @ForAll @IntRange(min = 1, max = 130) int tracks,
      @ForAll @IntRange(min = 1, max = 40) int entries,
      @ForAll long seed)
      throws IOException {
    HandMade image = new HandMade(extended, tracks, entries);
    image.tellsDataOffset = extended || tellsDataOffset;
    Random random = new Random(seed);
    image.sectors -= random.nextInt(tracks);
    byte[] model = new byte[entries * image.clusterSize()];
    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < entries; i++) {
      order.add(i);
    }
    Collections.shuffle(order, random);
    for (int cluster : order.subList(0, random.nextInt(entries + 1))) {
      byte[] content = HandMade.random(image.clusterSize(), seed + cluster);
      image.cluster(cluster, content);
      System.arraycopy(content, 0, model, cluster * image.clusterSize(), content.length);
    }
    MemoryStorage storage = image.storage("made.hdd");
    int size = Math.toIntExact(image.sectors * 512);
    assertArrayEquals(Arrays.copyOf(model, size), HandMade.content(storage));
    assertEquals(List.of(), HandMade.open(storage).check().orElseThrow().messages());
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void clustersThatFollowEachOtherInTheFileAreOneExtent(boolean extended) throws IOException {
    HandMade made = new HandMade(extended, 8, 6);
    byte[] bytes = HandMade.random(4096, 1);
    made.cluster(1, bytes).cluster(2, bytes).cluster(3, bytes).cluster(0, bytes);
    MemoryStorage storage = made.storage("p.hdd");
    BlockMap map = HandMade.open(storage).map();
    assertEquals(
        new Extent.Data(4096, 3 * 4096, storage, made.dataAt()), map.extentAt(4096, map.size()));
    assertEquals(
        new Extent.Data(4196, 2 * 4096, storage, made.dataAt() + 100),
        map.extentAt(4196, 3 * 4096 + 100));
    assertEquals(new Extent.Absent(4 * 4096, 2 * 4096), map.extentAt(4 * 4096, map.size()));
  }

  @Test
  void theFileNeedHoldTheLastClusterOnlyAsFarAsTheDiskReaches() throws IOException {
    HandMade made = new HandMade(true, 8, 2);
    made.sectors = 9;
    byte[] bytes = HandMade.random(4096, 2);
    byte[] file = made.cluster(0, bytes).cluster(1, bytes).build();
    MemoryStorage cut = MemoryStorage.of("cut.hdd", Arrays.copyOf(file, file.length - 7 * 512));
    assertArrayEquals(
        Arrays.copyOf(bytes, 512), Arrays.copyOfRange(HandMade.content(cut), 4096, 4608));
  }

  @Test
  void ofTheOldMagicOnlyHalfOfTheSizeCounts() throws IOException {
    byte[] file = new HandMade(false, 8, 2).build();
    ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).putInt(40, 77);
    assertEquals(2 * 4096, HandMade.open(MemoryStorage.of("high.hdd", file)).map().size());
  }

  @Test
  void anotherVersionIsNoImageToTheProbe() throws IOException {
    byte[] file = new HandMade(false, 8, 2).build();
    MemoryStorage storage = MemoryStorage.of("v.hdd", file);
    ParallelsFormat format = new ParallelsFormat();
    assertEquals(100, format.probe(storage, MemorySegment.ofArray(file)));
    file[16] = 3;
    assertEquals(ImageFormat.NO_MATCH, format.probe(storage, MemorySegment.ofArray(file)));
  }

  @Test
  void infoTellsWhatTheHeaderSays() throws IOException {
    HandMade made = new HandMade(false, 63, 4).cluster(2, new byte[1]);
    made.inUse = 0x746F6E59;
    made.flags = 1;
    ImageInfo info = HandMade.open(made.storage("i.hdd")).info();
    assertEquals("parallels", info.format());
    assertEquals(4 * 63 * 512, info.virtualSize());
    assertEquals(Map.of(), info.details());
    Map<String, Object> more = info.more();
    assertEquals("WithoutFreeSpace", more.get("magic"));
    assertEquals(63L * 512, more.get("cluster-size"));
    assertEquals(4L, more.get("clusters"));
    assertEquals(512L, more.get("data-offset"));
    assertEquals("7/16/63", more.get("geometry"));
    assertEquals(true, more.get("in-use"));
    assertEquals(true, more.get("empty-image"));
  }

  /** A format extension with one dirty bitmap, in cluster 1 of the data area. */
  static HandMade withBitmap(int tracks) throws NoSuchAlgorithmException {
    HandMade made = new HandMade(true, tracks, 4).cluster(0, HandMade.random(512, 1));
    ByteBuffer cluster = ByteBuffer.allocate(made.clusterSize()).order(ByteOrder.LITTLE_ENDIAN);
    cluster.putLong(0, 0xAB234CEF23DCEA87L).putLong(24, 0x20385FAE252CB34AL);
    cluster.putInt(40, 32 + 16).putLong(48, 4L * tracks);
    for (int i = 0; i < 16; i++) {
      cluster.put(56 + i, (byte) (0x11 * i));
    }
    cluster.putInt(72, 128).putInt(76, 2).putLong(80, 1).putLong(88, 3L * tracks);
    MessageDigest md5 = MessageDigest.getInstance("MD5");
    md5.update(cluster.array(), 24, cluster.capacity() - 24);
    cluster.put(8, md5.digest());
    made.extension = 2L * tracks;
    made.inUse = 0x312e3276;
    return made.unused(cluster.array()).unused(new byte[1]);
  }

  /** The same with a feature of that flags that nobody knows. */
  static byte[] withUnknownFeature(int tracks, int flags) throws NoSuchAlgorithmException {
    byte[] file = withBitmap(tracks).build();
    int at = 2 * tracks * 512;
    ByteBuffer cluster = ByteBuffer.wrap(file).slice(at, tracks * 512);
    cluster.order(ByteOrder.LITTLE_ENDIAN).putLong(24, 0x1234).putLong(32, flags);
    MessageDigest md5 = MessageDigest.getInstance("MD5");
    md5.update(file, at + 24, tracks * 512 - 24);
    cluster.put(8, md5.digest());
    return file;
  }

  @Test
  void infoTellsTheDirtyBitmapsOfTheFormatExtension() throws Exception {
    MemoryStorage storage = withBitmap(64).storage("bitmap.hdd");
    assertEquals(
        Map.of(
            "dirty-bitmaps",
            List.of(Map.of("id", "00112233-4455-6677-8899-aabbccddeeff", "granularity", 65536L))),
        HandMade.open(storage).info().more().get("format-extension"));
    assertEquals(List.of(), HandMade.open(storage).check().orElseThrow().messages());
  }

  @Test
  void aDiskWithADamagedExtensionIsReadAllTheSame() throws Exception {
    byte[] file = withBitmap(64).build();
    file[2 * 64 * 512] = 0;
    MemoryStorage storage = MemoryStorage.of("damaged.hdd", file);
    Object told = HandMade.open(storage).info().more().get("format-extension");
    assertTrue(told.toString().contains("damaged"), told.toString());
    assertArrayEquals(HandMade.random(512, 1), Arrays.copyOf(HandMade.content(storage), 512));
  }

  @Test
  void anEmptyDiskOf64TebibytesIsWalkedInNoTimeAndNoMemory() throws IOException {
    long size = 64L << 40;
    ByteBuffer header =
        ByteBuffer.wrap(new HandMade(true, 2048, 1).build()).order(ByteOrder.LITTLE_ENDIAN);
    header.putInt(32, 1 << 26).putLong(36, size / 512).putInt(48, 257 * 2048);
    MemoryStorage storage = new MemoryStorage("huge.hdd");
    storage.write(0, MemorySegment.ofArray(header.array()).asSlice(0, 64));
    storage.truncate(257L << 20);
    assertTimeoutPreemptively(
        Duration.ofSeconds(10),
        () -> {
          BlockMap map = HandMade.open(storage).map();
          int answers = 0;
          for (long at = 0; at < size; answers++) {
            Extent extent = map.extentAt(at, size);
            assertTrue(extent instanceof Extent.Absent);
            at = extent.end();
          }
          assertTrue(answers <= 16, "answers: " + answers);
        });
  }
}

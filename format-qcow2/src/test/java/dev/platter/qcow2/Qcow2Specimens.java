package dev.platter.qcow2;

import dev.platter.image.FormatOptions;
import dev.platter.image.Limits;
import dev.platter.image.Repair;
import dev.platter.image.spi.CreateRequest;
import dev.platter.image.spi.EditRequest;
import dev.platter.image.spi.ImageEditor;
import dev.platter.image.spi.ImageWriter;
import dev.platter.qcow2.format.BitmapDirectory;
import dev.platter.qcow2.format.BitmapEntry;
import dev.platter.qcow2.format.Entries;
import dev.platter.qcow2.format.ImageHead;
import dev.platter.qcow2.format.Qcow2Header;
import dev.platter.qcow2.format.SnapshotEntry;
import dev.platter.qcow2.format.SnapshotTable;
import dev.platter.qcow2.write.Qcow2Options;
import dev.platter.storage.MemoryStorage;
import dev.platter.testdata.MemoryTarget;
import dev.platter.testdata.ModelDisk;
import dev.platter.testdata.PlainMover;
import dev.platter.testdata.Specimen;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Sound images of all kinds, with the places of all that their metadata say. */
final class Qcow2Specimens {
  private static final List<String> GOLDEN =
      List.of(
          "snapshots",
          "bitmaps",
          "extended-l2",
          "refcount-1",
          "refcount-64",
          "v2",
          "zero",
          "zlib",
          "zstd",
          "chain-top");

  private static final List<String> WRITTEN =
      List.of(
          "cluster_size=512",
          "cluster_size=512,refcount_bits=64",
          "cluster_size=1k,refcount_bits=2,compat=1.1",
          "cluster_size=4k,compat=0.10",
          "cluster_size=16k,extended_l2=on,refcount_bits=8",
          "cluster_size=64k,refcount_bits=32");

  private Qcow2Specimens() {}

  static List<Specimen> all() throws IOException {
    List<Specimen> specimens = new ArrayList<>();
    for (String name : GOLDEN) {
      specimens.add(of(name, Files.readAllBytes(Golden.path(name + ".qcow2"))));
    }
    for (String options : WRITTEN) {
      byte[] image = written(options, options.contains("512"));
      specimens.add(of(options, image));
      specimens.add(of(options + "+snapshot", withSnapshot(image)));
    }
    return specimens;
  }

  private static byte[] written(String options, boolean compress) throws IOException {
    int size = options.contains("512") ? 100_000 : 300_000;
    ModelDisk disk = ModelDisk.random(options.hashCode(), size, 4096);
    MemoryTarget target = new MemoryTarget();
    FormatOptions parsed = FormatOptions.parse(List.of(options), Qcow2Options.SPECS);
    try (ImageWriter writer =
        new Qcow2Format()
            .create(new CreateRequest(disk.size(), parsed, compress, Optional.empty(), target))) {
      PlainMover.move(disk, writer, false, false, 7);
    }
    return ((MemoryStorage) target.storage()).toByteArray();
  }

  /** The image with a snapshot of its disk, which a repair counts. */
  static byte[] withSnapshot(byte[] image) throws IOException {
    Qcow2Header header = header(image);
    int clusterSize = header.clusterSize();
    int table = Math.ceilDiv(image.length, clusterSize) * clusterSize;
    int l1Bytes = header.l1Size() * Long.BYTES;
    int l1 = table + clusterSize;
    byte[] more = Arrays.copyOf(image, l1 + Math.ceilDiv(l1Bytes, clusterSize) * clusterSize);
    System.arraycopy(image, (int) header.l1TableOffset(), more, l1, l1Bytes);
    MemorySegment bytes = MemorySegment.ofArray(more);
    bytes.set(Qcow2Header.LONG, table, l1);
    bytes.set(Qcow2Header.INT, table + 8, header.l1Size());
    bytes.set(Qcow2Header.SHORT, table + 12, (short) 1);
    bytes.set(Qcow2Header.SHORT, table + 14, (short) 3);
    bytes.set(Qcow2Header.INT, table + 36, 16);
    bytes.set(Qcow2Header.LONG, table + 48, header.size());
    System.arraycopy(new byte[] {'1', 'o', 'n', 'e'}, 0, more, table + 56, 4);
    bytes.set(Qcow2Header.INT, 60, 1);
    bytes.set(Qcow2Header.LONG, 64, table);
    MemoryStorage storage = MemoryStorage.of("snapshot", more);
    try (ImageEditor editor = new Qcow2Format().edit(storage, EditRequest.strict())) {
      editor.repair(Repair.ALL);
    }
    return storage.toByteArray();
  }

  private static Qcow2Header header(byte[] image) throws IOException {
    return ImageHead.read(MemoryStorage.of("specimen", image), Limits.DEFAULT).header();
  }

  /** Says where all numbers of the metadata are. */
  static Specimen of(String name, byte[] image) throws IOException {
    MemoryStorage storage = MemoryStorage.of(name, image);
    ImageHead head = ImageHead.read(storage, Limits.DEFAULT);
    Qcow2Header header = head.header();
    long[] places = places(header, image.length);
    Specimen specimen = new Specimen(name, image);
    header(specimen, header, places);
    table(specimen, header.refcountTableOffset(), header.refcountTableClusters() * 8, places);
    MemorySegment bytes = MemorySegment.ofArray(image);
    for (int i = 0; i < header.refcountTableClusters() << header.clusterBits(); i += 8) {
      long block = bytes.get(Qcow2Header.LONG, header.refcountTableOffset() + i);
      if (block != 0) {
        int used = (image.length >> header.clusterBits()) << header.refcountOrder() >> 3;
        specimen.numbers(
            block, Math.clamp(used + 4, 1, header.clusterSize()), 1, ByteOrder.BIG_ENDIAN);
      }
    }
    l1(specimen, header, bytes, header.l1TableOffset(), header.l1Size(), places);
    SnapshotTable snapshots = SnapshotTable.read(storage, head);
    if (!snapshots.entries().isEmpty()) {
      int words = (int) snapshots.length() / 4;
      specimen.numbers(header.snapshotsOffset(), words, 4, ByteOrder.BIG_ENDIAN);
      specimen.numbers(header.snapshotsOffset(), words / 2, 8, ByteOrder.BIG_ENDIAN, places);
      for (SnapshotEntry entry : snapshots.entries()) {
        l1(specimen, header, bytes, entry.l1TableOffset(), entry.l1Size(), places);
      }
    }
    bitmaps(specimen, storage, head, places);
    return specimen;
  }

  private static void bitmaps(
      Specimen specimen, MemoryStorage storage, ImageHead head, long[] places) throws IOException {
    Optional<BitmapDirectory> bitmaps = BitmapDirectory.read(storage, head);
    if (bitmaps.isPresent()) {
      table(specimen, bitmaps.get().offset(), (int) bitmaps.get().length() / 8, places);
      for (BitmapEntry entry : bitmaps.get().entries()) {
        table(specimen, entry.tableOffset(), entry.tableSize(), places);
      }
    }
  }

  private static void header(Specimen specimen, Qcow2Header header, long[] places) {
    specimen.numbers(20, 1, 4, ByteOrder.BIG_ENDIAN);
    specimen.numbers(24, 1, 8, ByteOrder.BIG_ENDIAN);
    specimen.numbers(36, 1, 4, ByteOrder.BIG_ENDIAN);
    specimen.numbers(40, 2, 8, ByteOrder.BIG_ENDIAN, places);
    specimen.numbers(56, 2, 4, ByteOrder.BIG_ENDIAN);
    specimen.numbers(64, 1, 8, ByteOrder.BIG_ENDIAN, places);
    if (header.version() >= 3) {
      specimen.numbers(99, 1, 1, ByteOrder.BIG_ENDIAN);
    }
    specimen.numbers(header.headerLength(), 12, 8, ByteOrder.BIG_ENDIAN, places);
  }

  private static void l1(
      Specimen specimen,
      Qcow2Header header,
      MemorySegment bytes,
      long offset,
      int entries,
      long[] places) {
    table(specimen, offset, entries, places);
    for (int i = 0; i < entries; i++) {
      long table = bytes.get(Qcow2Header.LONG, offset + 8L * i) & Entries.OFFSET_MASK;
      if (table != 0) {
        table(specimen, table, Math.min(64, header.clusterSize() / 8), places);
      }
    }
  }

  private static void table(Specimen specimen, long offset, int entries, long[] places) {
    if (entries > 0) {
      specimen.numbers(offset, entries, 8, ByteOrder.BIG_ENDIAN, places);
    }
  }

  /** All clusters, in the ways that entries say them, and what lies behind the file. */
  private static long[] places(Qcow2Header header, int length) {
    Set<Long> places = new TreeSet<>();
    for (long at = 0; at < length + 2L * header.clusterSize(); at += header.clusterSize()) {
      places.add(at);
      places.add(at | Entries.COPIED);
      places.add(at | Entries.ZERO);
      places.add(at | Entries.COMPRESSED);
      places.add(at + 512 | Entries.ZERO);
      if (places.size() > 400) {
        break;
      }
    }
    places.add(0x80ff_ffff_ffff_fe00L);
    places.add(1L << 40);
    places.add(Long.MIN_VALUE + 0x200);
    return places.stream().mapToLong(Long::longValue).toArray();
  }
}

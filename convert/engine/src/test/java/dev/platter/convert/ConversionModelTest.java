package dev.platter.convert;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.platter.image.BlockMap;
import dev.platter.image.DiskImage;
import dev.platter.image.FormatOptions;
import dev.platter.image.ParentReference;
import dev.platter.image.disk.GuestReader;
import dev.platter.image.disk.LayeredMap;
import dev.platter.image.spi.CreateRequest;
import dev.platter.image.spi.ImageFormat;
import dev.platter.image.spi.ImageFormats;
import dev.platter.image.spi.OpenRequest;
import dev.platter.storage.MemoryStorage;
import dev.platter.storage.SequentialStorage;
import dev.platter.testdata.MemoryTarget;
import dev.platter.testdata.ModelDisk;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Assume;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

/** Whatever the source's layout and the target's form, the guest sees the same bytes. */
class ConversionModelTest {
  private static final ImageFormats FORMATS = ImageFormats.present();

  /** A chain of random layers and what it holds. */
  record Chain(List<ModelDisk> layers, byte[] content) {
    static Chain of(long seed, int depth, int sectors, int blockSize) {
      try {
        List<ModelDisk> layers = new ArrayList<>();
        byte[] content = {};
        for (int i = 0; i < depth; i++) {
          // Layers of different lengths: a shorter parent reads as zeros behind its end.
          int size = 512 * Math.max(1, sectors + (int) (seed % 7) * i * 100);
          ModelDisk layer = ModelDisk.random(seed + i, size, blockSize);
          content = layer.contentOver(content);
          layers.addFirst(layer);
        }
        return new Chain(layers, content);
      } catch (IOException e) {
        throw new IllegalStateException(e);
      }
    }

    LayeredMap map() {
      return new LayeredMap(layers);
    }

    @Override
    public String toString() {
      return layers.size() + " layers of " + layers.getFirst().blockSize() + ", " + content.length;
    }
  }

  @Provide
  Arbitrary<Chain> chains() {
    return Combinators.combine(
            Arbitraries.longs().between(0, 1L << 40),
            Arbitraries.integers().between(1, 3),
            Arbitraries.integers().between(1, 6000),
            Arbitraries.of(512, 4096, 65536))
        .as(Chain::of);
  }

  @Provide
  Arbitrary<String> qcow2Options() {
    return Arbitraries.of(
        "cluster_size=65536",
        "cluster_size=512",
        "cluster_size=4096,refcount_bits=1",
        "cluster_size=2M",
        "compat=0.10",
        "extended_l2=on",
        "cluster_size=16k,extended_l2=on",
        "compression_type=zstd",
        "preallocation=metadata",
        "refcount_bits=64,lazy_refcounts=on");
  }

  @Property(tries = 60)
  void rawHoldsWhatTheChainHolds(
      @ForAll("chains") Chain chain,
      @ForAll @IntRange(min = 1, max = 5) int workers,
      @ForAll("sparseSizes") int sparseBytes)
      throws IOException {
    MemoryStorage raw =
        convert(
            chain.map(),
            "raw",
            "",
            false,
            Optional.empty(),
            ConvertOptions.defaults().withWorkers(workers).withSparseBytes(sparseBytes));
    assertArrayEquals(chain.content(), raw.toByteArray());
  }

  @Provide
  Arbitrary<Integer> sparseSizes() {
    return Arbitraries.of(0, 512, 4096, 65536);
  }

  @Property(tries = 80)
  void qcow2HoldsWhatTheChainHolds(
      @ForAll("chains") Chain chain,
      @ForAll("qcow2Options") String options,
      @ForAll boolean compress,
      @ForAll @IntRange(min = 1, max = 5) int workers)
      throws IOException {
    Assume.that(!compress || !options.contains("preallocation"));
    MemoryStorage image =
        convert(
            chain.map(),
            "qcow2",
            options,
            compress,
            Optional.empty(),
            ConvertOptions.defaults().withWorkers(workers));
    assertArrayEquals(chain.content(), guestBytes("qcow2", image));
  }

  @Property(tries = 30)
  void theNumberOfWorkersDoesNotShow(
      @ForAll("chains") Chain chain,
      @ForAll("qcow2Options") String options,
      @ForAll boolean compress,
      @ForAll @IntRange(min = 2, max = 8) int workers)
      throws IOException {
    Assume.that(!compress || !options.contains("preallocation"));
    ConvertOptions alone = ConvertOptions.defaults().withWorkers(1);
    byte[] one =
        convert(chain.map(), "qcow2", options, compress, Optional.empty(), alone).toByteArray();
    byte[] many =
        convert(
                chain.map(),
                "qcow2",
                options,
                compress,
                Optional.empty(),
                alone.withWorkers(workers))
            .toByteArray();
    assertArrayEquals(one, many);
  }

  @Property(tries = 40)
  void anOverlayKeepsWhatItsBackingHolds(
      @ForAll("chains") Chain chain,
      @ForAll("qcow2Options") String options,
      @ForAll boolean compress)
      throws IOException {
    Assume.that(!options.contains("preallocation"));
    LayeredMap source = chain.map();
    MemoryStorage image =
        convert(
            source,
            "qcow2",
            options,
            compress,
            Optional.of(new ParentReference("base.raw", Optional.of("raw"))),
            ConvertOptions.defaults().withKeepBacking(true));
    List<BlockMap> seen = new ArrayList<>();
    try (DiskImage overlay = format("qcow2").open(image, OpenRequest.strict())) {
      seen.add(overlay.map());
      seen.addAll(source.layers().subList(1, source.layers().size()));
      assertArrayEquals(chain.content(), read(new LayeredMap(seen)));
    }
  }

  @Property(tries = 40)
  void compressedBlocksSurviveFromQcow2ToQcow2(
      @ForAll("chains") Chain chain, @ForAll boolean zstd, @ForAll boolean compressAgain)
      throws IOException {
    String options = zstd ? "compression_type=zstd" : "";
    MemoryStorage first =
        convert(chain.map(), "qcow2", options, true, Optional.empty(), ConvertOptions.defaults());
    try (DiskImage image = format("qcow2").open(first, OpenRequest.strict())) {
      MemoryStorage second =
          convert(
              image.map(),
              "qcow2",
              options,
              compressAgain,
              Optional.empty(),
              ConvertOptions.defaults());
      assertArrayEquals(chain.content(), guestBytes("qcow2", second));
      if (compressAgain) {
        assertEquals(first.size(), second.size(), "adopted blocks keep their length");
      }
    }
  }

  @Property(tries = 40)
  void aSequentialTargetGetsEverythingInOrder(
      @ForAll("chains") Chain chain, @ForAll @IntRange(min = 1, max = 4) int workers)
      throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    SequentialStorage pipe = new SequentialStorage("pipe", Channels.newChannel(bytes));
    try (TargetFile target = TargetFile.pipe(pipe)) {
      CreateRequest request =
          new CreateRequest(
              chain.content().length, FormatOptions.none(), false, Optional.empty(), target);
      try (Destination destination = Destination.newImage(format("raw"), request)) {
        new Converter(ConvertOptions.defaults().withWorkers(workers))
            .convert(chain.map(), destination);
      }
    }
    assertArrayEquals(chain.content(), bytes.toByteArray());
  }

  @Property(tries = 40)
  void comparisonFindsTheFirstSectorThatDiffers(
      @ForAll("chains") Chain chain,
      @ForAll @IntRange(min = 0, max = 1 << 22) int place,
      @ForAll @IntRange(min = 1, max = 4) int workers)
      throws IOException {
    MemoryStorage same = MemoryStorage.of("same", chain.content());
    BlockMap raw = format("raw").open(same, OpenRequest.strict()).map();
    assertEquals(
        OptionalLong.empty(),
        Comparison.compare(
            chain.map(), raw, Long.MAX_VALUE, workers, Progress.NONE, new Cancellation()));
    byte[] changed = chain.content().clone();
    int at = place % changed.length;
    changed[at] ^= 1;
    BlockMap other =
        format("raw").open(MemoryStorage.of("other", changed), OpenRequest.strict()).map();
    long sector = at / 512 * 512L;
    assertEquals(
        OptionalLong.of(sector),
        Comparison.compare(
            other, chain.map(), Long.MAX_VALUE, workers, Progress.NONE, new Cancellation()));
    assertEquals(
        OptionalLong.empty(),
        Comparison.compare(other, chain.map(), sector, workers, Progress.NONE, new Cancellation()));
  }

  private static ImageFormat format(String name) {
    return FORMATS.named(name).orElseThrow();
  }

  private static MemoryStorage convert(
      BlockMap source,
      String format,
      String optionText,
      boolean compress,
      Optional<ParentReference> backing,
      ConvertOptions options)
      throws IOException {
    MemoryStorage storage = new MemoryStorage("target");
    MemoryTarget target = new MemoryTarget(storage);
    FormatOptions parsed = FormatOptions.parse(List.of(optionText), format(format).createOptions());
    CreateRequest request = new CreateRequest(source.size(), parsed, compress, backing, target);
    GuestDigest digest = new GuestDigest(List.of("sha256", "sha256-blocks"));
    try (Destination destination = Destination.newImage(format(format), request)) {
      new Converter(options).digesting(digest).convert(source, destination);
    }
    assertDigests(read(source), digest);
    return storage;
  }

  /** Whatever is read, decoded, adopted or left to the backing: the digests are the disk's. */
  private static void assertDigests(byte[] content, GuestDigest digest) {
    assertArrayEquals(
        DiskDigest.algorithm("sha256").digest(content), digest.made().get("sha256"), "sha256");
    MessageDigest blocks = DiskDigest.algorithm("sha256");
    blocks.update(ByteBuffer.allocate(8).putLong(0, content.length));
    for (int at = 0; at < content.length; at += 1 << 20) {
      byte[] block = Arrays.copyOfRange(content, at, Math.min(content.length, at + (1 << 20)));
      blocks.update(DiskDigest.algorithm("sha256").digest(block));
    }
    assertArrayEquals(blocks.digest(), digest.made().get("sha256-blocks"), "sha256-blocks");
  }

  private static byte[] guestBytes(String format, MemoryStorage storage) throws IOException {
    try (DiskImage image = format(format).open(storage, OpenRequest.strict())) {
      return read(image.map());
    }
  }

  private static byte[] read(BlockMap map) throws IOException {
    byte[] bytes = new byte[(int) map.size()];
    Arrays.fill(bytes, (byte) 0x55);
    try (GuestReader reader = new GuestReader()) {
      reader.read(map, 0, MemorySegment.ofArray(bytes));
    }
    return bytes;
  }
}

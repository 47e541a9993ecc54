package dev.platter.parallels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.image.CorruptImageException;
import dev.platter.image.Identity;
import dev.platter.image.ImageException;
import dev.platter.image.ImageInfo;
import dev.platter.image.Limits;
import dev.platter.image.ReferenceDeniedException;
import dev.platter.image.Repair;
import dev.platter.image.Snapshot;
import dev.platter.image.UnsupportedFeatureException;
import dev.platter.image.chain.ImageChain;
import dev.platter.image.name.References;
import dev.platter.image.spi.EditRequest;
import dev.platter.image.spi.ImageEditor;
import dev.platter.image.spi.ImageFormats;
import dev.platter.image.spi.ReferencePolicy;
import dev.platter.image.spi.ResizeRequest;
import dev.platter.image.spi.StorageOpener;
import dev.platter.storage.FileStorage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BundleTest {
  private static final int CLUSTER = 4096;
  private static final byte[] BELOW = HandMade.random(CLUSTER, 1);
  private static final byte[] BETWEEN = HandMade.random(CLUSTER, 2);
  private static final byte[] ABOVE = HandMade.random(CLUSTER, 3);

  @TempDir Path directory;

  private static byte[] expanded(int cluster, byte[] content) {
    return new HandMade(true, 8, 4).cluster(cluster, content).build();
  }

  /** The disk with these clusters, null for nothing. */
  private static byte[] disk(byte[]... clusters) {
    byte[] disk = new byte[clusters.length * CLUSTER];
    for (int i = 0; i < clusters.length; i++) {
      if (clusters[i] != null) {
        System.arraycopy(clusters[i], 0, disk, i * CLUSTER, CLUSTER);
      }
    }
    return disk;
  }

  /** A root, a snapshot over it, and the present state over that. */
  private HandMadeBundle chain(boolean plainRoot) throws IOException {
    byte[] root = disk(BELOW, BELOW, BELOW, null);
    HandMade image = new HandMade(true, 8, 4);
    image.cluster(0, BELOW).cluster(1, BELOW).cluster(2, BELOW);
    return new HandMadeBundle(directory.resolve("disk.hdd"), 32)
        .image(
            HandMadeBundle.ROOT,
            plainRoot ? "Plain" : "Compressed",
            "disk.hdd.0." + HandMadeBundle.ROOT + ".hds",
            plainRoot ? root : image.build())
        .image(HandMadeBundle.MIDDLE, "Compressed", "middle.hds", expanded(1, BETWEEN))
        .image(HandMadeBundle.TOP, "Compressed", "top.hds", expanded(2, ABOVE))
        .part(0, 32)
        .shot(HandMadeBundle.ROOT, HandMadeBundle.NONE)
        .shot(HandMadeBundle.TOP, HandMadeBundle.MIDDLE.toLowerCase(Locale.ROOT))
        .shot(HandMadeBundle.MIDDLE, HandMadeBundle.ROOT);
  }

  private static ImageChain open(Path path, ReferencePolicy policy) throws IOException {
    return ImageChain.open(
        path, ImageChain.Options.of(ImageFormats.present(), policy, StorageOpener.READING));
  }

  private static byte[] read(Path path) throws IOException {
    try (ImageChain chain = open(path, References.within(path.getParent()))) {
      return HandMade.content(chain.map());
    }
  }

  private static void refused(Class<? extends ImageException> kind, String words, Path path) {
    ImageException e = assertThrows(kind, () -> read(path));
    assertTrue(e.getMessage().contains(words), e.getMessage());
    assertTrue(e.getMessage().contains(path.toString()), e.getMessage());
    assertFalse(e.getMessage().contains("\n"), e.getMessage());
  }

  @Test
  void thePresentStateIsTheTopImageOverItsSnapshots() throws IOException {
    assertArrayEquals(disk(BELOW, BETWEEN, ABOVE, null), read(chain(false).write()));
    assertArrayEquals(disk(BELOW, BETWEEN, ABOVE, null), read(chain(true).write()));
  }

  @Test
  void theTopMayBeNamed() throws IOException {
    HandMadeBundle bundle = chain(false);
    bundle.topGuid = "<TopGUID>" + HandMadeBundle.MIDDLE + "</TopGUID>";
    assertArrayEquals(disk(BELOW, BETWEEN, BELOW, null), read(bundle.write()));
  }

  @Test
  void snapshotsAreListedAndRead() throws IOException {
    Path path = chain(false).write();
    try (ImageChain chain = open(path, References.within(directory))) {
      List<Snapshot> snapshots = chain.top().image().info().snapshots();
      assertEquals(
          List.of("11111111-aaaa-4bbb-8ccc-000000000001", "22222222-aaaa-4bbb-8ccc-000000000002"),
          snapshots.stream().map(Snapshot::id).toList());
      assertEquals("middle.hds", snapshots.get(1).name());
      assertArrayEquals(
          disk(BELOW, BELOW, BELOW, null), HandMade.content(chain.map(snapshots.get(0))));
      assertArrayEquals(
          disk(BELOW, BETWEEN, BELOW, null), HandMade.content(chain.map(snapshots.get(1))));
    }
  }

  @Test
  void infoNeedsNoOtherFileThanTheDescriptor() throws IOException {
    Path path = chain(false).write();
    Files.delete(path.resolveSibling("top.hds"));
    try (ImageChain chain = open(path, ReferencePolicy.deny())) {
      ImageInfo info = chain.top().image().info();
      assertEquals("parallels", info.format());
      assertEquals(4 * CLUSTER, info.virtualSize());
      assertEquals("5/16/32", info.more().get("geometry"));
      String images = info.more().get("images").toString();
      assertTrue(images.contains("type=expanded, filename=top.hds"), images);
      assertTrue(images.contains("parent=11111111-aaaa-4bbb-8ccc-000000000001"), images);
    }
  }

  @Test
  void aDirectoryIsOpenedByItsDescriptor() throws IOException {
    Path path = chain(false).write();
    ImageFormats formats = ImageFormats.present();
    assertEquals(path, formats.fileAt(path.getParent()));
    assertEquals(path, formats.fileAt(path));
    assertEquals(directory, formats.fileAt(directory));
  }

  @Test
  void aPlainDiskWithoutSnapshotsNeedsNoTree() throws IOException {
    byte[] disk = disk(BELOW, null);
    HandMadeBundle bundle =
        new HandMadeBundle(directory.resolve("plain.hdd"), 16)
            .image(HandMadeBundle.ROOT, "Plain", "plain.hds", disk)
            .part(0, 16);
    assertArrayEquals(disk, read(bundle.write()));
  }

  @Test
  void aSplitDiskIsItsPartsOneAfterTheOther() throws IOException {
    HandMadeBundle bundle =
        new HandMadeBundle(directory.resolve("split.hdd"), 48)
            .image(HandMadeBundle.TOP, "Compressed", "a.hds", expanded(3, ABOVE))
            .part(0, 32)
            .image(HandMadeBundle.TOP, "Plain", "b.hds", disk(BELOW, BETWEEN))
            .part(32, 48)
            .shot(HandMadeBundle.TOP, HandMadeBundle.NONE);
    assertArrayEquals(disk(null, null, null, ABOVE, BELOW, BETWEEN), read(bundle.write()));
  }

  @Test
  void checkLooksAtEveryExpandedImage() throws IOException {
    Path path = chain(true).write();
    Path middle = path.resolveSibling("middle.hds");
    byte[] bytes = Files.readAllBytes(middle);
    Files.write(middle, Arrays.copyOf(bytes, bytes.length + 512));
    try (ImageChain chain = open(path, References.within(directory))) {
      var report = chain.top().image().check().orElseThrow();
      assertEquals(
          List.of("middle.hds: ERROR space leaked at the end of the image 512"), report.messages());
      assertEquals(1, report.leaks());
      assertEquals(8, report.totalClusters());
    }
  }

  @Test
  void theImagesOfABundleAreRepaired() throws IOException {
    Path path = chain(true).write();
    Path middle = path.resolveSibling("middle.hds");
    byte[] bytes = Files.readAllBytes(middle);
    Files.write(middle, Arrays.copyOf(bytes, bytes.length + 512));
    byte[] xml = Files.readAllBytes(path);
    EditRequest request =
        new EditRequest(
            Limits.DEFAULT,
            reference -> FileStorage.openForWriting(path.resolveSibling(reference.name())),
            Identity.random());
    try (FileStorage storage = FileStorage.openForWriting(path);
        ImageEditor editor = new ParallelsFormat().edit(storage, request)) {
      assertEquals(1, editor.repair(Repair.ALL).leaksFixed());
      assertThrows(UnsupportedFeatureException.class, () -> editor.resize(new ResizeRequest(512)));
      assertThrows(UnsupportedFeatureException.class, editor::compact);
    }
    assertArrayEquals(bytes, Files.readAllBytes(middle));
    assertArrayEquals(xml, Files.readAllBytes(path));
  }

  @Test
  void imagesAreOpenedUnderThePolicyOnly() throws IOException {
    Path path = chain(false).write();
    try (ImageChain chain = open(path, ReferencePolicy.deny())) {
      assertThrows(ReferenceDeniedException.class, () -> chain.map());
    }
    Files.write(directory.resolve("secret"), disk(BELOW, BELOW));
    HandMadeBundle bundle =
        new HandMadeBundle(directory.resolve("spy.hdd"), 16)
            .entry(HandMadeBundle.TOP, "Plain", "../secret")
            .part(0, 16)
            .shot(HandMadeBundle.TOP, HandMadeBundle.NONE);
    assertThrows(ReferenceDeniedException.class, () -> read(bundle.write()));
  }

  @Test
  void chainsThatLeadNowhereOrRoundAreRefused() throws IOException {
    Path missing =
        new HandMadeBundle(directory.resolve("m.hdd"), 32)
            .image(HandMadeBundle.TOP, "Compressed", "top.hds", expanded(2, ABOVE))
            .part(0, 32)
            .shot(HandMadeBundle.TOP, HandMadeBundle.MIDDLE)
            .write();
    refused(CorruptImageException.class, "no snapshot {22222222", missing);
    Path round =
        new HandMadeBundle(directory.resolve("r.hdd"), 32)
            .image(HandMadeBundle.TOP, "Compressed", "top.hds", expanded(2, ABOVE))
            .part(0, 32)
            .shot(HandMadeBundle.TOP, HandMadeBundle.MIDDLE)
            .shot(HandMadeBundle.MIDDLE, HandMadeBundle.TOP)
            .write();
    refused(CorruptImageException.class, "more than 256", round);
    Path imageless =
        new HandMadeBundle(directory.resolve("i.hdd"), 32)
            .image(HandMadeBundle.TOP, "Compressed", "top.hds", expanded(2, ABOVE))
            .part(0, 32)
            .shot(HandMadeBundle.TOP, HandMadeBundle.ROOT)
            .shot(HandMadeBundle.ROOT, HandMadeBundle.NONE)
            .write();
    refused(CorruptImageException.class, "no image for the snapshot {11111111", imageless);
  }

  @Test
  void imagesOfAnotherSizeThanThePartAreRefused() throws IOException {
    Path small =
        new HandMadeBundle(directory.resolve("small.hdd"), 64)
            .image(HandMadeBundle.TOP, "Compressed", "top.hds", expanded(2, ABOVE))
            .part(0, 64)
            .write();
    refused(CorruptImageException.class, "disk of 16384 bytes, expected 32768", small);
    Path cut =
        new HandMadeBundle(directory.resolve("cut.hdd"), 32)
            .image(HandMadeBundle.TOP, "Plain", "top.hds", new byte[16383])
            .part(0, 32)
            .write();
    refused(CorruptImageException.class, "disk of 16383 bytes, expected 16384", cut);
  }

  private void descriptorLie(
      Class<? extends ImageException> kind, String words, String from, String to)
      throws IOException {
    HandMadeBundle bundle = chain(false);
    String xml = bundle.xml();
    assertTrue(xml.contains(from), from);
    Path path = bundle.directory.resolve("DiskDescriptor.xml");
    Files.writeString(path, xml.replace(from, to));
    refused(kind, words, path);
  }

  @Test
  void descriptorsThatLieAreRefused() throws IOException {
    Class<CorruptImageException> corrupt = CorruptImageException.class;
    Class<UnsupportedFeatureException> unsupported = UnsupportedFeatureException.class;
    descriptorLie(unsupported, "version 2.0", "Version=\"1.0\"", "Version=\"2.0\"");
    descriptorLie(unsupported, "padding", "<Padding>0<", "<Padding>1<");
    descriptorLie(unsupported, "encrypted", "<Engine>{00000000", "<Engine>{10000000");
    descriptorLie(unsupported, "type 'Odd'", "<Type>Compressed<", "<Type>Odd<");
    descriptorLie(
        unsupported, "sectors of 4096", "<LogicSectorSize>512<", "<LogicSectorSize>4096<");
    descriptorLie(corrupt, "'-1', no number", "<Disk_size>32<", "<Disk_size>-1<");
    descriptorLie(corrupt, "impossible", "<Disk_size>32<", "<Disk_size>999999999999999999<");
    descriptorLie(corrupt, "end at sector 32", "<Disk_size>32<", "<Disk_size>33<");
    descriptorLie(corrupt, "expected one from 0", "<Start>0<", "<Start>8<");
    descriptorLie(corrupt, "has no File", "<File>top.hds<", "<File><");
    descriptorLie(corrupt, "expected a UUID", "<GUID>{5fba", "<GUID>{5fbx");
    descriptorLie(
        corrupt,
        "two images",
        "<Image><GUID>" + HandMadeBundle.MIDDLE,
        "<Image><GUID>" + HandMadeBundle.ROOT);
    descriptorLie(corrupt, "not well-formed", "</Storage>", "</Storag>");
    descriptorLie(
        corrupt,
        "document type",
        "<Parallels_disk_image",
        "<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><Parallels_disk_image");
    String deep = "<a>".repeat(40) + "</a>".repeat(40);
    descriptorLie(corrupt, "nested", "<Padding>", deep + "<Padding>");
  }

  @Test
  void hugeDescriptorsAreNotRead() throws IOException {
    HandMadeBundle bundle = chain(false);
    bundle.parameters = " ".repeat(5 << 20);
    refused(CorruptImageException.class, "at most", bundle.write());
  }
}

package dev.platter.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ParallelsCommandTest {
  private static final String ROOT = "11111111-2222-4333-8444-555555555555";

  @TempDir Path directory;
  private byte[] disk;
  private Path raw;
  private Path image;

  @BeforeEach
  void makeDisk() throws IOException {
    disk = new byte[(1 << 20) + 512];
    new Random(1).nextBytes(disk);
    Arrays.fill(disk, 100_000, 600_000, (byte) 0);
    raw = Files.write(directory.resolve("disk.raw"), disk);
    image = directory.resolve("disk.hdd");
    Run.platter("convert", "-O", "ploop", "-o", "cluster_size=4k", raw, image).mustWork();
  }

  private byte[] read(Object source, Object... options) throws IOException {
    Path back = directory.resolve("back.raw");
    Object[] line = Arrays.copyOf(new Object[] {"convert", "-O", "raw"}, 5 + options.length);
    System.arraycopy(options, 0, line, 3, options.length);
    line[line.length - 2] = source;
    line[line.length - 1] = back;
    Run.platter(line).mustWork();
    return Files.readAllBytes(back);
  }

  @Test
  void isCalledAsItIsAskedFor() {
    assertTrue(Run.qemuImg("info", image).mustWork().contains("file format: parallels\n"));
    String json = Run.qemuImg("info", "-f", "ploop", "--output=json", image).mustWork();
    assertTrue(json.contains("\"format\": \"ploop\""), json);
    // The file's; of the image QEMU cannot say.
    assertEquals(json.indexOf("dirty-flag"), json.lastIndexOf("dirty-flag"));
    assertFalse(json.contains("cluster-size"), json);
    assertTrue(Run.platter("info", image).mustWork().contains("cluster size: 4096\n"));
  }

  @Test
  void isChangedInPlace() throws IOException {
    Run.platter("resize", image, "+2M").mustWork();
    assertArrayEquals(Arrays.copyOf(disk, (3 << 20) + 512), read(image));
    Run.platter("resize", "--shrink", image, "1M").mustWork();
    assertArrayEquals(Arrays.copyOf(disk, 1 << 20), read(image));
    Run.platter("compact", image).mustWork();
    Files.write(image, new byte[4096], StandardOpenOption.APPEND);
    assertEquals(3, Run.qemuImg("check", image).exitCode());
    Run repair = Run.qemuImg("check", "-r", "all", image);
    assertEquals("Repairing space leaked at the end of the image 4096\n", repair.err());
    assertTrue(repair.out().contains("    1 leaked clusters\n    0 corruptions\n"), repair.out());
    Run.qemuImg("check", image).mustWork();
  }

  /** The image is the root, over which an empty one lies. */
  private Path bundle() throws IOException {
    Path bundle = Files.createDirectory(directory.resolve("bundle.hdd"));
    Files.move(image, bundle.resolve("root.hds"));
    Path top = bundle.resolve("top.hds");
    Run.platter("create", "-q", "-f", "parallels", "-o", "cluster_size=4k", top, disk.length)
        .mustWork();
    String standardTop = "5fbaabe3-6958-40ff-92a7-860e329aab41";
    String storedImage = "<Image><GUID>{%s}</GUID><Type>Compressed</Type><File>%s</File></Image>";
    String shot = "<Shot><GUID>{%s}</GUID><ParentGUID>{%s}</ParentGUID></Shot>";
    Files.writeString(
        bundle.resolve("DiskDescriptor.xml"),
        "<Parallels_disk_image Version='1.0'><Disk_Parameters><Disk_size>2049</Disk_size>"
            + "<Cylinders>4</Cylinders><Heads>16</Heads><Sectors>32</Sectors><Padding>0</Padding>"
            + "</Disk_Parameters><StorageData><Storage><Start>0</Start><End>2049</End>"
            + "<Blocksize>8</Blocksize>"
            + storedImage.formatted(ROOT, "root.hds")
            + storedImage.formatted(standardTop, "top.hds")
            + "</Storage></StorageData><Snapshots>"
            + shot.formatted(standardTop, ROOT)
            + shot.formatted(ROOT, "00000000-0000-0000-0000-000000000000")
            + "</Snapshots></Parallels_disk_image>");
    return bundle;
  }

  @Test
  void aBundleIsOpenedByItsDirectoryOrItsDescriptor() throws IOException {
    Path bundle = bundle();
    assertArrayEquals(disk, read(bundle));
    assertArrayEquals(disk, read(bundle.resolve("DiskDescriptor.xml")));
    assertArrayEquals(disk, read(bundle, "-l", ROOT));
    assertTrue(Run.platter("info", bundle).mustWork().contains("bundle: true\n"));
    Run.platter("compare", bundle, raw).mustWork();
    Run.platter("check", bundle).mustWork();
    Path top = bundle.resolve("top.hds");
    Files.write(top, new byte[512], StandardOpenOption.APPEND);
    assertEquals(3, Run.platter("check", bundle).exitCode());
    assertEquals(0, Run.platter("check", "-r", "leaks", bundle).exitCode());
    Run.platter("check", bundle).mustWork();
  }

  @Test
  void toQemuImgABundleIsADirectoryAndItsDescriptorIsRaw() throws IOException {
    Path bundle = bundle();
    assertEquals(1, Run.qemuImg("info", bundle).exitCode());
    String told = Run.qemuImg("info", bundle.resolve("DiskDescriptor.xml")).mustWork();
    assertTrue(told.contains("file format: raw\n"), told);
  }
}

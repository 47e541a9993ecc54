package dev.platter.vdi;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.image.ImageException;
import dev.platter.image.ReferenceDeniedException;
import dev.platter.image.UnsupportedFeatureException;
import dev.platter.image.chain.ImageChain;
import dev.platter.image.name.References;
import dev.platter.image.spi.ImageFormats;
import dev.platter.image.spi.ReferencePolicy;
import dev.platter.image.spi.StorageOpener;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A parent that is known by its UUID is found beside its child, as far as the policy allows. */
class VdiChainTest {
  private static final int BLOCK = 1 << 12;

  @TempDir Path directory;
  private final HandMadeVdi base = new HandMadeVdi(4 * BLOCK, BLOCK);
  private final HandMadeVdi child = new HandMadeVdi(4 * BLOCK, BLOCK);
  private byte[] expected;

  @BeforeEach
  void makeChain() {
    byte[] below = HandMadeVdi.random(BLOCK, 1);
    byte[] above = HandMadeVdi.random(BLOCK, 2);
    base.block(0, below).block(1, below);
    child.block(1, above);
    child.type = 4;
    child.id = new UUID(7, 8);
    child.parent = base.id;
    child.parentModification = base.modification;
    expected = Arrays.copyOf(below, 4 * BLOCK);
    System.arraycopy(above, 0, expected, BLOCK, BLOCK);
  }

  private Path write(String name, HandMadeVdi vdi) throws IOException {
    Path path = directory.resolve(name);
    Files.createDirectories(path.getParent());
    return Files.write(path, vdi.build());
  }

  private static ImageChain open(Path path, ReferencePolicy policy) throws IOException {
    return ImageChain.open(
        path, ImageChain.Options.of(ImageFormats.present(), policy, StorageOpener.READING));
  }

  private void reads(Path path, ReferencePolicy policy) throws IOException {
    try (ImageChain chain = open(path, policy)) {
      assertEquals(2, chain.layers().size());
      assertArrayEquals(expected, HandMadeVdi.content(chain.map()));
    }
  }

  @Test
  void underTheNameThatVirtualBoxGivesIt() throws IOException {
    write("{" + base.id + "}.vdi", base);
    reads(write("child.vdi", child), References.allow());
  }

  @Test
  void underAnyNameInTheSameDirectoryAmongOthers() throws IOException {
    Files.write(directory.resolve("a.txt"), new byte[] {1, 2, 3});
    Files.write(directory.resolve("broken.vdi"), Arrays.copyOf(base.build(), 300));
    Files.createDirectory(directory.resolve("b.vdi"));
    write("c.vdi", new HandMadeVdi(BLOCK, BLOCK).entry(0, -2));
    HandMadeVdi other = new HandMadeVdi(BLOCK, BLOCK);
    other.id = new UUID(1, 1);
    write("d.vdi", other);
    Files.delete(directory.resolve("c.vdi"));
    write("the base.vdi", base);
    reads(write("child.vdi", child), References.within(directory));
  }

  @Test
  void oneDirectoryUpFromVirtualBoxsSnapshots() throws IOException {
    write("disk.vdi", base);
    Path path = write("Snapshots/{" + child.id + "}.vdi", child);
    reads(path, References.within(directory));
    assertThrows(ImageException.class, () -> open(path, References.within(path.getParent())));
    assertThrows(
        UnsupportedFeatureException.class,
        () -> open(write("elsewhere/child.vdi", child), References.allow()));
  }

  @Test
  void amongTheFilesThatAreAllowed() throws IOException {
    Path parent = write("parent.vdi", base);
    Path path = write("child.vdi", child);
    reads(path, References.explicit(Set.of(parent)));
    assertThrows(ImageException.class, () -> open(path, References.explicit(Set.of(path))));
  }

  @Test
  void isNotLookedForWhereOutsideFilesAreDenied() throws IOException {
    write("parent.vdi", base);
    Path path = write("child.vdi", child);
    assertThrows(ReferenceDeniedException.class, () -> open(path, ReferencePolicy.deny()));
  }

  @Test
  void missesItByName() throws IOException {
    Path path = write("child.vdi", child);
    UnsupportedFeatureException e =
        assertThrows(UnsupportedFeatureException.class, () -> open(path, References.allow()));
    assertTrue(e.getMessage().contains("{" + base.id + "}.vdi"), e.getMessage());
  }

  @Test
  void saysWhenItWasChangedSince() throws IOException {
    base.modification = new UUID(1, 2);
    write("parent.vdi", base);
    Path path = write("child.vdi", child);
    ImageException e = assertThrows(ImageException.class, () -> open(path, References.allow()));
    assertTrue(e.getMessage().contains("was changed since"), e.getMessage());
  }
}

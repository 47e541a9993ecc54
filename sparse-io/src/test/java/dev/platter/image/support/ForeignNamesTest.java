package dev.platter.image.support;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ForeignNamesTest {
  @ParameterizedTest
  @CsvSource({
    "C:\\vm\\base.vmdk, base.vmdk",
    "c:/vm/base.vmdk, base.vmdk",
    "\\\\server\\share\\base.vmdk, base.vmdk",
    "\\\\?\\Volume{0}\\base.vhdx, base.vhdx",
    "C:\\vm\\nbd:x, ./nbd:x",
    "..\\base\\base.vmdk, ../base/base.vmdk",
    ".\\base.vmdk, base.vmdk",
    "nbd:\\x, ./nbd:/x",
    "/vmfs/volumes/4d1-ab/vm/vm-000001.vmdk, vm-000001.vmdk",
    "[datastore1] vm/vm.vmdk, vm.vmdk",
    "[old] disk.vmdk, [old] disk.vmdk",
    "/srv/base.vmdk, /srv/base.vmdk",
    "base.vmdk, base.vmdk",
    "c:base, c:base",
    "nbd:host, nbd:host"
  })
  void absoluteNamesOfOtherSystemsAreLookedForBeside(String name, String path) {
    assertEquals(path, ForeignNames.toPath(name));
  }
}

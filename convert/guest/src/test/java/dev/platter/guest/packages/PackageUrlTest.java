package dev.platter.guest.packages;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.platter.guest.OperatingSystem;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PackageUrlTest {
  private static String url(
      PackageManager manager, String name, String version, String arch, String os) {
    InstalledPackage each =
        new InstalledPackage(manager, name, version, arch, InstalledPackage.Origin.UNKNOWN);
    Optional<OperatingSystem> system =
        Optional.ofNullable(os)
            .map(text -> text.split(":", -1))
            .map(parts ->
                new OperatingSystem("linux", parts[0], parts[1], "", "x86_64", "partition 1"));
    return PackageUrl.of(each, system).orElse("");
  }

  /** Those of the definitions of types of ECMA-427, where they have such. */
  @ParameterizedTest
  @CsvSource({
    "DPKG, bash, 5.2.15-2+b2, amd64, debian:12,"
        + " pkg:deb/debian/bash@5.2.15-2%2Bb2?arch=amd64&distro=debian-12",
    "DPKG, vim, 2:9.0.1378-2, amd64, ubuntu:24.04,"
        + " pkg:deb/ubuntu/vim@2:9.0.1378-2?arch=amd64&distro=ubuntu-24.04",
    "DPKG, libstdc++6, 12~rc1, all, debian:,"
        + " pkg:deb/debian/libstdc%2B%2B6@12~rc1?arch=all&distro=debian",
    "RPM, curl, 7.50.3-1.fc25, i386, fedora:25,"
        + " pkg:rpm/fedora/curl@7.50.3-1.fc25?arch=i386&distro=fedora-25",
    "RPM, ImageMagick, 1:6.9-1, noarch, rhel:9.4,"
        + " pkg:rpm/redhat/ImageMagick@6.9-1?arch=noarch&distro=rhel-9.4&epoch=1",
    "RPM, gpg-pubkey, a0b1-c2d3, , opensuse-leap:15.6,"
        + " pkg:rpm/opensuse/gpg-pubkey@a0b1-c2d3?distro=opensuse-leap-15.6",
    "APK, apk, 2.12.9-r3, x86, alpine:3.16,"
        + " pkg:apk/alpine/apk@2.12.9-r3?arch=x86&distro=alpine-3.16",
    "PACMAN, Python-Pip, 1:21.0-1, any, arch:,"
        + " pkg:alpm/arch/python-pip@1:21.0-1?arch=any&distro=arch"
  })
  void namesPackages(
      PackageManager manager, String name, String version, String arch, String os, String url) {
    assertEquals(url, url(manager, name, version, arch == null ? "" : arch, os));
  }

  @Test
  void whoMadeThePackagesOfAnUnknownSystemIsNotKnown() {
    assertEquals("pkg:deb/bash@1?arch=all", url(PackageManager.DPKG, "bash", "1", "all", null));
  }

  @Test
  void namesCannotLookLikeSomethingElse() {
    assertEquals(
        "pkg:rpm/fedora/a%2Fb%3F%23%40%C3%A9@1?distro=fedora-40",
        url(PackageManager.RPM, "a/b?#@é", "1", "", "fedora:40"));
  }

  @Test
  void programsOfWindowsHaveNone() {
    assertEquals("", url(PackageManager.WINDOWS, "7-Zip", "23.01", "x86_64", "windows:10.0"));
  }
}

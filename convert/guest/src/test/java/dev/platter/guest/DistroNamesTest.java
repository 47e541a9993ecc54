package dev.platter.guest;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Systems by the names of both vocabularies; those of libosinfo are in its database. */
class DistroNamesTest {
  @ParameterizedTest
  @CsvSource({
    "debian, 11, Debian GNU/Linux 11 (bullseye), debian, debian11",
    "ubuntu, 22.04, Ubuntu 22.04.4 LTS, ubuntu, ubuntu22.04",
    "fedora, 37, Fedora Linux 37, fedora, fedora37",
    "rhel, 9.1, Red Hat Enterprise Linux 9.1 (Plow), rhel, rhel9.1",
    "centos, 6.10, CentOS release 6.10 (Final), centos, centos6.10",
    "centos, 7, CentOS Linux 7 (Core), centos, centos7",
    "centos, 9, CentOS Stream 9, centos, centos-stream9",
    "rocky, 8.6, Rocky Linux 8.6 (Green Obsidian), rocky, rocky8",
    "almalinux, 9.1, AlmaLinux 9.1 (Lime Lynx), almalinux, almalinux9",
    "ol, 8.5, Oracle Linux Server 8.5, oraclelinux, ol8.5",
    "scientific, 6.10, Scientific Linux release 6.10, scientific, scientificlinux6.10",
    "alpine, 3.17.2, Alpine Linux v3.17, alpine, alpinelinux3.17",
    "arch, '', Arch Linux, arch, archlinux",
    "gentoo, 2.0.3, Gentoo Base System release 2.0.3, gentoo, gentoo",
    "opensuse-leap, 15.4, openSUSE Leap 15.4, opensuse, opensuse15.4",
    "opensuse-tumbleweed, 20240101, openSUSE Tumbleweed, opensuse, opensusetumbleweed",
    "sles, 11.4, SUSE Linux Enterprise Server 11 SP4, sles, sles11sp4",
    "sles, 15.4, SUSE Linux Enterprise Server 15 SP4, sles, sle15sp4",
    "freebsd, 13.1, FreeBSD 13.1-RELEASE, freebsd, freebsd13.1",
    "cirros, 0.5.2, CirrOS, cirros, cirros0.5.2",
    "amzn, 2, Amazon Linux 2, amzn, amzn",
    "windows, 5.0.2195, Microsoft Windows 2000, windows, win2k",
    "windows, 6.1.7601, Windows Server 2008 R2 Standard, windows, win2k8r2",
    "windows, 6.1.7601, Windows 7 Professional, windows, win7",
    "windows, 10.0.17763, Windows 10 Enterprise LTSC, windows, win10",
    "windows, 10.0.17763, Windows Server 2019 Datacenter, windows, win2k19",
    "windows, 10.0.20348, Windows Server 2022 Standard, windows, win2k22",
    "windows, 10.0.22631, Windows 11 Pro, windows, win11",
    "windows, '', Windows, windows, windows",
  })
  void areThoseOfGlanceAndLibosinfo(
      String id, String version, String name, String glance, String libosinfo) {
    OperatingSystem system = new OperatingSystem("", id, version, name, "", "disk");
    assertEquals(glance, DistroNames.GLANCE.of(system));
    assertEquals(libosinfo, DistroNames.LIBOSINFO.of(system));
  }
}

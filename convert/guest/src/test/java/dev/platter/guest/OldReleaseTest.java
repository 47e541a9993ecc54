package dev.platter.guest;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.platter.guest.files.Budget;
import dev.platter.guest.files.FileTree;
import dev.platter.guest.files.MemoryFiles;
import java.io.IOException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Systems that have no os-release: what their own files say, as they were installed. */
class OldReleaseTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "redhat-release=CentOS release 6.10 (Final) | centos 6.10 CentOS release 6.10 (Final)",
        "redhat-release=Red Hat Enterprise Linux Server release 5.11 (Tikanga);"
            + "oracle-release=Oracle Linux Server release 5.11 |"
            + " ol 5.11 Oracle Linux Server release 5.11",
        "redhat-release=Scientific Linux release 6.10 (Carbon) |"
            + " scientific 6.10 Scientific Linux release 6.10 (Carbon)",
        "redhat-release=Fedora Core release 6 (Zod) | fedora 6 Fedora Core release 6 (Zod)",
        "system-release=Amazon Linux AMI release 2011.09 |"
            + " amzn 2011.09 Amazon Linux AMI release 2011.09",
        "SuSE-release=SUSE Linux Enterprise Server 11 (x86_64)~VERSION = 11~PATCHLEVEL = 3 |"
            + " sles 11.3 SUSE Linux Enterprise Server 11 (x86_64)",
        "SuSE-release=openSUSE 11.4 (x86_64)~VERSION = 11.4~CODENAME = Celadon |"
            + " opensuse 11.4 openSUSE 11.4 (x86_64)",
        "debian_version=squeeze/sid;lsb-release=DISTRIB_ID=Ubuntu~DISTRIB_RELEASE=10.04~"
            + "DISTRIB_DESCRIPTION=\"Ubuntu 10.04.4 LTS\" | ubuntu 10.04 Ubuntu 10.04.4 LTS",
        "debian_version=6.0.10 | debian 6.0.10 Debian GNU/Linux 6.0.10",
        "gentoo-release=Gentoo Base System release 2.0.3 |"
            + " gentoo 2.0.3 Gentoo Base System release 2.0.3",
        "slackware-version=Slackware 13.37.0 | slackware 13.37.0 Slackware 13.37.0",
        "arch-release= | arch  Arch Linux",
        "alpine-release=2.4.6 | alpine 2.4.6 Alpine Linux 2.4.6",
      })
  void isTold(String files, String expected) throws IOException {
    MemoryFiles root = new MemoryFiles(Budget.of(1 << 20, 1 << 20));
    for (String file : files.split(";", -1)) {
      String[] parts = file.split("=", 2);
      root.put("etc/" + parts[0], parts[1].replace('~', '\n'));
    }
    OperatingSystem found = UnixSystem.find(new FileTree(root), "disk").orElseThrow().system();
    assertEquals(expected, found.id() + " " + found.versionId() + " " + found.prettyName());
    assertEquals("linux", found.type());
  }
}

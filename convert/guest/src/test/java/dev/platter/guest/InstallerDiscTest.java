package dev.platter.guest;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.platter.guest.files.Budget;
import dev.platter.guest.files.FileTree;
import dev.platter.guest.files.MemoryFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Discs that install systems: what their files say, as distributions write them. */
class InstallerDiscTest {
  private static Optional<OperatingSystem> found(String path, String text) throws IOException {
    MemoryFiles root = new MemoryFiles(Budget.of(1 << 20, 1 << 20));
    root.put(path, text);
    return DiscSystem.find(new FileTree(root), "disk");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        ".disk/info | Debian GNU/Linux 12.5.0 \"Bookworm\" - Official amd64 NETINST with firmware"
            + " 20240210-11:27 | debian 12 x86_64 Debian GNU/Linux 12.5.0",
        ".disk/info | Ubuntu-Server 22.04.4 LTS \"Jammy Jellyfish\" - Release arm64 (20240216.1) |"
            + " ubuntu 22.04 aarch64 Ubuntu-Server 22.04.4",
        ".treeinfo | [header]~version = 1.2~~[general]~arch = x86_64~family = Rocky Linux~"
            + "name = Rocky Linux 9.3~version = 9.3~[tree]~version = 8 |"
            + " rocky 9.3 x86_64 Rocky Linux 9.3",
        ".treeinfo | [general]~family = CentOS Stream~version = 9-stream~arch = aarch64 |"
            + " centos 9 aarch64 CentOS Stream 9",
        ".treeinfo | [general]~family = Red Hat Enterprise Linux~version = 8.9~arch = s390x |"
            + " rhel 8.9 s390x Red Hat Enterprise Linux 8.9",
      })
  void isToldByItsOwnFiles(String path, String text, String expected) throws IOException {
    OperatingSystem system = found(path, text.replace('~', '\n')).orElseThrow();
    assertEquals("disk /" + path, system.place());
    assertEquals("linux", system.type());
    assertEquals(
        expected,
        system.id()
            + " "
            + system.versionId()
            + " "
            + system.architecture()
            + " "
            + system.prettyName());
  }

  @Test
  void filesThatSayNothingOfThatKindTellNothing() throws IOException {
    assertEquals(Optional.empty(), found(".disk/info", "a disc of mine"));
    assertEquals(Optional.empty(), found(".treeinfo", "[tree]\nfamily = Fedora\n"));
    assertEquals(Optional.empty(), found("sources/install.wim", "no archive"));
  }

  @Test
  void theFirstSystemInAnArchiveOfWindowsIsTold() throws IOException {
    String xml =
        "\ufeff<WIM><IMAGE INDEX=\"1\"><WINDOWS><ARCH>9</ARCH><VERSION><MAJOR>10</MAJOR>"
            + "<MINOR>0</MINOR><BUILD>20348</BUILD></VERSION></WINDOWS>"
            + "<NAME>Windows Server 2022 SERVERSTANDARD</NAME></IMAGE></WIM>";
    byte[] bytes = new byte[208 + 2 * xml.length()];
    System.arraycopy("MSWIM".getBytes(StandardCharsets.US_ASCII), 0, bytes, 0, 5);
    bytes[72] = (byte) (2 * xml.length());
    bytes[73] = (byte) (2 * xml.length() >> 8);
    bytes[79] = 2; // flags share the field with the length
    bytes[80] = (byte) 208;
    byte[] text = xml.getBytes(StandardCharsets.UTF_16LE);
    System.arraycopy(text, 0, bytes, 208, text.length);
    OperatingSystem system =
        WindowsImage.find(Disks.source(bytes), "disk /sources/install.wim").orElseThrow();
    assertEquals("10.0.20348", system.versionId());
    assertEquals("x86_64", system.architecture());
    assertEquals("win2k22", DistroNames.LIBOSINFO.of(system));
  }
}

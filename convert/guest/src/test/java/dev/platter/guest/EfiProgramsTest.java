package dev.platter.guest;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.platter.testdata.ExternalTool;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What UEFI starts: programs in the places where it looks, with certificates of OpenSSL's. */
@Tag("interop")
class EfiProgramsTest {
  private static final int TABLE = 2048;

  @TempDir Path directory;

  private static void run(String tool, Object... words) {
    ExternalTool.named(tool).run(words).mustExit(0);
  }

  /** A certificate of that name that the other signs, or itself. */
  private void certificate(String name, String issuer) {
    Path key = directory.resolve(name + ".key");
    Path request = directory.resolve(name + ".csr");
    run(
        "openssl",
        "req",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-keyout",
        key,
        "-out",
        request,
        "-subj",
        "/O=Test, Inc./CN=" + name.replace('-', ' '));
    Path issuerKey = directory.resolve(issuer + ".key");
    Path target = directory.resolve(name + ".pem");
    if (name.equals(issuer)) {
      run("openssl", "x509", "-req", "-in", request, "-signkey", issuerKey, "-out", target);
    } else {
      run(
          "openssl",
          "x509",
          "-req",
          "-in",
          request,
          "-CA",
          directory.resolve(issuer + ".pem"),
          "-CAkey",
          issuerKey,
          "-set_serial",
          "2",
          "-out",
          target);
    }
  }

  /** A program for UEFI that has these bytes as its signature. */
  private static byte[] program(int machine, byte[] signature) {
    ByteBuffer bytes =
        ByteBuffer.allocate(TABLE + 8 + signature.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.put(0, "MZ".getBytes(StandardCharsets.US_ASCII)).putInt(0x3C, 128);
    bytes.put(128, "PE".getBytes(StandardCharsets.US_ASCII)).putShort(132, (short) machine);
    int optional = 128 + 24;
    bytes.putShort(optional, (short) 0x20B).putInt(optional + 108, 16);
    if (signature.length > 0) {
      bytes.putInt(optional + 112 + 32, TABLE).putInt(optional + 112 + 36, 8 + signature.length);
      bytes.putInt(TABLE, 8 + signature.length).putShort(TABLE + 4, (short) 0x200);
      bytes.putShort(TABLE + 6, (short) 2).put(TABLE + 8, signature);
    }
    return bytes.array();
  }

  @Test
  void programsAreToldWithTheirArchitectureAndSigner() throws IOException {
    certificate("Test-CA", "Test-CA");
    certificate("Test-Middle", "Test-CA");
    certificate("Test-Signer", "Test-Middle");
    Path der = directory.resolve("chain.der");
    run(
        "openssl",
        "crl2pkcs7",
        "-nocrl",
        "-outform",
        "DER",
        "-certfile",
        directory.resolve("Test-CA.pem"),
        "-certfile",
        directory.resolve("Test-Signer.pem"),
        "-certfile",
        directory.resolve("Test-Middle.pem"),
        "-out",
        der);
    byte[] signature = Files.readAllBytes(der);
    Path disk = directory.resolve("disk");
    Files.write(disk, new byte[8 << 20]);
    run("mkfs.vfat", "-F", "12", disk);
    run(
        "mmd",
        "-i",
        disk,
        "::EFI",
        "::EFI/BOOT",
        "::EFI/debian",
        "::EFI/Microsoft",
        "::EFI/Microsoft/Boot");
    byte[] cut = Arrays.copyOf(program(0xAA64, signature), TABLE + 100);
    put(disk, "EFI/BOOT/BOOTX64.EFI", program(0x8664, signature));
    put(disk, "EFI/BOOT/grub.cfg", new byte[10]);
    put(disk, "EFI/BOOT/BOOTAA64.EFI", cut);
    put(disk, "EFI/debian/shimx64.efi", program(0x8664, new byte[0]));
    put(
        disk,
        "EFI/Microsoft/Boot/bootmgfw.efi",
        program(0x8664, "damaged!".getBytes(StandardCharsets.US_ASCII)));
    GuestDescription guest = Disks.describe(disk);
    StringBuilder told = new StringBuilder();
    for (EfiProgram program : guest.efiPrograms()) {
      String words = program.path() + " " + program.architecture() + " " + program.signer();
      told.append(words.strip()).append(program.isDefault() ? " *" : "").append('\n');
    }
    assertEquals(
        "/EFI/BOOT/BOOTAA64.EFI aarch64 *\n"
            + "/EFI/BOOT/BOOTX64.EFI x86_64 Test Signer, by Test Middle *\n"
            + "/EFI/Microsoft/Boot/bootmgfw.efi x86_64\n"
            + "/EFI/debian/shimx64.efi x86_64\n",
        told.toString());
    assertEquals("uefi", guest.imageProperties(DistroNames.GLANCE).get("hw_firmware_type"));
  }

  private void put(Path disk, String path, byte[] content) throws IOException {
    Path file = Files.write(directory.resolve("program"), content);
    run("mcopy", "-o", "-i", disk, file, "::" + path);
  }
}

package dev.platter.server.tls;

import dev.platter.testdata.ExternalTool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Certificates that openssl makes: an authority, one below it, and the service's below that. */
public final class TestCertificates {
  private final ExternalTool openssl = ExternalTool.named("openssl");
  private final Path directory;

  public TestCertificates(Path directory) {
    this.directory = directory;
    make("root", null, "ec", "basicConstraints=critical,CA:TRUE");
    make("middle", "root", "ec", "basicConstraints=critical,CA:TRUE");
  }

  private void make(String name, String signer, String kind, String... extensions) {
    List<String> arguments = new ArrayList<>(List.of("req", "-x509", "-nodes", "-days", "2"));
    Collections.addAll(arguments, "-subj", "/CN=" + name, "-newkey");
    if (kind.equals("ec")) {
      Collections.addAll(arguments, "ec", "-pkeyopt", "ec_paramgen_curve:P-256");
    } else {
      arguments.add(kind);
    }
    Collections.addAll(arguments, "-keyout", key(name).toString());
    Collections.addAll(arguments, "-out", certificate(name).toString());
    if (signer != null) {
      Collections.addAll(arguments, "-CA", certificate(signer).toString());
      Collections.addAll(arguments, "-CAkey", key(signer).toString());
    }
    for (String extension : extensions) {
      Collections.addAll(arguments, "-addext", extension);
    }
    openssl.mustRun(arguments.toArray());
  }

  /**
   * Makes a certificate for this machine under a name, and its key.
   *
   * @param kind of the key: {@code ec}, {@code rsa:2048}, {@code ed25519}
   */
  public void issue(String name, String kind) throws IOException {
    make(
        name,
        "middle",
        kind,
        "basicConstraints=critical,CA:FALSE",
        "subjectAltName=DNS:localhost,IP:127.0.0.1");
    String chain = Files.readString(certificate(name)) + Files.readString(certificate("middle"));
    Files.writeString(certificate(name), chain);
  }

  /** The certificate, and for what was issued the one that it is signed with. */
  public Path certificate(String name) {
    return directory.resolve(name + ".pem");
  }

  public Path key(String name) {
    return directory.resolve(name + ".key");
  }

  /** Runs openssl with more arguments. */
  void openssl(Object... arguments) {
    openssl.mustRun(arguments);
  }
}

package dev.platter.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.platter.server.http.Json;
import dev.platter.testdata.ExternalTool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Signatures whose certificates are in a real Barbican, which asks a real Keystone who asks. */
@Tag("interop")
@Timeout(180)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BarbicanIT {
  private static final byte[] IMAGE = new byte[100_000];

  static {
    new Random(5).nextBytes(IMAGE);
  }

  private Path directory;
  private RealKeystone keystone;
  private RealBarbican barbican;
  private RunningServer server;
  private String alice;
  private String bob;

  @BeforeAll
  void start(@TempDir Path temporary) throws IOException {
    directory = temporary;
    keystone = new RealKeystone(Files.createDirectory(directory.resolve("keystone")));
    barbican = new RealBarbican(Files.createDirectory(directory.resolve("barbican")), keystone);
    alice = member("alice", "one");
    bob = member("bob", "two");
    String service = keystone.make("service", "{\"type\":\"key-manager\"}");
    keystone.make(
        "endpoint",
        "{\"service_id\":\"%s\",\"interface\":\"public\",\"region_id\":\"RegionOne\",\"url\":\"%s\"}"
            .formatted(service, barbican.url()));
    server =
        new RunningServer(directory.resolve("service"))
            .behind(keystone)
            .set("image_import_opts", "image_import_plugins", "[image_signature_verification]")
            .set("key_manager", "backend", "barbican")
            .set("barbican", "auth_endpoint", keystone.url())
            .startConfigured();
  }

  /** Somebody in a project, who may keep secrets; the token. */
  private String member(String name, String project) throws IOException {
    String id = keystone.make("project", "{\"name\":\"" + project + "\"}");
    String user = keystone.user(name, "member", id);
    keystone.ask(
        "PUT", "/projects/" + id + "/users/" + user + "/roles/" + keystone.role("creator"), "");
    return keystone.token(
        name, "{\"project\":{\"name\":\"" + project + "\",\"domain\":{\"id\":\"default\"}}}");
  }

  @AfterAll
  void end() throws IOException {
    if (server != null) {
      server.close();
    }
    if (barbican != null) {
      barbican.close();
    }
    keystone.close();
  }

  private Path file(String name) {
    return directory.resolve(name);
  }

  /** A key of a kind, and its certificate as text. */
  private String certify(String... key) throws IOException {
    ExternalTool openssl = ExternalTool.named("openssl");
    openssl.mustRun((Object[]) key);
    openssl.mustRun(
        "req",
        "-x509",
        "-new",
        "-key",
        file("key"),
        "-sha256",
        "-subj",
        "/CN=signer",
        "-out",
        file("certificate"));
    return Files.readString(file("certificate"));
  }

  private String sign(Object... more) throws IOException {
    Files.write(file("image"), IMAGE);
    Object[] words = new Object[more.length + 6];
    Object[] first = {"dgst", "-sign", file("key"), "-out", file("signature")};
    System.arraycopy(first, 0, words, 0, first.length);
    System.arraycopy(more, 0, words, first.length, more.length);
    words[words.length - 1] = file("image");
    ExternalTool.named("openssl").mustRun(words);
    return Base64.getEncoder().encodeToString(Files.readAllBytes(file("signature")));
  }

  private RunningServer.Answer upload(
      String token, String uuid, String keyType, String signature, byte[] image)
      throws IOException {
    ObjectNode fields = Json.object();
    fields.put("disk_format", "raw").put("container_format", "bare");
    fields.put("img_signature", signature).put("img_signature_hash_method", "SHA-256");
    fields.put("img_signature_key_type", keyType).put("img_signature_certificate_uuid", uuid);
    String id = server.create(token, fields.toString());
    return server.askAs(token, "PUT", "/v2/images/" + id + "/file", image);
  }

  @Test
  void aSignatureIsVerifiedByACertificateThatTheCallerMayRead() throws IOException {
    String certificate = certify("genrsa", "-out", file("key").toString(), "2048");
    String uuid = barbican.keep(alice, "certificate", certificate);
    String signature = sign("-sha256", "-sigopt", "rsa_padding_mode:pss");
    assertEquals(204, upload(alice, uuid, "RSA-PSS", signature, IMAGE).status());
    byte[] other = IMAGE.clone();
    other[77]++;
    RunningServer.Answer forged = upload(alice, uuid, "RSA-PSS", signature, other);
    assertEquals(400, forged.status());
    assertTrue(forged.text().contains("does not fit"), forged::text);
    RunningServer.Answer foreign = upload(bob, uuid, "RSA-PSS", signature, IMAGE);
    assertEquals(400, foreign.status());
    assertTrue(foreign.text().contains("Unable to retrieve certificate"), foreign::text);
  }

  @Test
  void importsAskWithTheTokenOfTheirCaller() throws Exception {
    String certificate =
        certify(
            "ecparam", "-name", "secp384r1", "-genkey", "-noout", "-out", file("key").toString());
    String uuid = barbican.keep(alice, "certificate", certificate);
    String signature = sign("-sha256");
    for (boolean good : new boolean[] {true, false}) {
      ObjectNode fields = Json.object();
      fields.put("disk_format", "raw").put("container_format", "bare");
      fields.put("img_signature", signature).put("img_signature_hash_method", "SHA-256");
      fields.put("img_signature_key_type", "ECC_SECP384R1");
      fields.put("img_signature_certificate_uuid", uuid);
      String token = good ? alice : bob;
      String id = server.create(token, fields.toString());
      assertEquals(204, server.askAs(token, "PUT", "/v2/images/" + id + "/stage", IMAGE).status());
      assertEquals(
          202,
          server
              .askAs(
                  token,
                  "POST",
                  "/v2/images/" + id + "/import",
                  "{\"method\":{\"name\":\"glance-direct\"}}"
                      .getBytes(java.nio.charset.StandardCharsets.UTF_8),
                  "Content-Type",
                  "application/json")
              .status());
      assertEquals(good ? "active" : "queued", settled(token, id));
    }
  }

  private String settled(String token, String id) throws Exception {
    for (int i = 0; ; i++) {
      JsonNode image = Json.parse(server.askAs(token, "GET", "/v2/images/" + id, null).text());
      String status = image.path("status").asText();
      if (!status.equals("importing") && !status.equals("uploading") || i == 300) {
        return status;
      }
      Thread.sleep(100);
    }
  }

  @Test
  void whatIsNoCertificateOrNowhereVerifiesNothing() throws IOException {
    certify("genrsa", "-out", file("key").toString(), "2048");
    String signature = sign("-sha256", "-sigopt", "rsa_padding_mode:pss");
    String words = barbican.keep(alice, "passphrase", "some words");
    String broken = barbican.keep(alice, "certificate", "-----BEGIN nothing");
    for (String uuid :
        new String[] {
          words, broken, "00000000-0000-4000-8000-000000000000", "../secrets/" + words, ""
        }) {
      RunningServer.Answer refused = upload(alice, uuid, "RSA-PSS", signature, IMAGE);
      assertEquals(400, refused.status(), uuid);
      assertTrue(refused.text().contains("Unable to retrieve certificate"), refused::text);
    }
  }
}

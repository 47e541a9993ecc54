package dev.platter.cli.line;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.platter.cipher.Secret;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ObjectsTest {
  private static final String KEY = "secret,id=key,data=0123456789abcdef0123456789abcdef";
  private static final String WRAPPED =
      "secret,id=s,keyid=key,iv=AAAAAAAAAAAAAAAAAAAAAA==,format=base64,data=";

  @TempDir Path directory;

  private static Objects objects(String... definitions) throws Failure {
    List<String> words = new ArrayList<>();
    for (String definition : definitions) {
      words.add("--object");
      words.add(definition);
    }
    return Objects.of(
        Arguments.parse(
            words.toArray(String[]::new), 0, List.of(Command.OBJECT), Profile.PLATTER.answers()));
  }

  private static String secret(String... definitions) throws Failure {
    return new String(objects(definitions).secret("s").orElseThrow().toArray(), UTF_8);
  }

  @Test
  void textIsTakenAsItIs() throws Failure {
    assertEquals("abc", secret("secret,id=s,data=abc"));
    assertEquals("a,b", secret("secret,id=s,data=a,,b,format=raw"));
    assertEquals("abc", secret("{\"qom-type\":\"secret\",\"id\":\"s\",\"data\":\"abc\"}"));
    assertArrayEquals(
        new byte[] {(byte) 0xc3, (byte) 0xa4},
        objects("secret,id=s,data=ä").secret("s").get().toArray());
  }

  @Test
  void base64IsDecoded() throws Failure {
    assertEquals("abc", secret("secret,id=s,data=YWJj,format=base64"));
    assertEquals("a", secret("secret,id=s,data=YQ==\n,format=base64"));
    assertThrows(Failure.class, () -> secret("secret,id=s,data=YWJ,format=base64"));
  }

  @Test
  void filesAreReadWithTheirLineEnds() throws Exception {
    Path file = Files.writeString(directory.resolve("secret"), "abc\n");
    assertEquals("abc\n", secret("secret,id=s,file=" + file));
    Files.writeString(file, "YWJj\n");
    assertEquals("abc", secret("secret,id=s,format=base64,file=" + file));
  }

  /** The texts were encrypted by openssl enc -aes-256-cbc. */
  @Test
  void secretsAreDecryptedByOthers() throws Failure {
    assertEquals("letmein", secret(KEY, WRAPPED + "yaX//RwWd58JvrjMnO8YPA=="));
    assertEquals(
        "sixteen letters!", secret(KEY, WRAPPED + "FLznO9j6xo4fnqeoP6V93EgbVlyz4+hOwgwlIn9Kxxo="));
  }

  @Test
  void noMessageHasAPartOfASecret() {
    for (String wrong :
        List.of(
            "secret,id=s,hunter2",
            "secret,id=s,data=hunter2!,format=base64",
            "secret,id=s,data=hunter2,format=base64",
            "secret,id=s,data=hunter2,keyid=none",
            "secret,id=s,data=hunter2,file=x")) {
      String message = assertThrows(Failure.class, () -> objects(wrong)).getMessage();
      assertFalse(message.contains("hunter2"), message);
    }
  }

  @Test
  void secretsAreOverwrittenWhenTheCallIsOver() throws Failure {
    Objects objects = objects("secret,id=s,data=abc");
    Secret secret = objects.secret("s").orElseThrow();
    objects.close();
    assertThrows(IllegalStateException.class, secret::toArray);
    assertEquals(false, objects.secret("s").isPresent());
  }

  @Test
  void aSecretThatIsNotDefinedIsNone() throws Failure {
    assertEquals(false, objects("secret,id=s,data=abc").secret("other").isPresent());
    assertEquals(false, objects().secret("s").isPresent());
  }
}

package dev.platter.server.identity;

import dev.platter.server.live.Live;
import dev.platter.server.yaml.YamlFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;

/**
 * Tokens in a file, for one machine without Keystone: a list, each element with the SHA-256 of a
 * token and what it proves. Read anew when the file has changed; while it cannot be understood, or
 * is not there, nobody is let in.
 */
public final class TokenFile implements Identity {
  private static final Set<String> FIELDS =
      Set.of("token_sha256", "user", "project", "system", "roles", "expires");
  private static final int LONGEST_TOKEN = 8000;

  private final Live<List<Entry>> entries;

  private record Entry(Secret token, Credentials credentials, Instant expires) {}

  /**
   * @throws IOException if it cannot be read or understood now, or others may change it
   */
  public TokenFile(Path file) throws IOException {
    this(file, System::nanoTime);
  }

  TokenFile(Path file, LongSupplier clock) throws IOException {
    entries = new Live<>("nobody is let in", new Source(file), clock);
  }

  @Override
  public Optional<String> challenge() {
    return Optional.of("Token");
  }

  @Override
  public Credentials identify(Headers headers) throws IdentityException {
    String token = headers.single(TOKEN_HEADER).orElseThrow(IdentityException::refused);
    if (token.length() > LONGEST_TOKEN) {
      throw IdentityException.refused();
    }
    List<Entry> known = entries.now().orElseThrow(IdentityException::unavailable);
    Secret given = Secret.of(token);
    Entry found = null;
    for (Entry entry : known) {
      // Every entry is looked at, so that time tells nothing.
      found = entry.token().is(given) ? entry : found;
    }
    if (found == null || !Instant.now().isBefore(found.expires())) {
      throw IdentityException.refused();
    }
    return found.credentials();
  }

  private record Source(Path file) implements Live.Source<List<Entry>> {
    @Override
    public List<Path> files() {
      return List.of(file);
    }

    @Override
    public List<Entry> read() throws IOException {
      PosixFileAttributeView view = Files.getFileAttributeView(file, PosixFileAttributeView.class);
      if (view != null
          && view.readAttributes().permissions().contains(PosixFilePermission.OTHERS_WRITE)) {
        throw new IOException(file + ": everybody may change it");
      }
      List<Entry> entries = new ArrayList<>();
      for (YamlFile.Value value : YamlFile.read(file).list()) {
        entries.add(entry(value));
      }
      return entries;
    }
  }

  private static Entry entry(YamlFile.Value value) throws IOException {
    Map<String, YamlFile.Value> fields = value.mapping();
    for (Map.Entry<String, YamlFile.Value> field : fields.entrySet()) {
      if (!FIELDS.contains(field.getKey())) {
        throw field.getValue().wrong(field.getKey() + " is none of " + FIELDS);
      }
    }
    for (String required : List.of("token_sha256", "user", "roles")) {
      if (!fields.containsKey(required)) {
        throw value.wrong(required + " is missing");
      }
    }
    String digest = fields.get("token_sha256").text();
    if (!digest.matches("[0-9a-fA-F]{64}")) {
      throw fields.get("token_sha256").wrong("64 hexadecimal digits are expected");
    }
    Credentials credentials =
        new Credentials(
            fields.get("user").text(),
            null,
            scope(value, fields),
            Roles.withImplied(texts(fields.get("roles"))),
            Optional.empty());
    return new Entry(
        Secret.ofDigest(HexFormat.of().parseHex(digest)),
        credentials,
        expires(fields.get("expires")));
  }

  private static String[] texts(YamlFile.Value list) throws IOException {
    List<String> texts = new ArrayList<>();
    for (YamlFile.Value element : list.list()) {
      texts.add(element.text());
    }
    return texts.toArray(new String[0]);
  }

  private static Scope scope(YamlFile.Value value, Map<String, YamlFile.Value> fields)
      throws IOException {
    YamlFile.Value project = fields.get("project");
    YamlFile.Value system = fields.get("system");
    if ((project == null) == (system == null)) {
      throw value.wrong("either project or system is expected");
    }
    if (project != null) {
      return Scope.project(project.text(), null);
    }
    if (!system.text().equals("all")) {
      throw system.wrong("all is expected");
    }
    return Scope.SYSTEM;
  }

  private static Instant expires(YamlFile.Value value) throws IOException {
    try {
      return value == null ? Instant.MAX : OffsetDateTime.parse(value.text()).toInstant();
    } catch (DateTimeParseException e) {
      throw value.wrong("a time such as 2027-01-31T00:00:00Z is expected");
    }
  }
}

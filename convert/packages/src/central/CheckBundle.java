import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Element;
import org.w3c.dom.Node;

/**
 * Looks whether a bundle has what Maven Central asks of what is published there: {@code CheckBundle
 * [--rehearsal] ZIP}. Each artifact has a POM that says what it is, whose, under which licence and
 * where its sources are; a jar has its sources and Javadoc beside it; each file has its checksums,
 * which are right, and a signature; and nothing is a snapshot. A rehearsal goes without a
 * signature, and without a place where the project lives. Prints all that is missing, and exits
 * with 1 where something is.
 */
class CheckBundle {
  private final Map<String, byte[]> files = new TreeMap<>();
  private final List<String> faults = new ArrayList<>();
  private final boolean rehearsal;

  CheckBundle(boolean rehearsal) {
    this.rehearsal = rehearsal;
  }

  public static void main(String[] args) throws Exception {
    boolean rehearsal = args[0].equals("--rehearsal");
    CheckBundle check = new CheckBundle(rehearsal);
    check.read(Path.of(args[args.length - 1]));
    int artifacts = check.check();
    check.faults.forEach(System.out::println);
    System.out.printf(
        "%d artifacts, %d files, %d faults%s%n",
        artifacts,
        check.files.size(),
        check.faults.size(),
        rehearsal ? " (a rehearsal: neither signatures nor a home were asked for)" : "");
    if (!check.faults.isEmpty()) {
      System.exit(1);
    }
  }

  private void read(Path bundle) throws IOException {
    try (ZipFile zip = new ZipFile(bundle.toFile())) {
      for (ZipEntry entry : zip.stream().toList()) {
        if (!entry.isDirectory()) {
          files.put(entry.getName(), zip.getInputStream(entry).readAllBytes());
        }
      }
    }
  }

  /** Answers how many artifacts there are. */
  private int check() throws Exception {
    List<String> poms = files.keySet().stream().filter(name -> name.endsWith(".pom")).toList();
    if (poms.isEmpty()) {
      faults.add("there is no artifact");
    }
    for (String pom : poms) {
      checkPom(pom);
    }
    for (String name : files.keySet()) {
      if (!name.matches(".*\\.(md5|sha1|sha256|sha512|asc)")) {
        checkFile(name);
      }
    }
    return poms.size();
  }

  private void checkPom(String name) throws Exception {
    Element pom = parse(name);
    Optional<Element> parent = child(pom, "parent");
    // GROUP/ARTIFACT/VERSION/ARTIFACT-VERSION.pom
    String[] place = name.split("/");
    String version = place[place.length - 2];
    String artifact = place[place.length - 3];
    String group = String.join(".", List.of(place).subList(0, place.length - 3));
    same(name, "artifactId", artifact, text(pom, "artifactId"));
    same(name, "version", version, text(pom, "version").or(() -> text(parent, "version")));
    same(name, "groupId", group, text(pom, "groupId").or(() -> text(parent, "groupId")));
    if (version.endsWith("-SNAPSHOT")) {
      faults.add(name + ": a snapshot, which is not published");
    }
    // What is told for all is told by the parent.
    Element told = parent.isEmpty() ? pom : parse(parentOf(name, parent.get()));
    for (String word : List.of("name", "description")) {
      need(name, told, word, text(pom, word));
    }
    need(name, told, "url", text(pom, "url").or(() -> text(told, "url")));
    need(name, told, "licenses", deep(pom, told, "licenses", "license", "name"));
    need(name, told, "licenses", deep(pom, told, "licenses", "license", "url"));
    need(name, told, "developers", deep(pom, told, "developers", "developer", "name"));
    need(name, told, "developers", deep(pom, told, "developers", "developer", "email"));
    for (String word : List.of("connection", "developerConnection", "url")) {
      need(name, told, "scm/" + word, deep(pom, told, "scm", word));
    }
    if (!text(pom, "packaging").orElse("jar").equals("pom")) {
      String stem = name.substring(0, name.length() - ".pom".length());
      for (String ending : List.of(".jar", "-sources.jar", "-javadoc.jar")) {
        if (!files.containsKey(stem + ending)) {
          faults.add(stem + ending + ": is not there");
        }
      }
    }
  }

  private String parentOf(String name, Element parent) {
    String artifact = text(parent, "artifactId").orElse("");
    String version = text(parent, "version").orElse("");
    String group = text(parent, "groupId").orElse("").replace('.', '/');
    String pom = "%s/%s/%s/%s-%s.pom".formatted(group, artifact, version, artifact, version);
    if (!files.containsKey(pom)) {
      faults.add(name + ": its parent is not in the bundle: " + pom);
      return name;
    }
    return pom;
  }

  /** A value is there, and somebody's; {@code told} has the properties that it may be made of. */
  private void need(String pom, Element told, String what, Optional<String> value) {
    Optional<String> resolved = value.map(text -> resolve(text, told));
    if (resolved.isEmpty()) {
      faults.add(pom + ": no " + what);
    } else if (resolved.get().contains("${")) {
      faults.add(pom + ": " + what + " is not resolved: " + resolved.get());
    } else if (!rehearsal && resolved.get().contains(".invalid")) {
      faults.add(pom + ": " + what + " is nobody's: " + resolved.get());
    }
  }

  private static String resolve(String text, Element told) {
    Optional<Element> properties = child(told, "properties");
    return Pattern.compile("\\$\\{([^}]+)}")
        .matcher(text)
        .replaceAll(
            name -> Matcher.quoteReplacement(text(properties, name.group(1)).orElse(name.group())));
  }

  private void same(String pom, String what, String expected, Optional<String> actual) {
    if (!actual.equals(Optional.of(expected))) {
      faults.add(pom + ": its " + what + " is " + actual.orElse("missing") + ", not " + expected);
    }
  }

  private void checkFile(String name) throws Exception {
    byte[] content = files.get(name);
    for (String algorithm : List.of("MD5", "SHA-1")) {
      String beside = name + "." + algorithm.replace("-", "").toLowerCase(Locale.ROOT);
      byte[] told = files.get(beside);
      String sum = HexFormat.of().formatHex(MessageDigest.getInstance(algorithm).digest(content));
      if (told == null) {
        faults.add(beside + ": is not there");
      } else if (!new String(told, StandardCharsets.US_ASCII).strip().equals(sum)) {
        faults.add(beside + ": is of something else");
      }
    }
    byte[] signature = files.get(name + ".asc");
    if (signature == null) {
      if (!rehearsal) {
        faults.add(name + ".asc: is not there");
      }
    } else if (!new String(signature, StandardCharsets.US_ASCII).contains("BEGIN PGP SIGNATURE")) {
      faults.add(name + ".asc: is no signature");
    }
  }

  private Element parse(String name) throws Exception {
    DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
    factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
    return factory
        .newDocumentBuilder()
        .parse(new ByteArrayInputStream(files.get(name)))
        .getDocumentElement();
  }

  private static Optional<Element> child(Element element, String name) {
    for (Node node = element.getFirstChild(); node != null; node = node.getNextSibling()) {
      if (node instanceof Element child && child.getTagName().equals(name)) {
        return Optional.of(child);
      }
    }
    return Optional.empty();
  }

  private static Optional<String> text(Optional<Element> element, String name) {
    return element.flatMap(found -> text(found, name));
  }

  private static Optional<String> text(Element element, String name) {
    return child(element, name)
        .map(found -> found.getTextContent().strip())
        .filter(text -> !text.isEmpty());
  }

  /** What a path of elements leads to, in the POM or else in its parent. */
  private static Optional<String> deep(Element pom, Element parent, String... path) {
    for (Element from : List.of(pom, parent)) {
      Optional<Element> element = Optional.of(from);
      for (String name : path) {
        element = element.flatMap(found -> child(found, name));
      }
      Optional<String> text = element.map(found -> found.getTextContent().strip());
      if (text.isPresent() && !text.get().isEmpty()) {
        return text;
      }
    }
    return Optional.empty();
  }
}

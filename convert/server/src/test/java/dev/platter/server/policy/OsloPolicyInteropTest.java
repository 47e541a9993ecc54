package dev.platter.server.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.platter.server.http.Json;
import dev.platter.server.identity.Caller;
import dev.platter.server.identity.Credentials;
import dev.platter.server.identity.Roles;
import dev.platter.testdata.ExternalTool;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rules beside oslo.policy itself, from Debian's package python3-glance. */
@Tag("interop")
class OsloPolicyInteropTest {
  private static final String[] ATOMS = {
    "@",
    "!",
    "role:reader",
    "role:Admin",
    "role:%(wanted)s",
    "rule:helper",
    "rule:other",
    "project_id:%(project_id)s",
    "project_id:%(nothing)s",
    "project_id:p",
    "user_id:%(owner)s",
    "is_admin:True",
    "roles:member",
    "'public':%(visibility)s",
    "\"private\":%(visibility)s",
    "True:%(protected)s",
    "7:%(size)s",
    "user_id:u%%",
    "service_roles:service"
  };

  @TempDir Path directory;

  @Test
  void theSampleFileOfGlanceLoads() throws IOException {
    ExternalTool generator = ExternalTool.named("oslopolicy-sample-generator");
    String sample = generator.mustRun("--namespace", "glance", "--format", "yaml");
    Path commented = Files.writeString(directory.resolve("sample.yaml"), sample);
    new Policy(new PolicyFiles().add(commented), PolicyMode.DEFAULT).refuseUnused(Set.of());
    List<String> rules =
        sample.lines().filter(line -> line.startsWith("#\"")).map(l -> l.substring(1)).toList();
    assertTrue(rules.size() > 50, sample);
    Path open = Files.write(directory.resolve("rules.yaml"), rules);
    PolicyFiles files = new PolicyFiles().add(open);
    assertEquals(rules.size(), files.rules().size());
    new Policy(files, PolicyMode.DEFAULT).refuseUnused(Set.of());
  }

  private static String rule(Random random, int depth) {
    int kind = depth == 0 ? 0 : random.nextInt(6);
    String space = " ".repeat(1 + random.nextInt(2));
    return switch (kind) {
      case 1, 2 -> rule(random, depth - 1) + space + "and " + rule(random, depth - 1);
      case 3 -> rule(random, depth - 1) + " OR" + space + rule(random, depth - 1);
      case 4 -> "not" + space + rule(random, depth - 1);
      case 5 -> "(" + rule(random, depth - 1) + (random.nextBoolean() ? ")" : " )");
      default -> ATOMS[random.nextInt(ATOMS.length)];
    };
  }

  @Test
  void randomRulesMeanWhatTheyMeanThere() throws IOException {
    ExternalTool installed = ExternalTool.named("oslopolicy-sample-generator");
    String python = Files.readAllLines(installed.program()).getFirst().substring(2).strip();
    Random random = new Random(18);
    List<Boolean> ours = new ArrayList<>();
    StringBuilder questions = new StringBuilder();
    List<String> told = new ArrayList<>();
    for (int i = 0; i < 2000; i++) {
      Map<String, String> rules = new TreeMap<>();
      rules.put("other", rule(random, 1).replace("rule:helper", "@").replace("rule:other", "!"));
      rules.put("helper", rule(random, 1).replace("rule:helper", "@"));
      String rule = rule(random, 5);
      Map<String, String> target = new TreeMap<>();
      String[][] values = {
        {"wanted", "member"},
        {"project_id", random.nextBoolean() ? "p" : "q"},
        {"owner", "u"},
        {"visibility", random.nextBoolean() ? "public" : "private"},
        {"protected", "True"},
        {"size", random.nextBoolean() ? "7" : "8"}
      };
      for (String[] value : values) {
        if (random.nextInt(4) > 0) {
          target.put(value[0], value[1]);
        }
      }
      String role = new String[] {"admin", "member", "reader", "x"}[random.nextInt(4)];
      ours.add(evaluate(rule, rules, target, role));
      String question = question(rule, rules, target, role).toString();
      told.add(question);
      questions.append(question).append("\n");
    }
    List<Boolean> theirs = judge(python, questions.toString());
    for (int i = 0; i < told.size(); i++) {
      assertEquals(theirs.get(i), ours.get(i), told.get(i));
    }
    assertTrue(theirs.contains(true) && theirs.contains(false));
  }

  private boolean evaluate(
      String rule, Map<String, String> rules, Map<String, String> target, String role)
      throws IOException {
    ObjectNode document = Json.object();
    rules.forEach(document::put);
    document.put("get_image", rule);
    Path file = Files.writeString(directory.resolve("random.json"), document.toString());
    Policy policy = new Policy(new PolicyFiles().add(file), PolicyMode.DEFAULT);
    Credentials user = Credentials.inProject("u", "p", Roles.withImplied(role));
    return policy.allows(
        "get_image",
        new Caller(user, role.equals("admin"), "r"),
        name -> Optional.ofNullable(target.get(name)));
  }

  private static ObjectNode question(
      String rule, Map<String, String> rules, Map<String, String> target, String role) {
    ObjectNode question = Json.object().put("rule", rule);
    ObjectNode others = question.putObject("rules");
    rules.forEach(others::put);
    ObjectNode values = question.putObject("target");
    target.forEach(values::put);
    ObjectNode creds = question.putObject("creds");
    creds.put("user_id", "u").put("project_id", "p").put("is_admin", role.equals("admin"));
    creds.set("roles", Json.array(Roles.withImplied(role)));
    creds.putArray("service_roles");
    return question;
  }

  private List<Boolean> judge(String python, String questions) throws IOException {
    Path input = Files.writeString(directory.resolve("questions"), questions);
    Path script = directory.resolve("judge.py");
    try (InputStream resource = getClass().getResourceAsStream("judge.py")) {
      Files.write(script, resource.readAllBytes());
    }
    Process process =
        new ProcessBuilder(python, script.toString())
            .redirectInput(input.toFile())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
        .lines()
        .map(Boolean::valueOf)
        .toList();
  }
}

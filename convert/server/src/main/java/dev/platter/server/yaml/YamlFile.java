package dev.platter.server.yaml;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/** A small file in YAML 1.2, or in JSON, which is YAML too. One that was read does not change. */
public final class YamlFile {
  private static final int LARGEST = 1 << 20;

  private final Path path;
  private final Node root;

  private YamlFile(Path path, Node root) {
    this.path = path;
    this.root = root;
  }

  /**
   * @throws IOException if it cannot be read, is larger than 1 MiB, or is no YAML
   */
  public static YamlFile read(Path path) throws IOException {
    byte[] bytes;
    try (InputStream input = Files.newInputStream(path)) {
      bytes = input.readNBytes(LARGEST + 1);
    }
    if (bytes.length > LARGEST) {
      throw new IOException(path + ": is larger than 1 MiB");
    }
    LoadSettings settings =
        LoadSettings.builder().setLabel(path.toString()).setMaxAliasesForCollections(0).build();
    try {
      Optional<Node> root =
          new Compose(settings).composeString(new String(bytes, StandardCharsets.UTF_8));
      return new YamlFile(path, root.filter(node -> !node.getTag().equals(Tag.NULL)).orElse(null));
    } catch (MarkedYamlEngineException e) {
      int line = e.getProblemMark().map(mark -> mark.getLine() + 1).orElse(1);
      throw new IOException(path + ", line " + line + ": " + e.getProblem(), e);
    } catch (YamlEngineException e) {
      throw new IOException(path + ": " + e.getMessage(), e);
    } catch (StackOverflowError e) {
      throw new IOException(path + ": is nested too deeply", e);
    }
  }

  /** The values by name of a file that is a mapping; none when it is empty. */
  public Map<String, Value> mapping() throws IOException {
    return root == null ? Map.of() : new Value(root).mapping();
  }

  /** The elements of a file that is a list; none when it is empty. */
  public List<Value> list() throws IOException {
    return root == null ? List.of() : new Value(root).list();
  }

  /** A value, and where it is. */
  public final class Value {
    private final Node node;

    private Value(Node node) {
      this.node = node;
    }

    /** The file and the line. */
    public String where() {
      return path + ", line " + node.getStartMark().map(mark -> mark.getLine() + 1).orElse(1);
    }

    public IOException wrong(String problem) {
      return new IOException(where() + ": " + problem);
    }

    public boolean isText() {
      return node instanceof ScalarNode && !node.getTag().equals(Tag.NULL);
    }

    public boolean isList() {
      return node instanceof SequenceNode;
    }

    /** A single value as it is written: a text, a number, or the like. */
    public String text() throws IOException {
      if (isText() && node instanceof ScalarNode scalar) {
        return scalar.getValue();
      }
      throw wrong("a text is expected");
    }

    public List<Value> list() throws IOException {
      if (node instanceof SequenceNode sequence) {
        List<Value> values = new ArrayList<>();
        sequence.getValue().forEach(element -> values.add(new Value(element)));
        return values;
      }
      throw wrong("a list is expected");
    }

    /** Values by name, in their order; a name must not be there twice. */
    public Map<String, Value> mapping() throws IOException {
      if (!(node instanceof MappingNode mapping)) {
        throw wrong("names with values are expected");
      }
      Map<String, Value> values = new LinkedHashMap<>();
      for (NodeTuple tuple : mapping.getValue()) {
        Value name = new Value(tuple.getKeyNode());
        if (values.put(name.text(), new Value(tuple.getValueNode())) != null) {
          throw name.wrong(name.text() + " is there twice");
        }
      }
      return values;
    }
  }
}

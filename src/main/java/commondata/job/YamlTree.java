package commondata.job;

import java.io.StringReader;
import java.math.BigDecimal;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** YAML nodes as JSON nodes, and the line of each by its JSON pointer. */
record YamlTree(JsonNode root, Map<String, Integer> lines) {

  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  private static final Pattern NUMBER = Pattern.compile("-?(0|[1-9][0-9]{0,17})(\\.[0-9]{1,18})?");
  private static final int LENGTH_MAX = 1_000_000;

  static YamlTree compose(String location, String text) {
    LoaderOptions options = new LoaderOptions();
    options.setCodePointLimit(LENGTH_MAX);
    options.setAllowDuplicateKeys(false);
    Node node;
    try {
      node = new Yaml(new SafeConstructor(options)).compose(new StringReader(text));
    } catch (MarkedYAMLException e) {
      int line = e.getProblemMark() == null ? 1 : e.getProblemMark().getLine() + 1;
      throw new DefinitionException(
          "%s, line %d: no YAML: %s".formatted(location, line, e.getProblem()), e);
    } catch (YAMLException e) {
      throw new DefinitionException(location + ": no YAML: " + e.getMessage(), e);
    }
    if (node == null) {
      throw new DefinitionException(location + ": the file is empty");
    }
    Set<Node> around = Collections.newSetFromMap(new IdentityHashMap<>());
    Reader reader = new Reader(location, new HashMap<>(), around);
    return new YamlTree(reader.json(node, ""), reader.lines);
  }

  /**
   * Reads nodes.
   *
   * @param around the nodes that the one being read stands in
   */
  private record Reader(String location, Map<String, Integer> lines, Set<Node> around) {

    JsonNode json(Node node, String pointer) {
      lines.putIfAbsent(pointer, line(node));
      if (node instanceof ScalarNode scalar) {
        return scalar(scalar);
      }
      if (!around.add(node)) {
        throw error(node, "an alias (*name) must not stand within what it names");
      }
      JsonNode read = collection(node, pointer);
      around.remove(node);
      return read;
    }

    private JsonNode collection(Node node, String pointer) {
      if (node instanceof MappingNode mapping) {
        return object(mapping, pointer);
      }
      if (node instanceof SequenceNode sequence) {
        ArrayNode array = JSON.arrayNode();
        for (Node item : sequence.getValue()) {
          array.add(json(item, pointer + "/" + array.size()));
        }
        return array;
      }
      throw error(node, "neither a value nor a list nor keys with values");
    }

    private ObjectNode object(MappingNode mapping, String pointer) {
      ObjectNode object = JSON.objectNode();
      Set<String> seen = new HashSet<>();
      for (NodeTuple tuple : mapping.getValue()) {
        if (!(tuple.getKeyNode() instanceof ScalarNode key)) {
          throw error(tuple.getKeyNode(), "a key must be a plain word");
        }
        if (!seen.add(key.getValue())) {
          throw error(key, "key \"" + key.getValue() + "\" stands here twice");
        }
        String child = pointer + "/" + key.getValue();
        lines.put(child, line(key));
        object.set(key.getValue(), json(tuple.getValueNode(), child));
      }
      return object;
    }

    private JsonNode scalar(ScalarNode node) {
      String value = node.getValue();
      if (!node.isPlain()) {
        return JSON.stringNode(value);
      }
      if (node.getTag().equals(Tag.NULL)) {
        return JSON.nullNode();
      }
      // YAML 1.1 takes yes, no, on and off for these, too: here they are words.
      if (value.equals("true") || value.equals("false")) {
        return JSON.booleanNode(value.equals("true"));
      }
      if (NUMBER.matcher(value).matches()) {
        return value.contains(".")
            ? JSON.numberNode(new BigDecimal(value))
            : JSON.numberNode(Long.parseLong(value));
      }
      return JSON.stringNode(value);
    }

    private DefinitionException error(Node node, String message) {
      return new DefinitionException("%s, line %d: %s".formatted(location, line(node), message));
    }

    private static int line(Node node) {
      return node.getStartMark() == null ? 1 : node.getStartMark().getLine() + 1;
    }
  }
}

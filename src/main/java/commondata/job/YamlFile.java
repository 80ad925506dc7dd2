package commondata.job;

import com.networknt.schema.Error;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.json.JsonMapper;

/**
 * One YAML file, checked against a JSON Schema. Every error names file, line and key; a key that is
 * not known comes with the one that was probably meant.
 *
 * <p>YAML is only composed into nodes, never constructed into objects: no tag in a file can name a
 * class, and each node keeps the line it stands on.
 */
public final class YamlFile {

  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .build();

  private final String location;
  private final JsonNode root;
  private final Map<String, Integer> lines;

  private YamlFile(String location, YamlTree tree) {
    this.location = location;
    this.root = tree.root();
    this.lines = tree.lines();
  }

  /**
   * Reads and checks a file.
   *
   * @param location what errors call the file
   * @param schema name of a resource beside this package's schemas, such as {@code job.schema.json}
   * @throws DefinitionException with one line an error
   */
  public static YamlFile read(String location, String text, String schema) {
    YamlFile file = new YamlFile(location, YamlTree.compose(location, text));
    JsonNode rules = MAPPER.readTree(resource(schema));
    List<String> errors =
        schemaOf(rules).validate(file.root).stream()
            .sorted(Comparator.comparingInt(e -> file.lineOf(pointerOf(e))))
            .map(e -> file.message(pointerOf(e), SchemaMessage.of(e, rules)))
            .distinct()
            .toList();
    if (!errors.isEmpty()) {
      throw new DefinitionException(String.join("\n", errors));
    }
    return file;
  }

  private static Schema schemaOf(JsonNode rules) {
    return SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
        .getSchema(rules.toString(), InputFormat.JSON);
  }

  private static String resource(String name) {
    try (InputStream in = YamlFile.class.getResourceAsStream("/commondata/" + name)) {
      byte[] bytes = Objects.requireNonNull(in, name).readAllBytes();
      return new String(bytes, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new DefinitionException("schema " + name + " can't be read", e);
    }
  }

  private static String pointerOf(Error error) {
    String pointer = error.getInstanceLocation().toString();
    // The key that is too much has a line of its own.
    boolean ownLine = error.getKeyword().equals("additionalProperties");
    return ownLine ? pointer + "/" + error.getProperty() : pointer;
  }

  /** The file as a record; its components are the keys in camel case. */
  public <T> T as(Class<T> type) {
    try {
      return MAPPER.treeToValue(root, type);
    } catch (JacksonException e) {
      throw new DefinitionException(location + ": " + e.getOriginalMessage(), e);
    }
  }

  /** An error about the key at a JSON pointer such as {@code /columns/2/length}. */
  public DefinitionException error(String pointer, String message) {
    return new DefinitionException(message(pointer, message));
  }

  public String location() {
    return location;
  }

  private String message(String pointer, String message) {
    return "%s, line %d: %s%s".formatted(location, lineOf(pointer), inWords(pointer), message);
  }

  /** Entries of lists are counted as people do: from one. */
  private String inWords(String pointer) {
    if (pointer.isEmpty()) {
      return "";
    }
    String around = "";
    List<String> keys = new ArrayList<>();
    JsonNode node = root;
    for (String step : pointer.substring(1).split("/", -1)) {
      if (node.isArray()) {
        String entry = "entry %d of \"%s\"".formatted(Integer.parseInt(step) + 1, dotted(keys));
        around = around.isEmpty() ? entry : entry + " of " + around;
        keys.clear();
        node = node.path(Integer.parseInt(step));
      } else {
        keys.add(step);
        node = node.path(step);
      }
    }
    if (keys.isEmpty()) {
      return around + " ";
    }
    String key = "key \"%s\" ".formatted(dotted(keys));
    return around.isEmpty() ? key : "%s(%s) ".formatted(key, around);
  }

  private static String dotted(List<String> keys) {
    return String.join(".", keys);
  }

  private int lineOf(String pointer) {
    String known = pointer;
    while (!lines.containsKey(known) && !known.isEmpty()) {
      known = known.substring(0, known.lastIndexOf('/'));
    }
    return lines.getOrDefault(known, 1);
  }
}

package docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The tables of docs/reference/layout.md and job.md say what the schemas say, and no more. */
final class SchemaPagesTest {

  private static final String HEAD = "| key | value | is |";

  /**
   * Compares a page with its schema.
   *
   * @param objects what its tables are about, in order: pointers into the schema
   */
  @ParameterizedTest
  @CsvSource({
    "layout, / /$defs/columns/items /$defs/types/items /$defs/shape"
        + " /$defs/shape/properties/control/items",
    "job, / /properties/schedule /properties/source /properties/source/properties/expect"
        + " /properties/params/additionalProperties /properties/steps/items"
        + " /properties/steps/items/properties/export /properties/rejects"
  })
  void haveARowOfEachKey(String page, String objects) throws IOException {
    JsonNode schema =
        new JsonMapper()
            .readTree(
                Files.readString(
                    Path.of("src/main/resources/commondata/%s.schema.json".formatted(page))));
    List<JsonNode> nodes =
        Arrays.stream(objects.split(" "))
            .map(pointer -> pointer.equals("/") ? schema : schema.at(pointer))
            .toList();

    assertThat(nodes).as("objects that have keys").hasSize(objects(schema));
    assertThat(tables(Files.readAllLines(Path.of("docs/reference/%s.md".formatted(page)))))
        .isEqualTo(nodes.stream().map(object -> table(object, schema)).toList());
  }

  private static int objects(JsonNode node) {
    int count = node.path("properties").isObject() ? 1 : 0;
    for (JsonNode child : node) {
      count += objects(child);
    }
    return count;
  }

  private static String table(JsonNode object, JsonNode schema) {
    StringBuilder rows = new StringBuilder();
    object
        .path("properties")
        .forEachEntry(
            (key, value) ->
                rows.append(
                    "| `%s` | %s | %s |%n"
                        .formatted(
                            key, value(value, schema), value.path("description").asString())));
    return rows.toString();
  }

  /** What may stand behind a key: its title is for what its type does not say. */
  private static String value(JsonNode node, JsonNode schema) {
    if (node.has("$ref")) {
      return value(schema.at(node.path("$ref").asString().substring(1)), schema);
    }
    if (node.has("title")) {
      return node.path("title").asString();
    }
    if (node.has("enum")) {
      return node.path("enum")
          .valueStream()
          .map(word -> "`%s`".formatted(word.asString()))
          .collect(Collectors.joining(", "));
    }
    JsonNode type = node.path("type");
    if (type.isArray()) {
      return type.valueStream().map(JsonNode::asString).collect(Collectors.joining(" or "));
    }
    String name = type.asString().equals("array") ? "list" : type.asString();
    return node.has("minimum") && node.has("maximum")
        ? "%s from %s to %s"
            .formatted(name, node.path("minimum").asString(), node.path("maximum").asString())
        : name;
  }

  /** The rows of each table of keys, without its head. */
  private static List<String> tables(List<String> lines) {
    List<String> tables = new ArrayList<>();
    for (int i = 0; i < lines.size(); i++) {
      if (Objects.equals(lines.get(i), HEAD)) {
        tables.add(
            lines.subList(i + 2, lines.size()).stream()
                .takeWhile(line -> line.startsWith("|"))
                .map("%s%n"::formatted)
                .collect(Collectors.joining()));
      }
    }
    return tables;
  }
}

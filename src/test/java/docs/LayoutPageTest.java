package docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** docs/reference/layout.md says of each key what the schema says. */
final class LayoutPageTest {

  @Test
  void namesEveryKeyWithItsDescription() throws IOException {
    JsonNode schema =
        new JsonMapper()
            .readTree(
                Files.readString(Path.of("src/main/resources/commondata/layout.schema.json")));
    List<String> rows = new ArrayList<>();
    collect(schema, rows);

    assertThat(rows).hasSizeGreaterThan(30);
    assertThat(Files.readString(Path.of("docs/reference/layout.md"))).contains(rows);
  }

  private static void collect(JsonNode node, List<String> rows) {
    JsonNode properties = node.path("properties");
    properties.forEachEntry(
        (key, value) ->
            rows.add(
                value.has("description")
                    ? "| %s |".formatted(value.path("description").asString())
                    : "`%s`".formatted(key)));
    node.forEach(child -> collect(child, rows));
  }
}

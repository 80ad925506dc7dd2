package docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** docs/reference/layout.md and job.md say of each key what its schema says. */
final class SchemaPagesTest {

  @ParameterizedTest
  @ValueSource(strings = {"layout", "job"})
  void nameEveryKeyWithItsDescription(String page) throws IOException {
    Path schema = Path.of("src/main/resources/commondata/%s.schema.json".formatted(page));
    List<String> rows = new ArrayList<>();
    collect(new JsonMapper().readTree(Files.readString(schema)), rows);

    assertThat(rows).hasSizeGreaterThan(30);
    assertThat(Files.readString(Path.of("docs/reference/%s.md".formatted(page)))).contains(rows);
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

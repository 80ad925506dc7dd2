package commondata.event;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import testkit.TestDatabase;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** What people see of a payload: only what its schema describes and does not mark. */
final class MaskingIT {

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();

  private static final JsonMapper JSON = new JsonMapper();
  private static final int SAMPLES = 400;
  private static final String SCHEMA =
      """
      {"type": "object",
       "properties": {
         "id": {"type": "string"},
         "email": {"type": "string", "x-personal": true},
         "n": {"type": "integer"},
         "how": {"enum": ["A", "B"]},
         "to": {"type": "object", "properties": {
           "city": {"type": "string"},
           "street": {"type": "string", "x-personal": true}}},
         "all": {"type": "object", "x-personal": true, "properties": {"x": {"type": "string"}}},
         "tags": {"type": "array", "items": {"type": "string"}}}}
      """;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          {"id": "a", "email": "e"}                | {"id": "a", "email": "***"}
          {"email": null}                          | {"email": null}
          {"n": 1.5, "how": "B"}                   | {"n": 1.5, "how": "B"}
          {"to": {"city": "c", "street": "s"}}     | {"to": {"city": "c", "street": "***"}}
          {"all": {"x": "y"}}                      | {"all": "***"}
          {"tags": ["b", "a"]}                     | {"tags": ["b", "a"]}
          {"unheard-of": "x"}                      | {"***": "***"}
          {"to": "Ringstr. 1"}                     | {"to": "***"}
          {"id": {"name": "x"}}                    | {"id": "***"}
          {"how": "C"}                             | {"how": "***"}
          {"tags": "x"}                            | {"tags": "***"}
          "text"                                   | "***"
          {}                                       | {}
          """)
  void showsWhatIsDescribedAndNotMarked(String payload, String shown) {
    assertThat(JSON.readTree(masked(payload, SCHEMA))).isEqualTo(JSON.readTree(shown));
  }

  @Test
  void showsNothingWithoutASchema() {
    assertThat(masked("{\"id\": \"a\"}", null)).isEqualTo("\"***\"");
    assertThat(masked("{\"id\": \"a\"}", "{}")).isEqualTo("\"***\"");
  }

  /** Whatever schema and payload are: marked and unknown values never come through, others do. */
  @Test
  void holdsForAnySchemaAndPayload() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int i = 0; i < SAMPLES; i++) {
      Sample sample = new Sample(random);
      JsonNode payload = sample.object(0, false, sample.schema);

      String shown = masked(payload.toString(), sample.schema.toString());

      assertThat(shown)
          .as("seed %d: %s by %s", seed, payload, sample.schema)
          .doesNotContain(sample.secret);
      assertThat(sample.open)
          .as("seed %d: %s by %s", seed, payload, sample.schema)
          .allSatisfy(value -> assertThat(shown).contains("\"" + value + "\""));
      assertThat(masked(shown, sample.schema.toString())).as("once more").doesNotContain("secret");
    }
  }

  /** A payload together with the schema that describes it, and what of it may be seen. */
  private static final class Sample {

    private final Random random;
    private final ObjectNode schema = JSON.createObjectNode();
    private final List<String> secret = new ArrayList<>();
    private final List<String> open = new ArrayList<>();
    private int values;

    Sample(Random random) {
      this.random = random;
      // Never empty, so that there is something to look for.
      secret.add("secret-");
    }

    private JsonNode object(int depth, boolean hidden, ObjectNode described) {
      described.put("type", "object");
      ObjectNode properties = described.putObject("properties");
      ObjectNode object = JSON.createObjectNode();
      for (int i = random.nextInt(4); i >= 0; i--) {
        String name = "f" + i;
        ObjectNode field = JSON.createObjectNode();
        boolean marked = random.nextInt(4) == 0;
        boolean unknown = random.nextInt(6) == 0;
        object.set(name, value(depth + 1, hidden || marked || unknown, field));
        if (marked) {
          field.put("x-personal", true);
        }
        if (!unknown) {
          properties.set(name, field);
        }
      }
      return object;
    }

    private JsonNode value(int depth, boolean hidden, ObjectNode described) {
      int kind = depth > 3 ? 0 : random.nextInt(4);
      if (kind == 1) {
        return object(depth, hidden, described);
      }
      if (kind == 2) {
        return array(hidden, described);
      }
      boolean retyped = random.nextInt(8) == 0;
      described.put("type", retyped ? "boolean" : "string");
      return JSON.valueToTree(text(hidden || retyped));
    }

    private JsonNode array(boolean hidden, ObjectNode described) {
      described.put("type", "array");
      ArrayNode array = JSON.createArrayNode();
      ObjectNode items = described.putObject("items");
      items.put("type", "string");
      boolean marked = random.nextInt(4) == 0;
      if (marked) {
        items.put("x-personal", true);
      }
      for (int i = random.nextInt(3); i > 0; i--) {
        array.add(text(hidden || marked));
      }
      return array;
    }

    private String text(boolean hidden) {
      values++;
      String text = (hidden ? "secret-" : "open-") + values;
      if (!hidden) {
        open.add(text);
      }
      return text;
    }
  }

  private static String masked(String payload, @Nullable String schema) {
    return DATABASE
        .login("commondata_console")
        .jdbc()
        .sql("SELECT commondata.masked(CAST(:payload AS jsonb), CAST(:schema AS jsonb))")
        .param("payload", payload)
        .param("schema", schema)
        .query(String.class)
        .single();
  }
}

package peers;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** JSON for whoever writes a contestant by hand, and for the figures. */
final class Json {

  private static final JsonMapper MAPPER = JsonMapper.builder().build();

  private Json() {}

  static Done event(String payload) {
    return MAPPER.readValue(payload, Done.class);
  }

  static JsonNode tree(String json) {
    return MAPPER.readTree(json);
  }

  static String pretty(Object figures) {
    return MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(figures);
  }
}

package commondata.contract;

import tools.jackson.databind.JsonNode;

/**
 * The JSON Schema of one event type and version.
 *
 * @param type such as {@code order.placed}
 * @param version from 1
 * @param location what messages call the file it was read from
 * @param schema JSON Schema, draft 2020-12
 */
public record PayloadSchema(String type, int version, String location, JsonNode schema) {

  @Override
  public String toString() {
    return "%s v%d".formatted(type, version);
  }
}

package commondata.job;

import com.networknt.schema.Error;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/** Says in a sentence what a schema error is about. */
final class SchemaMessage {

  private SchemaMessage() {}

  static String of(Error error, JsonNode rules) {
    return switch (error.getKeyword()) {
      case "additionalProperties" -> "is not known" + known(error, rules);
      case "required" -> "lacks the key \"" + error.getProperty() + "\"";
      case "type" -> "must be %s, but is %s".formatted(kind(error, rules), shown(error));
      case "enum" -> "must be one of %s, but is %s".formatted(values(error), shown(error));
      case "pattern" -> "must %s, but is %s".formatted(likeness(error, rules), shown(error));
      default -> error.getMessage();
    };
  }

  private static String known(Error error, JsonNode rules) {
    JsonNode properties = rule(error, rules).path("properties");
    List<String> names = new ArrayList<>(properties.propertyNames());
    String near = Spelling.nearest(error.getProperty(), names);
    return near != null
        ? "; did you mean \"" + near + "\"?"
        : "; known are " + String.join(", ", names);
  }

  /** What stands beside the keyword that failed. */
  private static JsonNode rule(Error error, JsonNode rules) {
    String path = error.getSchemaLocation().getFragment().toString();
    return rules.at(path.substring(0, Math.max(0, path.lastIndexOf('/'))));
  }

  private static String kind(Error error, JsonNode rules) {
    return exemplified(error, rules).orElseGet(() -> types(error));
  }

  private static String likeness(Error error, JsonNode rules) {
    return exemplified(error, rules)
        .map(kind -> "be " + kind)
        .orElseGet(() -> "look like " + text(error.getSchemaNode()));
  }

  /** Where the schema has a name and an example of it, these say more than its type or pattern. */
  private static Optional<String> exemplified(Error error, JsonNode rules) {
    JsonNode rule = rule(error, rules);
    JsonNode example = rule.at("/examples/0");
    return example.isString()
        ? Optional.of("a %s such as %s".formatted(text(rule.path("title")), text(example)))
        : Optional.empty();
  }

  private static String types(Error error) {
    return text(error.getSchemaNode()).replaceAll("[\\[\\]\"]", "").replace(",", " or ");
  }

  private static String values(Error error) {
    return text(error.getSchemaNode()).replaceAll("[\\[\\]\"]", "").replace(",", ", ");
  }

  private static String shown(Error error) {
    return shown(error.getInstanceNode());
  }

  private static String shown(JsonNode node) {
    if (node.isObject()) {
      return "a map";
    }
    return node.isArray() ? "a list" : "\"" + node.asString() + "\"";
  }

  private static String text(JsonNode node) {
    return node.isString() ? node.asString() : node.toString();
  }
}

package commondata.job;

import com.networknt.schema.Error;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** Says in a sentence what a schema error is about. */
final class SchemaMessage {

  private SchemaMessage() {}

  static String of(Error error, JsonNode rules) {
    return switch (error.getKeyword()) {
      case "additionalProperties" -> "is not known" + known(error, rules);
      case "required" -> "lacks the key \"" + error.getProperty() + "\"";
      case "type" ->
          "must be %s, but is %s".formatted(arguments(error), shown(error.getInstanceNode()));
      case "enum" -> "must be one of %s, but is %s".formatted(values(error), shown(error));
      case "pattern" ->
          "must look like %s, but is %s".formatted(text(error.getSchemaNode()), shown(error));
      default -> error.getMessage();
    };
  }

  private static String known(Error error, JsonNode rules) {
    // The keys that are allowed stand beside the keyword that failed.
    String path = error.getSchemaLocation().getFragment().toString();
    String parent = path.substring(0, Math.max(0, path.lastIndexOf('/')));
    JsonNode properties = rules.at(parent).path("properties");
    List<String> names = new ArrayList<>(properties.propertyNames());
    String near = Spelling.nearest(error.getProperty(), names);
    return near != null
        ? "; did you mean \"" + near + "\"?"
        : "; known are " + String.join(", ", names);
  }

  private static String arguments(Error error) {
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

package commondata.contract;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/**
 * Whether a schema may follow another. Both directions must hold, because a log keeps old events
 * and a network of services is never renewed at once: whoever was written for the new version can
 * read old payloads, and whoever was written for the old one finds all it relies on in new ones.
 *
 * <p>So a field may be added if it is optional, and words may change. What else changes the meaning
 * of a payload is a problem: a field that is gone, new and required, of another type, no longer
 * required or required from now on, or a narrower set of values. Such a change is a new type.
 */
public final class Compatibility {

  /** Keywords that narrow what is allowed: they may go, but not come or change. */
  private static final List<String> NARROWING =
      List.of("pattern", "format", "multipleOf", "const", "minLength", "minimum", "minItems");

  private static final List<String> LIMITING = List.of("maxLength", "maximum", "maxItems");

  private final PayloadSchema before;
  private final PayloadSchema after;
  private final List<String> problems = new ArrayList<>();

  private Compatibility(PayloadSchema before, PayloadSchema after) {
    this.before = before;
    this.after = after;
  }

  /**
   * One sentence for each reason why {@code after} can't follow {@code before}; empty if it may.
   */
  public static List<String> problems(PayloadSchema before, PayloadSchema after) {
    Compatibility compatibility = new Compatibility(before, after);
    compatibility.compare("", before.schema(), after.schema());
    return compatibility.problems;
  }

  private void compare(String at, JsonNode old, JsonNode now) {
    if (!old.path("type").equals(now.path("type"))) {
      problem(
          at,
          "is %s, but was %s".formatted(typeOf(now), typeOf(old)),
          "keep its type and add an optional field of another name");
      return;
    }
    compareValues(at, old, now);
    compareFields(at, old, now);
    if (old.has("items") && now.has("items")) {
      compare(at + "[]", old.get("items"), now.get("items"));
    }
  }

  private void compareFields(String at, JsonNode old, JsonNode now) {
    Set<String> wasRequired = required(old);
    Set<String> isRequired = required(now);
    for (Map.Entry<String, JsonNode> field : old.path("properties").properties()) {
      String name = field.getKey();
      JsonNode kept = now.path("properties").get(name);
      if (kept == null) {
        problem(child(at, name), "is gone, but readers of {old} use it", "keep it");
        continue;
      }
      if (wasRequired.contains(name) && !isRequired.contains(name)) {
        problem(
            child(at, name),
            "is no longer required, but readers of {old} rely on it",
            "require it");
      }
      if (!wasRequired.contains(name) && isRequired.contains(name)) {
        problem(
            child(at, name), "is required, but payloads of {old} may lack it", "leave it optional");
      }
      compare(child(at, name), field.getValue(), kept);
    }
    for (String name : isRequired) {
      if (!old.path("properties").has(name)) {
        problem(
            child(at, name),
            "is new and required, but payloads of {old} lack it",
            "make it optional and let an upcaster fill it in");
      }
    }
  }

  private void compareValues(String at, JsonNode old, JsonNode now) {
    for (String keyword : NARROWING) {
      boolean lower = now.path(keyword).isNumber() && isLower(now, old, keyword);
      if (now.has(keyword) && !lower && !now.get(keyword).equals(old.path(keyword))) {
        narrower(at, keyword);
      }
    }
    for (String keyword : LIMITING) {
      boolean higher = now.path(keyword).isNumber() && isLower(old, now, keyword);
      if (now.has(keyword) && !higher && !now.get(keyword).equals(old.path(keyword))) {
        narrower(at, keyword);
      }
    }
    Set<JsonNode> values = new LinkedHashSet<>();
    now.path("enum").forEach(values::add);
    if (now.has("enum") && !old.has("enum")) {
      narrower(at, "enum");
    }
    for (JsonNode value : old.path("enum")) {
      if (now.has("enum") && !values.contains(value)) {
        problem(at, "no longer allows " + value + ", which payloads of {old} hold", "keep it");
      }
    }
  }

  private void narrower(String at, String keyword) {
    problem(
        at,
        "has a narrower \"" + keyword + "\", which payloads of {old} may not meet",
        "keep what was allowed");
  }

  /** Whether the bound of {@code a} is below that of {@code b}; multipleOf is no bound. */
  private static boolean isLower(JsonNode a, JsonNode b, String keyword) {
    return !keyword.equals("multipleOf")
        && b.path(keyword).isNumber()
        && a.path(keyword).isNumber()
        && a.get(keyword).decimalValue().compareTo(b.get(keyword).decimalValue()) < 0;
  }

  private void problem(String at, String what, String remedy) {
    problems.add(
        "%s: field \"%s\" %s. %s, or publish a new type."
            .formatted(
                after.location(),
                at.isEmpty() ? "/" : at,
                what.replace("{old}", before.toString()),
                Character.toUpperCase(remedy.charAt(0)) + remedy.substring(1)));
  }

  private static Set<String> required(JsonNode schema) {
    Set<String> names = new LinkedHashSet<>();
    schema.path("required").forEach(name -> names.add(name.asString()));
    return names;
  }

  private static String typeOf(JsonNode schema) {
    JsonNode type = schema.path("type");
    return type.isMissingNode() ? "of any type" : "of type " + type.toString().replace("\"", "");
  }

  private static String child(String at, String name) {
    return at.isEmpty() ? name : at + "." + name;
  }
}

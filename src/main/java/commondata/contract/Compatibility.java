package commondata.contract;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * Whether a schema may follow another. Both directions must hold, because a log keeps old events
 * and a network of services is never renewed at once: whoever was written for the new version can
 * read old payloads, and whoever was written for the old one finds all it relies on in new ones.
 *
 * <p>So a field may be added if it is optional, and words may change. What else changes the meaning
 * of a payload is a problem: a field that is gone, new and required, of another type, no longer
 * required or required from now on, or a narrower set of values. Such a change is a new type. So is
 * any change of a keyword that this class can't judge, such as {@code oneOf} or {@code $ref}.
 */
public final class Compatibility {

  /** They don't say what is allowed: they may come, go and change. */
  private static final Set<String> WORDS =
      Set.of(
          "$id",
          "$comment",
          "title",
          "description",
          "default",
          "examples",
          "deprecated",
          "readOnly",
          "writeOnly",
          "x-personal");

  private static final JsonNode ANYTHING = JsonNodeFactory.instance.objectNode();

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

  private void compare(String at, JsonNode oldSchema, JsonNode newSchema) {
    JsonNode old = orAnything(oldSchema);
    JsonNode now = orAnything(newSchema);
    if (!old.path("type").equals(now.path("type"))) {
      problem(
          at,
          "is %s, but was %s".formatted(typeOf(now), typeOf(old)),
          "keep its type and add an optional field of another name");
    } else if (old.isObject() && now.isObject()) {
      Set<String> keywords = new TreeSet<>(old.propertyNames());
      keywords.addAll(now.propertyNames());
      keywords.removeAll(WORDS);
      for (String keyword : keywords) {
        compareKeyword(at, keyword, old, now);
      }
    } else if (!old.equals(now)) {
      problem(at, "has the schema %s, but had %s".formatted(now, old), "keep it");
    }
  }

  /** What allows anything may be written as {@code true}, or left out. */
  private static JsonNode orAnything(JsonNode schema) {
    boolean isTrue = schema.isBoolean() && schema.booleanValue();
    return isTrue || schema.isMissingNode() ? ANYTHING : schema;
  }

  private void compareKeyword(String at, String keyword, JsonNode before, JsonNode after) {
    JsonNode old = before.path(keyword);
    JsonNode now = after.path(keyword);
    boolean gone = now.isMissingNode();
    switch (keyword) {
      case "type" -> {}
      case "properties" -> compareFields(at, before, after);
      case "required" -> compareRequired(at, before, after);
      case "items" -> compare(at + "[]", old, now);
      case "additionalProperties" -> compareOtherFields(at, old, now);
      case "enum" -> compareEnum(at, old, now);
      case "pattern", "format", "const" -> allow(gone || now.equals(old), at, keyword);
      case "multipleOf" -> allow(gone || isMultiple(old, now), at, keyword);
      case "uniqueItems" -> allow(!now.booleanValue(false) || now.equals(old), at, keyword);
      case "minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties" ->
          allow(gone || isAtMost(now, old), at, keyword);
      case "maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties" ->
          allow(gone || isAtMost(old, now), at, keyword);
      default -> {
        if (!old.equals(now)) {
          problem(
              at,
              "differs in \"" + keyword + "\", and what that allows is not known",
              "leave it as it was");
        }
      }
    }
  }

  private void compareFields(String at, JsonNode old, JsonNode now) {
    for (Map.Entry<String, JsonNode> field : old.path("properties").properties()) {
      JsonNode kept = now.path("properties").get(field.getKey());
      if (kept == null) {
        problem(child(at, field.getKey()), "is gone, but readers of {old} use it", "keep it");
      } else {
        compare(child(at, field.getKey()), field.getValue(), kept);
      }
    }
    JsonNode others = old.path("additionalProperties");
    for (Map.Entry<String, JsonNode> field : now.path("properties").properties()) {
      boolean isNew = !old.path("properties").has(field.getKey());
      if (isNew && others.isObject() && !others.isEmpty()) {
        compare(child(at, field.getKey()), others, field.getValue());
      }
    }
  }

  private void compareRequired(String at, JsonNode old, JsonNode now) {
    Set<String> wasRequired = required(old);
    Set<String> isRequired = required(now);
    for (String name : wasRequired) {
      boolean isGone = old.path("properties").has(name) && !now.path("properties").has(name);
      if (!isRequired.contains(name) && !isGone) {
        problem(
            child(at, name),
            "is no longer required, but readers of {old} rely on it",
            "require it");
      }
    }
    isRequired.removeAll(wasRequired);
    for (String name : isRequired) {
      if (old.path("properties").has(name)) {
        problem(
            child(at, name), "is required, but payloads of {old} may lack it", "leave it optional");
      } else {
        problem(
            child(at, name),
            "is new and required, but payloads of {old} lack it",
            "make it optional and let an upcaster fill it in");
      }
    }
  }

  private void compareOtherFields(String at, JsonNode old, JsonNode now) {
    if (isNothing(now)) {
      allow(isNothing(old), at, "additionalProperties");
    } else if (!isNothing(old)) {
      compare(child(at, "*"), old, now);
    }
  }

  private static boolean isNothing(JsonNode schema) {
    return schema.isBoolean() && !schema.booleanValue();
  }

  private void compareEnum(String at, JsonNode old, JsonNode now) {
    if (now.isMissingNode()) {
      return;
    }
    allow(!old.isMissingNode(), at, "enum");
    Set<JsonNode> values = new LinkedHashSet<>();
    now.forEach(values::add);
    for (JsonNode value : old) {
      if (!values.contains(value)) {
        problem(at, "no longer allows " + value + ", which payloads of {old} hold", "keep it");
      }
    }
  }

  private void allow(boolean isAsWide, String at, String keyword) {
    if (!isAsWide) {
      problem(
          at,
          "has a narrower \"" + keyword + "\", which payloads of {old} may not meet",
          "keep what was allowed");
    }
  }

  private static boolean isAtMost(JsonNode a, JsonNode b) {
    return a.isNumber() && b.isNumber() && a.decimalValue().compareTo(b.decimalValue()) <= 0;
  }

  private static boolean isMultiple(JsonNode a, JsonNode b) {
    return a.isNumber()
        && b.isNumber()
        && b.decimalValue().signum() > 0
        && a.decimalValue().remainder(b.decimalValue()).signum() == 0;
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

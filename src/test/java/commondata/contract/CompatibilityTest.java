package commondata.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import commondata.home.SetupException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class CompatibilityTest {

  private static final String OLD =
      """
      {"type": "object",
       "required": ["id", "to"],
       "properties": {
         "id": {"type": "string", "maxLength": 20},
         "note": {"type": "string"},
         "channel": {"enum": ["REST", "FILE"]},
         "to": {"type": "object",
                "required": ["city"],
                "properties": {"city": {"type": "string"}}},
         "lines": {"type": "array",
                   "minItems": 1,
                   "items": {"type": "object",
                             "required": ["sku"],
                             "properties": {"sku": {"type": "string"},
                                            "price": {"type": "number", "minimum": 0}}}}}}
      """;

  /** What is replaced in the schema above, by what, and the sentence. */
  static List<Arguments> breakingChanges() {
    return List.of(
        Arguments.of(
            "\"note\": {\"type\": \"string\"},",
            "",
            "field \"note\" is gone, but readers of a.b v1 use it. Keep it, or publish a new type."),
        Arguments.of(
            "\"required\": [\"id\", \"to\"]",
            "\"required\": [\"id\", \"to\", \"at\"]",
            "field \"at\" is new and required, but payloads of a.b v1 lack it. Make it optional and let an upcaster fill it in, or publish a new type."),
        Arguments.of(
            "\"required\": [\"id\", \"to\"]",
            "\"required\": [\"id\", \"to\", \"note\"]",
            "field \"note\" is required, but payloads of a.b v1 may lack it"),
        Arguments.of(
            "\"required\": [\"id\", \"to\"]",
            "\"required\": [\"id\"]",
            "field \"to\" is no longer required, but readers of a.b v1 rely on it"),
        Arguments.of(
            "\"note\": {\"type\": \"string\"}",
            "\"note\": {\"type\": \"integer\"}",
            "field \"note\" is of type integer, but was of type string"),
        Arguments.of(
            "\"note\": {\"type\": \"string\"}",
            "\"note\": {\"type\": [\"string\", \"null\"]}",
            "field \"note\" is of type [string,null], but was of type string"),
        Arguments.of(
            "\"maxLength\": 20", "\"maxLength\": 10", "field \"id\" has a narrower \"maxLength\""),
        Arguments.of(
            "\"minItems\": 1", "\"minItems\": 2", "field \"lines\" has a narrower \"minItems\""),
        Arguments.of(
            "\"minimum\": 0",
            "\"minimum\": 1",
            "field \"lines[].price\" has a narrower \"minimum\""),
        Arguments.of(
            "\"note\": {\"type\": \"string\"}",
            "\"note\": {\"type\": \"string\", \"pattern\": \"x\"}",
            "field \"note\" has a narrower \"pattern\""),
        Arguments.of(
            "[\"REST\", \"FILE\"]",
            "[\"REST\"]",
            "field \"channel\" no longer allows \"FILE\", which payloads of a.b v1 hold"),
        Arguments.of(
            "\"city\": {\"type\": \"string\"}",
            "\"town\": {\"type\": \"string\"}",
            "field \"to.city\" is gone"),
        Arguments.of("\"sku\": {\"type\": \"string\"},", "", "field \"lines[].sku\" is gone"));
  }

  @ParameterizedTest
  @MethodSource("breakingChanges")
  void saysWhatBreaks(String from, String to, String sentence) {
    assertThat(OLD).contains(from);

    assertThat(Compatibility.problems(schema(1, OLD), schema(2, OLD.replace(from, to))))
        .anySatisfy(
            problem -> assertThat(problem).startsWith("contract/a.b.v2.json: ").contains(sentence));
  }

  /** Schemas of one field, old and new. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          {} | {"exclusiveMinimum": 0} | narrower "exclusiveMinimum"
          {"exclusiveMinimum": 0} | {"exclusiveMinimum": 1} | narrower "exclusiveMinimum"
          {"exclusiveMaximum": 9} | {"exclusiveMaximum": 8} | narrower "exclusiveMaximum"
          {"multipleOf": 1} | {"multipleOf": 2} | narrower "multipleOf"
          {"const": 2} | {"const": 1} | narrower "const"
          {} | {"uniqueItems": true} | narrower "uniqueItems"
          {"uniqueItems": false} | {"uniqueItems": true} | narrower "uniqueItems"
          {"minProperties": 1} | {"minProperties": 2} | narrower "minProperties"
          {"maxProperties": 2} | {"maxProperties": 1} | narrower "maxProperties"
          {} | {"additionalProperties": false} | narrower "additionalProperties"
          {"additionalProperties": {}} | {"additionalProperties": false} | narrower "additional
          {} | {"additionalProperties": {"type": "string"}} | "f.*" is of type
          {"additionalProperties": {"maxItems": 2}} | {"additionalProperties": {"maxItems": 1}} | .*
          {} | {"items": {"type": "string"}} | "f[]" is of type string
          {} | {"items": {"minLength": 1}} | "f[]" has a narrower "minLength"
          {"items": {"type": "string"}} | {} | "f[]" is of any type
          {} | {"items": false} | "f[]" has the schema false, but had {}
          {"required": ["a"]} | {} | "f.a" is no longer required
          {} | {"allOf": [{"minLength": 1}]} | in "allOf"
          {"oneOf": [{"minLength": 1}]} | {"oneOf": [{"minLength": 2}]} | in "oneOf"
          {"not": {"const": 1}} | {} | in "not"
          {"$ref": "#/$defs/a"} | {"$ref": "#/$defs/b"} | in "$ref"
          """)
  void refusesWhatIsNarrowerOrNotKnown(String old, String now, String sentence) {
    assertThat(Compatibility.problems(field(1, old), field(2, now)))
        .singleElement()
        .asString()
        .startsWith("contract/a.b.v2.json: field \"f")
        .contains(sentence);
  }

  @Test
  void namesAKeywordThatItDoesNotKnow() {
    assertThat(Compatibility.problems(field(1, "{}"), field(2, "{\"x-unheard-of\": 1}")))
        .containsExactly(
            "contract/a.b.v2.json: field \"f\" differs in \"x-unheard-of\", and what that allows is not known. Leave it as it was, or publish a new type.");
  }

  @Test
  void holdsANewFieldAgainstWhatOtherFieldsMayHold() {
    String others = "\"additionalProperties\": {\"maxLength\": 2}";

    assertThat(
            Compatibility.problems(
                field(1, "{%s}".formatted(others)),
                field(2, "{%s, \"properties\": {\"a\": {\"maxLength\": 1}}}".formatted(others))))
        .singleElement()
        .asString()
        .contains("field \"f.a\" has a narrower \"maxLength\"");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          {"exclusiveMinimum": 1} | {"exclusiveMinimum": 0}
          {"exclusiveMinimum": 1} | {}
          {"exclusiveMaximum": 8} | {"exclusiveMaximum": 9.5}
          {"multipleOf": 0.1} | {"multipleOf": 0.01}
          {"uniqueItems": true} | {"uniqueItems": false}
          {"minProperties": 2} | {"minProperties": 1}
          {"maxProperties": 1} | {}
          {"additionalProperties": false} | {}
          {"additionalProperties": false} | {"properties": {"a": {}}, "additionalProperties": false}
          {"additionalProperties": false} | {"additionalProperties": {"type": "string"}}
          {} | {"additionalProperties": true}
          {"items": true} | {}
          {"items": {"minLength": 2}} | {"items": {"minLength": 1}}
          {"const": 1} | {}
          {"required": ["a"]} | {"required": ["a"]}
          {"oneOf": [{"minLength": 1}]} | {"oneOf": [{"minLength": 1}], "title": "One"}
          {} | {"$comment": "x", "examples": [1], "default": 2}
          """)
  void letsPassWhatIsWider(String old, String now) {
    assertThat(Compatibility.problems(field(1, old), field(2, now))).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          "note": {"type": "string"}     | "note": {"type": "string"}, "carrier": {"type": "string"}
          "note": {"type": "string"}     | "note": {"type": "string", "description": "Free text"}
          "note": {"type": "string"}     | "note": {"type": "string", "x-personal": true}
          "maxLength": 20                | "maxLength": 200
          "minItems": 1                  | "minItems": 0
          "minimum": 0                   | "minimum": -5
          ["REST", "FILE"]               | ["REST", "FILE", "CLI"]
          , "maxLength": 20              |
          """)
  void letsPassWhatNobodyCanMiss(String from, String to) {
    assertThat(OLD).contains(from);

    assertThat(Compatibility.problems(schema(1, OLD), schema(2, OLD.replace(from, or(to)))))
        .isEmpty();
  }

  @Test
  void refusesAContractWithAHole() {
    assertThatThrownBy(() -> Contract.of(List.of(schema(1, OLD), schema(3, OLD))))
        .isInstanceOf(SetupException.class)
        .hasMessageContaining("contract/a.b.v3.json: version 2 is not there");
    assertThatThrownBy(() -> Contract.of(List.of(schema(2, OLD))))
        .hasMessageContaining("contract/a.b.v2.json: version 1 is not there");
  }

  @Test
  void comparesEachVersionWithTheOneBefore() {
    assertThatThrownBy(
            () ->
                Contract.of(
                    List.of(
                        schema(1, OLD),
                        schema(2, OLD),
                        schema(3, OLD.replace("\"note\": {\"type\": \"string\"},", "")))))
        .isInstanceOf(SetupException.class)
        .hasMessageContaining("contract/a.b.v3.json: field \"note\" is gone")
        .hasMessageContaining("a.b v2");
  }

  @ParameterizedTest
  @ValueSource(strings = {"a.b.json", "a.b.v0.json", "A.b.v1.json", "a.b.v1.yaml", ".v1.json"})
  void refusesAnotherName(String file) {
    assertThatThrownBy(() -> Contract.read(file, "{}"))
        .isInstanceOf(SetupException.class)
        .hasMessageContaining("is not named <type>.v<version>.json");
  }

  @Test
  void refusesAFileThatIsNoJson() {
    assertThatThrownBy(() -> Contract.read("a.b.v1.json", "{"))
        .isInstanceOf(SetupException.class)
        .hasMessageContaining("contract/a.b.v1.json is not JSON");
  }

  @Test
  void packedContractKeepsItsPromises() {
    assertThat(Contract.packed().schemas()).hasSizeGreaterThan(20);
  }

  private static PayloadSchema schema(int version, String json) {
    return Contract.read("a.b.v%d.json".formatted(version), json);
  }

  private static PayloadSchema field(int version, String json) {
    return schema(version, "{\"properties\": {\"f\": %s}}".formatted(json));
  }

  private static String or(@Nullable String to) {
    return to == null ? "" : to;
  }
}

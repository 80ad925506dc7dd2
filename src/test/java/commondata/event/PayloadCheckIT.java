package commondata.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import commondata.database.Login;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import testkit.TestDatabase;

final class PayloadCheckIT {

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();

  private static final String TYPE = "check.sent";
  private static final String GOOD =
      "{\"id\":\"a\",\"on\":\"2026-11-21\",\"total\":1.25,\"how\":\"POST\"}";

  @BeforeAll
  static void register() {
    DATABASE
        .superuser()
        .sql("SELECT commondata.register_type(:type, 1, CAST(:schema AS jsonb))")
        .param("type", TYPE)
        .param(
            "schema",
            """
            {"type": "object",
             "additionalProperties": false,
             "required": ["id"],
             "properties": {
               "id": {"type": "string", "maxLength": 5, "pattern": "^[a-z]*$"},
               "on": {"type": "string", "format": "date"},
               "total": {"type": "number", "multipleOf": 0.01},
               "how": {"enum": ["POST", "FILE"]}}}
            """)
        .query()
        .singleValue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          {}                                 | required property 'id' not found
          {"id":1}                           | /id: integer found, string expected
          {"id":"ann@x.org"}                 | /id
          {"id":"a","on":"ann@x.org"}        | /on
          {"id":"a","total":"ann@x.org"}     | /total: string found, number expected
          {"id":"a","how":"ann@x.org"}       | /how
          {"id":"a","more":"ann@x.org"}      | property 'more' is not defined
          "ann@x.org"                        | string found, object expected
          """)
  void refusesAPayloadThatDoesNotFitWithoutAValueOfIt(String payload, String why) {
    Outbox checking = new Outbox(login(), new EventCodec(new PayloadCheck()));

    assertThatThrownBy(() -> checking.publish(NewEvent.of(TYPE, "k", payload)))
        .isInstanceOf(EventRefusedException.class)
        .hasMessageContaining("payload of check.sent v1 \"k\" does not fit its schema: ")
        .hasMessageContaining(why)
        .satisfies(e -> assertThat(e.getMessage()).doesNotContain("ann@x.org"));
    assertThat(new Outbox(login(), new EventCodec()).publish(NewEvent.of(TYPE, "k", payload)))
        .as("without the option it is published")
        .isNotNull();
  }

  @Test
  void letsPassWhatFits() {
    Outbox checking = new Outbox(login(), new EventCodec(new PayloadCheck()));

    assertThat(checking.publish(NewEvent.of(TYPE, "k", GOOD))).isNotNull();
    assertThat(checking.publish(NewEvent.of(TYPE, "k", GOOD))).as("from memory").isNotNull();
  }

  @Test
  void letsPassATypeWithoutASchema() {
    Outbox checking = new Outbox(login(), new EventCodec(new PayloadCheck()));

    assertThat(checking.publish(NewEvent.of(TestDatabase.TYPE, "k", "[1]"))).isNotNull();
  }

  @Test
  void leavesOtherRefusalsToTheDatabase() {
    Outbox checking = new Outbox(login(), new EventCodec(new PayloadCheck()));

    assertThatThrownBy(() -> checking.publish(NewEvent.of("check.unknown", "k", "{}")))
        .isInstanceOf(EventRefusedException.class)
        .hasMessageContaining("\"check.unknown\" is not registered");
    assertThatThrownBy(() -> checking.publish(NewEvent.of(TYPE, "k", "{")))
        .isInstanceOf(EventRefusedException.class)
        .hasMessageContaining("is no JSON");
  }

  private static Login login() {
    return DATABASE.login("order_service");
  }
}

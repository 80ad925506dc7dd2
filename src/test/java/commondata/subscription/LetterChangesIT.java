package commondata.subscription;

import static org.assertj.core.api.Assertions.assertThat;

import commondata.operate.Act;
import commondata.operate.LetterResult;
import commondata.operate.Operate;
import commondata.operate.PayloadChange;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import testkit.TestDatabase;

/** What an edit changes is told without names that masking hides: an act is kept for ever. */
final class LetterChangesIT {

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();

  private static final String EDITED =
      """
      {"id": "2", "Zoë": 2, "who": {"Zoë": 2}, "lines": [{"price": 2, "Zoë": 2}], "4711": 2}
      """;

  private final TestReader reader = new TestReader(DATABASE).set("max_attempts = 1");
  private final Operate operate =
      new Operate(DATABASE.login(Operate.READER), () -> DATABASE.login(Operate.OPERATOR));
  private long letter;

  @BeforeEach
  void makeLetter() {
    reader
        .when(
            what -> {
              throw new IllegalStateException("no");
            })
        .publish("a1")
        .untilQuiet();
    reader.sql(
        """
        UPDATE commondata.event_type
        SET schema = '{
            "type": "object",
            "properties": {
                "id": {"type": "string"},
                "who": {"type": "object", "x-personal": true, "properties": {"Zoë": {}}},
                "lines": {
                    "type": "array",
                    "items": {"type": "object", "properties": {"price": {"type": "number"}}}
                }
            }
        }'
        WHERE type = 'test.happened-' || :name
        """);
    reader.sql(
        "UPDATE commondata.dead_letter SET payload = '%s' WHERE subscription = :name"
            .formatted(EDITED.replace('2', '1')));
    letter =
        reader.number("SELECT d.id FROM commondata.dead_letter AS d WHERE d.subscription = :name");
  }

  @Test
  void areShownWithoutNamesThatNoSchemaKnows() {
    assertThat(operate.changes(letter, EDITED))
        .extracting(PayloadChange::pointer)
        .containsExactlyInAnyOrder(
            "/id", "/***", "/***", "/who/***", "/lines/0/price", "/lines/0/***");
    assertThat(operate.changes(letter, EDITED))
        .contains(
            new PayloadChange("/id", "\"1\"", "\"2\""),
            new PayloadChange("/who/***", "\"***\"", "\"***\""));
  }

  @Test
  void areKeptWithoutThem() {
    assertThat(operate.edit(letter, EDITED, new Act("ann", "typing error")))
        .isEqualTo(LetterResult.DONE);

    assertThat(operate.acts("dead letter " + letter, 9))
        .singleElement()
        .extracting(act -> String.valueOf(act.after()))
        .asString()
        .contains("/lines/0/price", "/who/***")
        .doesNotContain("Zoë", "4711");
  }
}

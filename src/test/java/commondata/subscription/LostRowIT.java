package commondata.subscription;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import commondata.operate.Act;
import commondata.operate.LetterAct;
import commondata.operate.Operate;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import testkit.TestDatabase;

/** The row of an event is gone, or hidden, while the event waits under a parked key. */
final class LostRowIT {

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();

  private final TestReader reader = new TestReader(DATABASE).set("max_attempts = 2");

  @BeforeAll
  static void makeHidingPlace() {
    DATABASE.superuser().sql("CREATE TABLE commondata.hidden (LIKE commondata.outbox)").update();
  }

  @Test
  void isMissedWhenTheEventIsTriedAgain() {
    reader
        .when(
            what -> {
              throw new IllegalStateException("no");
            })
        .publish("a1")
        .poller()
        .pollOnce();
    hide();

    assertThatThrownBy(() -> reader.later().poller().pollOnce())
        .rootCause()
        .hasMessageContaining("is not in the log, though it has its position");

    show();
    reader.when(what -> {}).later().untilQuiet();
    assertThat(reader.effects()).containsExactly("a1");
  }

  @Test
  void isMissedWhenTheEventDies() {
    reader
        .when(
            what -> {
              throw new IllegalStateException("no");
            })
        .publish("a1")
        .poller()
        .pollOnce();
    reader.when(
        what -> {
          hide();
          throw new IllegalStateException("no");
        });

    assertThatThrownBy(() -> reader.later().poller().pollOnce())
        .rootCause()
        .hasMessageContaining("is not in the log, though it has its position");

    assertThat(reader.parkedKeys()).as("it still waits").containsExactly("a 1 FAILED");
    show();
    reader
        .when(
            what -> {
              throw new IllegalStateException("no");
            })
        .later()
        .untilQuiet();
    assertThat(reader.deadLetters()).containsExactly("a1 2 IllegalStateException");
  }

  @Test
  void aLetterThatIsReplayedIsUnhandledThoughItsDayIsGone() {
    reader
        .set("max_attempts = 1")
        .when(
            what -> {
              throw new IllegalStateException("no");
            })
        .publish("a1")
        .untilQuiet();
    long letter =
        reader.number("SELECT d.id FROM commondata.dead_letter AS d WHERE d.subscription = :name");
    hide();
    reader.sql(
        """
        DELETE FROM commondata.outbox_seq AS q
        WHERE 'test.happened-' || :name = ANY (q.types)
        """);

    new Operate(DATABASE.login(Operate.READER), () -> DATABASE.login(Operate.OPERATOR))
        .treat(letter, LetterAct.REPLAY, new Act("ann", "mended"));

    assertThat(
            reader.strings(
                """
                SELECT u.why || ' ' || u.type || ' ' || (u.event_id = d.event_id)
                    || ' ' || (u.occurred_at = d.occurred_at)
                FROM commondata.unhandled AS u
                JOIN commondata.dead_letter AS d ON d.subscription = u.subscription
                WHERE u.subscription = :name
                """))
        .containsExactly("PARKED test.happened-" + reader.name() + " true true");
  }

  private void hide() {
    reader.sql(
        """
        WITH gone AS (
            DELETE FROM commondata.outbox AS o
            WHERE o.type = 'test.happened-' || :name
            RETURNING o.*
        )
        INSERT INTO commondata.hidden SELECT g.* FROM gone AS g
        """);
  }

  private void show() {
    reader.sql(
        """
        INSERT INTO commondata.outbox OVERRIDING SYSTEM VALUE
        SELECT h.* FROM commondata.hidden AS h WHERE h.type = 'test.happened-' || :name
        """);
  }
}

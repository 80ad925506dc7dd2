package commondata.subscription;

import static org.assertj.core.api.Assertions.assertThat;

import commondata.database.Login;
import commondata.event.Event;
import commondata.event.EventCodec;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import testkit.TestDatabase;

/** Effects that wait to be sent together fail as those do that are sent alone. */
final class WriteIT {

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();

  private static final int BATCH_SIZE = 10;

  private final TestReader reader = new TestReader(DATABASE);
  private final Login login = DATABASE.login(TestReader.LOGIN);
  private TestReader.Deed deed = what -> {};

  @Test
  void areThereOnceInTheOrderOfTheEvents() {
    reader.publish("a1", "b1", "a2", "c1");

    assertThat(poller().pollOnce()).isEqualTo(new PollOutcome.Handled(4));

    assertThat(reader.effects()).containsExactly("a1", "b1", "a2", "c1");
  }

  @Test
  void theOneThatTheServerRefusesParksItsKeyAlone() {
    reader.publish("a1", "x1", "b1", "x2", "c1");

    poller().pollOnce();

    assertThat(reader.parkedKeys()).containsExactly("x 1 FAILED");
    pollUntilIdle();
    assertThat(reader.effects()).containsExactly("a1", "b1", "c1");
    assertThat(reader.deadLetters())
        .containsExactly(
            "x1 3 DataIntegrityViolationException", "x2 3 DataIntegrityViolationException");
    assertThat(reader.violations()).isEmpty();
  }

  /** What waits belongs to a transaction that is over already. */
  @Test
  void theOneThatWouldBeRefusedHidesNoOutageBehindIt() {
    reader.publish("x1");
    deed =
        what -> {
          throw new SQLException("the bank's server is not there", "08001");
        };

    assertThat(poller().pollOnce()).isInstanceOf(PollOutcome.Paused.class);

    assertThat(reader.deadLetters()).isEmpty();
    assertThat(reader.effects()).isEmpty();
  }

  private void pollUntilIdle() {
    int idle = 0;
    while (idle < 3) {
      reader.later();
      idle = poller().pollOnce().worked() ? 0 : idle + 1;
    }
  }

  private Poller poller() {
    Subscription subscription =
        Subscription.named(reader.name()).login(TestReader.LOGIN).onBatch(this::handle).build();
    return new Poller(
        subscription, login, new EventCodec(), "test", BATCH_SIZE, new Sequencer(login, 0));
  }

  /** The server refuses x: it divides by zero. */
  private void handle(List<Event> events) throws Exception {
    for (Event event : events) {
      String what = event.payload().replace("\"", "");
      login.write(
          """
          INSERT INTO fraud.effect (subscription, what)
          VALUES (?, CASE WHEN left(?, 1) = 'x' THEN (1 / 0)::text ELSE ? END)
          """,
          reader.name(),
          what,
          what);
      deed.happen(what);
    }
  }
}

package commondata.subscription;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import commondata.operate.Act;
import commondata.operate.Operate;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import testkit.TestDatabase;

/** A delayed event waits for its time in its place: what follows it waits, other keys don't. */
final class DelayIT {

  private static final long HOUR = 3_600_000;
  private static final Act ACT = new Act("ann", "it is urgent");

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();

  private final TestReader reader = new TestReader(DATABASE);
  private final Operate operate =
      new Operate(DATABASE.login(Operate.READER), () -> DATABASE.login(Operate.OPERATOR));

  @Test
  void keepsItsPlaceInTheOrderOfItsKey() {
    reader.publish("a1", "b1").publishLater("a2", HOUR).publish("b2", "a3", "c1");

    reader.untilQuiet();

    assertThat(reader.effects()).containsExactlyInAnyOrder("a1", "b1", "b2", "c1");
    assertThat(reader.parkedKeys()).containsExactly("a 0 DELAYED");

    reader.comes("a2").untilQuiet();

    assertThat(reader.effects()).containsSubsequence("a1", "a2", "a3").hasSize(6);
    assertThat(reader.parkedKeys()).isEmpty();
    assertThat(reader.violations()).isEmpty();
  }

  @Test
  void canBeFirstAndLastAndAlone() {
    reader.publishLater("a1", HOUR);
    reader.untilQuiet();
    reader.publish("b1").publishLater("b2", HOUR);
    reader.untilQuiet();

    assertThat(reader.effects()).containsExactly("b1");
    assertThat(reader.parkedKeys()).containsExactly("a 0 DELAYED", "b 0 DELAYED");
    reader.comes("a1").comes("b2").untilQuiet();
    assertThat(reader.effects()).containsExactlyInAnyOrder("b1", "a1", "b2");
  }

  @Test
  void waitsForItsOwnTimeBehindAnotherDelayedOne() {
    reader.publishLater("a1", HOUR).publishLater("a2", 2 * HOUR).publish("a3");
    reader.untilQuiet();

    reader.comes("a1").untilQuiet();

    assertThat(reader.effects()).containsExactly("a1");
    assertThat(reader.parkedKeys()).containsExactly("a 0 DELAYED");
    reader.comes("a2").untilQuiet();
    assertThat(reader.effects()).containsExactly("a1", "a2", "a3");
  }

  @Test
  void countsAttemptsOnlyFromItsTimeOn() {
    reader.publishLater("a1", HOUR).untilQuiet();
    reader.when(
        what -> {
          throw new IllegalStateException("poison");
        });

    reader.comes("a1").untilQuiet();

    assertThat(reader.deadLetters()).containsExactly("a1 3 IllegalStateException");
  }

  @Test
  void parksThePoisonBehindADelayedEvent() {
    reader.publish("a1").untilQuiet();
    reader
        .when(
            what -> {
              if (what.equals("b1")) {
                throw new IllegalStateException("poison");
              }
            })
        .publishLater("d1", HOUR)
        .publishLater("c1", HOUR)
        .publish("b1", "e1");

    reader.untilQuiet();

    assertThat(reader.deadLetters()).containsExactly("b1 3 IllegalStateException");
    assertThat(reader.effects()).containsExactly("a1", "e1");
    assertThat(reader.parkedKeys()).containsExactly("c 0 DELAYED", "d 0 DELAYED");
    assertThat(reader.violations()).isEmpty();
  }

  @Test
  void parksThePoisonBehindAFollowerAndADelayedEvent() {
    reader.publishLater("a1", HOUR).untilQuiet();
    reader
        .when(
            what -> {
              throw new IllegalStateException("poison");
            })
        .publish("a2")
        .publishLater("c1", HOUR)
        .publish("a3", "b1");

    reader.untilQuiet();

    assertThat(reader.deadLetters()).containsExactly("b1 3 IllegalStateException");
    assertThat(reader.parkedKeys()).containsExactly("a 0 DELAYED", "c 0 DELAYED");
    assertThat(reader.violations()).isEmpty();
  }

  @Test
  void pausesThePartBehindADelayedEvent() {
    reader
        .when(
            what -> {
              throw new UnavailableException("closed");
            })
        .publishLater("a1", HOUR)
        .publish("b1");

    reader.poller().pollOnce();

    assertThat(reader.isPaused()).isTrue();
    assertThat(reader.parkedKeys()).containsExactly("a 0 DELAYED");
  }

  @Test
  void canNotBeCausedByAnotherServiceThatUsesTheSameEventId() {
    reader.publish("a1");
    DATABASE
        .login("catalog_service")
        .jdbc()
        .sql(
            """
            SELECT commondata.publish(
                :type, :key, '"x1"', event_id => CAST(:id AS uuid),
                available_at => now() + interval '366 days')
            """)
        .param("type", "test.happened-" + reader.name())
        .param("key", reader.key("x"))
        .param("id", eventId("a1"))
        .query()
        .listOfRows();

    reader.untilQuiet();

    assertThat(reader.effects()).containsExactly("a1");
    assertThat(reader.parkedKeys()).containsExactly("x 0 DELAYED");
  }

  @Test
  void isHandledBeforeItsTimeWhenAnOperatorReleasesIt() {
    reader.publish("a1").publishLater("a2", HOUR).publish("a3").untilQuiet();
    assertThat(reader.effects()).containsExactly("a1");
    UUID event = UUID.fromString(eventId("a2"));

    assertThat(operate.release(event, ACT)).isTrue();
    reader.untilQuiet();

    assertThat(reader.effects()).containsExactly("a1", "a2", "a3");
    assertThat(reader.parkedKeys()).isEmpty();
    assertThat(reader.violations()).as("that it was early would be one").isEmpty();
    assertThat(operate.release(event, ACT)).as("again").isFalse();
    assertThat(operate.release(UUID.randomUUID(), ACT)).as("one that is not there").isFalse();
    assertThat(operate.acts("event " + event, 5))
        .singleElement()
        .satisfies(
            act -> {
              assertThat(act.act()).isEqualTo("release");
              assertThat(act.reason()).isEqualTo("it is urgent");
              assertThat(act.before()).contains("available_at");
            });
  }

  @Test
  void keepsItsPlaceBehindAnEarlierDelayedOneWhenItIsReleased() {
    reader.publishLater("a1", HOUR).publishLater("a2", 2 * HOUR).publish("a3").untilQuiet();

    operate.release(UUID.fromString(eventId("a2")), ACT);
    reader.untilQuiet();
    assertThat(reader.effects()).isEmpty();

    operate.release(UUID.fromString(eventId("a1")), ACT);
    reader.untilQuiet();
    assertThat(reader.effects()).containsExactly("a1", "a2", "a3");
  }

  @Test
  void isNoDelayWhenItWasReleasedBeforeAnybodyCameToIt() {
    reader.publishLater("a1", HOUR);
    operate.release(UUID.fromString(eventId("a1")), ACT);

    reader.untilQuiet();

    assertThat(reader.effects()).containsExactly("a1");
  }

  /** It would hold its key, and the log, for ever. */
  @ParameterizedTest
  @ValueSource(strings = {"'infinity'", "now() + interval '367 days'"})
  void waitsAYearAtMost(String until) {
    for (String call :
        List.of(
            "publish(:type, 'k', '{}', available_at => " + until + ")",
            "publish_all(ARRAY[ROW(:type, 'k', '{}', 1, NULL, NULL, NULL, NULL, NULL)"
                + "::commondata.new_event], "
                + until
                + ")")) {
      assertThatThrownBy(
              () ->
                  DATABASE
                      .login("catalog_service")
                      .jdbc()
                      .sql("SELECT commondata." + call)
                      .param("type", "test.happened-" + reader.name())
                      .query()
                      .listOfRows())
          .rootCause()
          .hasMessageContaining("no event can wait until");
    }
  }

  @Test
  void isHandledWhenItsTimeHasComeAndNotBefore() {
    reader.publishLater("a1", 400).publish("a2");
    Poller poller = reader.poller();

    await().until(() -> poller.pollOnce().worked() && reader.effects().size() == 2);

    assertThat(reader.effects()).containsExactly("a1", "a2");
    assertThat(reader.violations()).as("that it was early would be one").isEmpty();
  }

  private String eventId(String event) {
    return DATABASE
        .superuser()
        .sql(
            """
            SELECT o.event_id::text
            FROM commondata.outbox AS o
            WHERE o.type = 'test.happened-' || :name AND o.payload = to_jsonb(:event)
            """)
        .param("name", reader.name())
        .param("event", event)
        .query(String.class)
        .single();
  }

  @Test
  void isNoDelayWhenItsTimeIsOver() {
    reader.publishLater("a1", -HOUR).untilQuiet();

    assertThat(reader.effects()).containsExactly("a1");
  }

  @Test
  void delaysASetOfEvents() {
    DATABASE
        .login("order_service")
        .jdbc()
        .sql(
            """
            SELECT commondata.publish_all(
                ARRAY[
                    ROW(:type, :a, '"a1"', 1, NULL, NULL, NULL, NULL, NULL),
                    ROW(:type, :b, '"b1"', 1, NULL, NULL, NULL, NULL, NULL)
                ]::commondata.new_event[],
                clock_timestamp() + interval '1 hour')
            """)
        .param("type", "test.happened-" + reader.name())
        .param("a", reader.key("a"))
        .param("b", reader.key("b"))
        .query(Long.class)
        .single();
    reader.untilQuiet();

    assertThat(reader.parkedKeys()).containsExactly("a 0 DELAYED", "b 0 DELAYED");
    reader.comes("b1").untilQuiet();
    assertThat(reader.effects()).containsExactly("b1");
  }

  @Test
  void isShownInLagAndTrace() {
    reader.publishLater("a1", HOUR).publish("a2").untilQuiet();

    assertThat(operate.lag())
        .filteredOn(lag -> lag.subscription().equals(reader.name()))
        .singleElement()
        .satisfies(
            lag -> {
              assertThat(lag.delayed()).isEqualTo(2);
              assertThat(lag.parked()).isZero();
              assertThat(lag.parkedSeconds()).isNull();
              assertThat(lag.waiting()).isZero();
            });
    assertThat(
            DATABASE
                .superuser()
                .sql("SELECT t.detail FROM commondata.trace_log AS t WHERE t.business_id = :key")
                .param("key", reader.key("a"))
                .query(String.class)
                .list())
        .anySatisfy(detail -> assertThat(detail).contains(", not before "))
        .anySatisfy(detail -> assertThat(detail).contains("delayed, in its place"));
  }
}

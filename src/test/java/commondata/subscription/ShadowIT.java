package commondata.subscription;

import static org.assertj.core.api.Assertions.assertThat;

import commondata.database.Login;
import commondata.event.Event;
import commondata.event.EventCodec;
import commondata.event.EventType;
import commondata.event.Handling;
import commondata.event.Outbox;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import testkit.Node;
import testkit.TestDatabase;

final class ShadowIT {

  private final TestDatabase database = TestDatabase.fresh();
  private final EventCodec codec = new EventCodec();

  @EventType("test.asked")
  record Asked(int number) {}

  @EventType("test.asked-together")
  record AskedTogether(int number) {}

  @EventType("test.answered")
  record Answered(int number) {}

  @BeforeEach
  void askThreeTimes() {
    database.open();
    database.register("test.asked");
    database.register("test.answered");
    describe("{\"type\": \"object\", \"properties\": {\"number\": {\"type\": \"integer\"}}}");
    database.superuser().sql("CREATE TABLE fraud.effect (number int)").update();
    database.superuser().sql("GRANT ALL ON fraud.effect TO fraud_service").update();
    database
        .superuser()
        .sql(
            """
            SELECT commondata.create_subscription(
                'answers', 'fraud_service', ARRAY['test.asked'], max_attempts => 1)
            """)
        .query()
        .singleRow();
    Outbox asking = new Outbox(database.login("order_service"), codec);
    for (int number = 1; number <= 3; number++) {
      asking.publish("k" + number, new Asked(number));
    }
    Node.of(database, answering(0)).untilQuiet();
  }

  @AfterEach
  void close() {
    database.close();
  }

  @Test
  void findsNothingWhereTheHandlersAreTheSame() {
    ShadowRun run = shadow(answering(0));

    assertThat(run.events()).isEqualTo(3);
    assertThat(run.differences()).isEmpty();
  }

  @Test
  void comparesWithThePassThatCounts() {
    database
        .login("commondata_operator")
        .jdbc()
        .sql(
            """
            SELECT count(*)
            FROM commondata.rewind_subscription('answers', 'beginning', 'ann', 'a test')
            """)
        .query()
        .singleValue();
    Node.of(database, answering(1)).untilQuiet();

    ShadowRun run = shadow(answering(1));

    assertThat(run.events()).isEqualTo(3);
    assertThat(run.differences()).isEmpty();
  }

  @Test
  void beginsAtATime() {
    String between = afterAll();
    new Outbox(database.login("order_service"), codec).publish("k4", new Asked(4));
    Node.of(database, answering(0)).untilQuiet();

    assertThat(shadow(answering(0), between).events()).isOne();
  }

  private String afterAll() {
    return database.superuser().sql("SELECT clock_timestamp()::text").query(String.class).single();
  }

  @Test
  void leavesNothingBehind() {
    Map<String, Object> before = state();

    shadow(answering(1));

    assertThat(state()).isEqualTo(before);
  }

  @Test
  void showsWhatWouldBePublishedOtherwise() {
    assertThat(shadow(answering(1)).differences())
        .hasSize(3)
        .anySatisfy(
            difference -> {
              assertThat(difference.event()).startsWith("test.asked v1 key \"k1\"");
              assertThat(difference.real())
                  .isEqualTo("handled, published test.answered k1 {\"number\": 1}");
              assertThat(difference.shadow())
                  .isEqualTo("handled, published test.answered k1 {\"number\": 2}");
            });
  }

  @Test
  void masksWhatMayBePersonalAndSaysThatItDiffers() {
    describe("{\"type\": \"object\", \"properties\": {\"number\": {\"x-personal\": true}}}");

    assertThat(shadow(answering(0)).differences()).isEmpty();
    assertThat(shadow(answering(1)).differences())
        .hasSize(3)
        .anySatisfy(
            difference -> {
              String masked = "handled, published test.answered k1 {\"number\": \"***\"}";
              assertThat(difference.real()).isEqualTo(masked);
              assertThat(difference.shadow()).isEqualTo(masked + " (differs in what is masked)");
            });
  }

  private void describe(String schema) {
    database
        .superuser()
        .sql(
            """
            UPDATE commondata.event_type SET schema = CAST(:schema AS jsonb)
            WHERE type = 'test.answered'
            """)
        .param("schema", schema)
        .update();
  }

  @Test
  void showsWhatWouldFail() {
    Subscription failing =
        Subscription.named("answers")
            .login("fraud_service")
            .on(
                Asked.class,
                (asked, event) -> {
                  throw new IllegalStateException("no");
                })
            .build();

    assertThat(shadow(failing).differences())
        .hasSize(3)
        .allSatisfy(
            difference -> assertThat(difference.shadow()).isEqualTo("IllegalStateException"));
  }

  @Test
  void showsWhatWouldBeNoExceptionOrNoEnd() {
    database.superuser().sql("UPDATE commondata.subscription SET time_limit_ms = 200").update();
    Subscription failing =
        Subscription.named("answers")
            .login("fraud_service")
            .on(
                Asked.class,
                (asked, event) -> {
                  if (asked.number() == 1) {
                    throw new AssertionError("no");
                  }
                  new CountDownLatch(1).await();
                })
            .build();

    assertThat(shadow(failing).differences())
        .extracting(ShadowRun.Difference::shadow)
        .containsExactlyInAnyOrder(
            "AssertionError", "HandlerTimeoutException", "HandlerTimeoutException");
  }

  @Test
  void showsADeadLetterThatWouldNotDieNow() {
    new Outbox(database.login("order_service"), codec).publish("k9", new Asked(-1));
    Node.of(database, answering(0)).untilQuiet();

    assertThat(shadow(mended()).differences())
        .singleElement()
        .satisfies(
            difference -> {
              assertThat(difference.real()).isEqualTo("IllegalArgumentException");
              assertThat(difference.shadow()).startsWith("handled, published test.answered k9");
            });
  }

  @Test
  void takesALetterThatWasReplayedAndHandledAsHandled() {
    new Outbox(database.login("order_service"), codec).publish("k9", new Asked(-1));
    Node.of(database, answering(0)).untilQuiet();
    database
        .login("commondata_operator")
        .jdbc()
        .sql(
            """
            SELECT commondata.act_on_letter(d.id, 'replay', 'ann', 'mended')
            FROM commondata.dead_letter AS d
            """)
        .query()
        .singleValue();
    Node.of(database, mended()).untilQuiet();

    assertThat(shadow(mended()).differences()).isEmpty();
  }

  @Test
  void runsABatchHandlerForEachEventAlone() {
    List<Integer> sizes = new ArrayList<>();
    handleTogether(answeringTogether(true, sizes));
    assertThat(sizes).containsExactly(3);
    sizes.clear();

    ShadowRun run = shadow(answeringTogether(true, sizes));

    assertThat(run.events()).isEqualTo(3);
    assertThat(run.differences()).isEmpty();
    assertThat(sizes).containsExactly(1, 1, 1);
  }

  @Test
  void showsAsADifferenceWhatABatchHandlerPublishedWithoutACause() {
    handleTogether(answeringTogether(false, new ArrayList<>()));

    assertThat(shadow(answeringTogether(false, new ArrayList<>())).differences())
        .hasSize(3)
        .allSatisfy(
            difference -> {
              assertThat(difference.real()).isEqualTo("handled");
              assertThat(difference.shadow()).startsWith("handled, published test.answered k");
            });
  }

  private void handleTogether(Subscription together) {
    database.register("test.asked-together");
    database
        .superuser()
        .sql(
            """
            SELECT commondata.create_subscription(
                'together', 'fraud_service', ARRAY['test.asked-together'])
            """)
        .query()
        .singleRow();
    Outbox asking = new Outbox(database.login("order_service"), codec);
    for (int number = 1; number <= 3; number++) {
      asking.publish("k", new AskedTogether(number));
    }
    Node.of(database, together).untilQuiet();
  }

  private Subscription answeringTogether(boolean withCause, List<Integer> sizes) {
    Outbox outbox = new Outbox(database.login("fraud_service"), codec);
    return Subscription.named("together")
        .login("fraud_service")
        .onBatch(
            events -> {
              sizes.add(events.size());
              for (Event event : events) {
                if (withCause) {
                  Handling.begin(event);
                }
                AskedTogether asked = codec.read(event, AskedTogether.class);
                outbox.publish(event.key(), new Answered(asked.number()));
              }
            })
        .build();
  }

  private Subscription mended() {
    Login login = database.login("fraud_service");
    return Subscription.named("answers")
        .login("fraud_service")
        .on(
            Asked.class,
            (asked, event) ->
                new Outbox(login, codec).publish(event.key(), new Answered(asked.number())))
        .build();
  }

  private ShadowRun shadow(Subscription subscription) {
    return shadow(subscription, "beginning");
  }

  private ShadowRun shadow(Subscription subscription, String start) {
    return new Shadow(subscription, database.login("fraud_service"), codec).run(start, 100);
  }

  private Subscription answering(int more) {
    Login login = database.login("fraud_service");
    Outbox outbox = new Outbox(login, codec);
    return Subscription.named("answers")
        .login("fraud_service")
        .on(
            Asked.class,
            (asked, event) -> {
              if (asked.number() < 0) {
                throw new IllegalArgumentException("negative");
              }
              login.jdbc().sql("INSERT INTO fraud.effect VALUES (1)").update();
              outbox.publish(event.key(), new Answered(asked.number() + more));
            })
        .build();
  }

  private Map<String, Object> state() {
    return database
        .superuser()
        .sql(
            """
            SELECT
                (SELECT count(*) FROM fraud.effect) AS effects,
                (SELECT count(*) FROM commondata.outbox) AS events,
                (SELECT sum(c.pos) FROM commondata.cursor AS c) AS positions,
                (SELECT count(*) FROM commondata.receipt_batch) AS receipts,
                (SELECT count(*) FROM commondata.parked_key) AS parked
            """)
        .query()
        .singleRow();
  }
}

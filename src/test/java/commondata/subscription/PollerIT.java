package commondata.subscription;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import commondata.database.Login;
import commondata.event.Event;
import commondata.event.EventCodec;
import commondata.event.NewEvent;
import commondata.event.Outbox;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.dao.DataAccessException;
import testkit.TestDatabase;

class PollerIT {

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();

  private static final String READER = "fraud_service";
  private static final String WRITER = "order_service";
  private static final int BATCH_SIZE = 10;

  private final EventCodec codec = new EventCodec();
  private final List<String> handled = new ArrayList<>();
  private final Set<String> poison = new HashSet<>();
  private String name = "";
  private Runnable whileHeld = () -> {};

  @BeforeAll
  static void makeEffectTable() {
    DATABASE
        .superuser()
        .sql("CREATE TABLE fraud.effect (subscription text, key text, payload text)")
        .update();
    DATABASE.superuser().sql("GRANT ALL ON fraud.effect TO fraud_service").update();
  }

  @BeforeEach
  void subscribe() {
    name = "test-" + System.nanoTime();
    DATABASE.register("test.happened-" + name);
    DATABASE
        .superuser()
        .sql(
            """
            SELECT commondata.create_subscription(
                :name, 'fraud_service', ARRAY['test.happened-' || :name], max_attempts => 2)
            """)
        .param("name", name)
        .query((row, n) -> true)
        .single();
    DATABASE
        .superuser()
        .sql("UPDATE commondata.subscription SET backoff_ms = 1, backoff_max_ms = 1")
        .update();
  }

  @Test
  void handlesEventsOfAKeyInOrderAndOnce() {
    publish("a", "1");
    publish("b", "2");
    publish("a", "3");

    pollUntilIdle();

    assertThat(handled).containsExactlyInAnyOrder("a1", "b2", "a3");
    assertThat(handled).containsSubsequence("a1", "a3");
    assertThat(effects()).containsExactlyInAnyOrder("a1", "b2", "a3");
    assertThat(receipts()).isEqualTo(3);
    assertThat(poller().pollOnce()).isInstanceOf(PollOutcome.Idle.class);
  }

  @Test
  void seesNothingOfATransactionThatRolledBack() {
    Login writer = DATABASE.login(WRITER);
    assertThatThrownBy(
            () ->
                writer.inTransactionDo(
                    () -> {
                      publish("a", "1");
                      throw new IllegalStateException("rolled back");
                    }))
        .hasMessage("rolled back");

    pollUntilIdle();

    assertThat(handled).isEmpty();
  }

  @Test
  void parksTheKeyOfAFailureWhileOtherKeysFlowOn() {
    poison.add("a1");
    publish("b", "0");
    publish("a", "1");
    publish("a", "2");
    publish("c", "3");

    pollUntilIdle();

    assertThat(effects()).containsExactlyInAnyOrder("b0", "c3", "a2");
    assertThat(deadLetters()).containsExactly("a:2");
    assertThat(parkedKeys()).isZero();
  }

  @Test
  void keepsTheOrderOfAKeyThatFailedAndRecovered() {
    poison.add("a1");
    publish("a", "1");
    publish("a", "2");
    Poller poller = poller();
    poller.pollOnce();
    assertThat(parkedKeys()).isEqualTo(1);
    publish("a", "3");
    pollBatchesOnly(poller);
    poison.clear();

    pollUntilIdle();

    assertThat(effects()).containsExactly("a1", "a2", "a3");
    assertThat(receipts()).isEqualTo(3);
    assertThat(parkedKeys()).isZero();
  }

  @Test
  void holdsTheKeyOfADeadLetterUntilAnOperatorReplaysIt() {
    DATABASE
        .superuser()
        .sql("UPDATE commondata.subscription SET on_dead = 'HOLD' WHERE name = :name")
        .param("name", name)
        .update();
    poison.add("a1");
    publish("a", "1");
    publish("a", "2");
    pollUntilIdle();
    assertThat(effects()).isEmpty();
    assertThat(deadLetters()).containsExactly("a:2");
    poison.clear();

    boolean replayed =
        DATABASE
            .login("commondata_operator")
            .jdbc()
            .sql(
                """
                SELECT commondata.act_on_letter(id, 'replay', 'ann', 'handler mended') = 'DONE'
                FROM commondata.dead_letter
                WHERE subscription = :name
                """)
            .param("name", name)
            .query(Boolean.class)
            .single();
    pollUntilIdle();

    assertThat(replayed).isTrue();
    assertThat(effects()).containsExactly("a1", "a2");
  }

  @Test
  void countsASwallowedDatabaseErrorAsAFailure() {
    publish("a", "1");
    Subscription swallowing =
        Subscription.named(name)
            .login(READER)
            .onBatch(
                events -> {
                  try {
                    DATABASE.login(READER).jdbc().sql("SELECT 1 / 0").query().singleValue();
                  } catch (DataAccessException e) {
                    handled.add("swallowed");
                  }
                })
            .build();

    PollOutcome outcome = poller(swallowing).pollOnce();

    assertThat(handled).containsExactly("swallowed");
    assertThat(outcome).isInstanceOf(PollOutcome.Parked.class);
    assertThat(receipts()).isZero();
  }

  @Test
  void undoesTheHandlersWorkWhenTheBatchFails() {
    publish("a", "1");
    poison.add("a1");

    poller().pollOnce();

    assertThat(effects()).isEmpty();
    assertThat(parkedKeys()).isEqualTo(1);
  }

  @Test
  void takesAnotherPartThanTheOneThatIsHeld() {
    publish(keyOfPart(0), "1");
    publish(keyOfPart(5), "2");
    List<Boolean> worked = new ArrayList<>();
    Poller other = poller();
    whileHeld =
        () -> worked.add(CompletableFuture.supplyAsync(() -> other.pollOnce().worked()).join());

    poller().pollOnce();

    assertThat(worked).containsExactly(true);
    assertThat(effects()).hasSize(2).doesNotHaveDuplicates();
  }

  @Test
  void aBusyPartDoesNotHoldBackTheOthers() {
    for (int i = 0; i < 5 * BATCH_SIZE; i++) {
      publish(keyOfPart(0), Integer.toString(i));
    }
    publish(keyOfPart(5), "lone");

    poller().pollOnce();
    poller().pollOnce();

    assertThat(handled)
        .as("a batch of the busy part, and the one that waited longer")
        .hasSize(BATCH_SIZE + 1)
        .contains(keyOfPart(5) + "lone");
  }

  @Test
  void refusesAnotherLoginsSubscription() {
    publish("a", "1");
    Subscription stolen = Subscription.named(name).login(WRITER).onBatch(events -> {}).build();
    Login thief = DATABASE.login(WRITER);

    assertThatThrownBy(() -> new Poller(stolen, thief, codec, "n", 1, sequencer(thief)).pollOnce())
        .rootCause()
        .hasMessageContaining("belongs to \"fraud_service\", not to login \"order_service\"");
  }

  private void publish(String key, String payload) {
    new Outbox(DATABASE.login(WRITER), codec)
        .publish(NewEvent.of("test.happened-" + name, key, "\"" + payload + "\""));
  }

  private Poller poller() {
    return poller(
        Subscription.named(name)
            .login(READER)
            .onBatch(events -> events.forEach(this::handle))
            .build());
  }

  private Poller poller(Subscription subscription) {
    Login login = DATABASE.login(READER);
    return new Poller(subscription, login, codec, "test", BATCH_SIZE, sequencer(login));
  }

  private static Sequencer sequencer(Login login) {
    return new Sequencer(login, 0);
  }

  private static String keyOfPart(int part) {
    return DATABASE
        .superuser()
        .sql(
            """
            SELECT 'k' || n
            FROM generate_series(1, 1000) AS n
            WHERE commondata.part_of('k' || n) = :part
            LIMIT 1
            """)
        .param("part", part)
        .query(String.class)
        .single();
  }

  private void handle(Event event) {
    String what = event.key() + event.payload().replace("\"", "");
    if (poison.contains(what)) {
      throw new IllegalArgumentException("poison " + what);
    }
    handled.add(what);
    Runnable once = whileHeld;
    whileHeld = () -> {};
    once.run();
    DATABASE
        .login(READER)
        .jdbc()
        .sql(
            """
            INSERT INTO fraud.effect (subscription, key, payload)
            VALUES (:subscription, :key, :payload)
            """)
        .param("subscription", name)
        .param("key", event.key())
        .param("payload", what)
        .update();
  }

  /** Until nothing moves and nothing is due; a fresh poller looks at parked keys at once. */
  private void pollUntilIdle() {
    int idle = 0;
    while (idle < 5) {
      idle = poller().pollOnce().worked() ? 0 : idle + 1;
    }
  }

  private static void pollBatchesOnly(Poller poller) {
    while (poller.pollOnce().worked()) {
      // The same poller looks at parked keys only now and then.
    }
  }

  private List<String> effects() {
    return DATABASE
        .superuser()
        .sql("SELECT payload FROM fraud.effect WHERE subscription = :name")
        .param("name", name)
        .query(String.class)
        .list();
  }

  private List<String> deadLetters() {
    return DATABASE
        .superuser()
        .sql("SELECT key || ':' || attempts FROM commondata.dead_letter WHERE subscription = :name")
        .param("name", name)
        .query(String.class)
        .list();
  }

  private long parkedKeys() {
    return number("SELECT count(*) FROM commondata.parked_key WHERE subscription = :name");
  }

  private long receipts() {
    return number(
        "SELECT coalesce(sum(cardinality(seqs)), 0) FROM commondata.receipt_batch"
            + " WHERE subscription = :name");
  }

  private long number(String sql) {
    return DATABASE.superuser().sql(sql).param("name", name).query(Long.class).single();
  }
}

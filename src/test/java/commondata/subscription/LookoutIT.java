package commondata.subscription;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import commondata.database.Database;
import commondata.database.Login;
import commondata.event.EventCodec;
import commondata.event.NewEvent;
import commondata.event.Outbox;
import commondata.schedule.Poll;
import commondata.schedule.PollClock;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import testkit.TestDatabase;

/** How a node comes to know that there is something to read. */
final class LookoutIT {

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();

  private static final String READER = "fraud_service";
  private static final String WRITER = "order_service";
  private static final Duration NEVER = Duration.ofHours(1);
  private static final Duration SOON = Duration.ofMillis(50);

  private final EventCodec codec = new EventCodec();
  private final Queue<String> handled = new ConcurrentLinkedQueue<>();
  private String name = "";

  @BeforeEach
  void subscribe() {
    name = subscription();
  }

  private static String subscription() {
    String name = "test-" + System.nanoTime();
    DATABASE.register("test.happened-" + name);
    DATABASE
        .superuser()
        .sql(
            """
            SELECT commondata.create_subscription(
                :name, 'fraud_service', ARRAY['test.happened-' || :name])
            """)
        .param("name", name)
        .query((row, n) -> true)
        .single();
    return name;
  }

  @Test
  void saysWhoHasSomethingAndInHowManyParts() {
    String other = subscription();
    publish("a");
    publish("b");

    assertThat(look(name, other)).isEqualTo(Map.of(name, distinctParts("a", "b")));

    pollUntilIdle();

    assertThat(look(name, other)).isEmpty();
  }

  @Test
  void leavesTheCursorOfAReaderAloneWhomTheEventsDoNotConcern() {
    String other = subscription();
    publish("a");
    long before = moved(other);

    assertThat(look(other)).isEmpty();
    assertThat(moved(other)).isEqualTo(before);

    poller(other).pollOnce();

    assertThat(moved(other)).as("an empty poll moves it on").isGreaterThan(before);
  }

  @Test
  void saysThatAParkedKeyIsDue() {
    publish("a");
    Subscription failing =
        Subscription.named(name)
            .login(READER)
            .onBatch(
                events -> {
                  throw new IllegalArgumentException("poison");
                })
            .build();
    look(name);
    poller(failing).pollOnce();
    DATABASE
        .superuser()
        .sql("UPDATE commondata.parked_key SET next_attempt_at = '-infinity'")
        .update();

    assertThat(look(name)).isEqualTo(Map.of(name, 1));
  }

  @Test
  void saysNothingOfAPausedReader() {
    publish("a");
    DATABASE
        .superuser()
        .sql("UPDATE commondata.subscription SET paused = true WHERE name = :name")
        .param("name", name)
        .update();

    assertThat(look(name)).isEmpty();
  }

  @Test
  void isForTheLoginOfTheNodeOnly() {
    Sequencer stolen = new Sequencer(DATABASE.login(READER), 0);

    assertThatThrownBy(() -> stolen.look(List.of(name), "n", false))
        .rootCause()
        .hasMessageContaining("permission denied for function look");
  }

  @Test
  void wakesTheReaderAfterTheCommitOfAPublisherInTheSameProcess() {
    try (Database database = database();
        PollClock clock = node(database, false, NEVER)) {
      clock.start();
      Login writer = database.login(WRITER);
      Outbox outbox = new Outbox(writer, codec);

      writer.inTransactionDo(() -> outbox.publish(event("a")));

      await().until(() -> handled.contains("a"));
    }
  }

  @Test
  void wakesAnotherNodeByNotify() {
    try (Database here = database();
        Database there = database();
        PollClock reader = node(here, true, NEVER);
        PollClock publisher = node(there, true, NEVER, subscription())) {
      reader.start();
      publisher.start();
      await().until(() -> listeners() == 2);

      new Outbox(there.login(WRITER), codec).publish(event("a"));

      await().until(() -> handled.contains("a"));
    }
  }

  @Test
  void stampsWhatWasCommittedHereAndNotWhenAnotherHasStamped() {
    Lookout lookout = lookout(NEVER);
    lookout.pollOnce();
    publish("a");
    long before = positions();

    lookout.tell();
    lookout.pollOnce();
    assertThat(positions()).isEqualTo(before);

    lookout.tell();
    lookout.ring();
    lookout.pollOnce();
    assertThat(positions()).isEqualTo(before + 1);
  }

  @Test
  void stampsOnceAPollIntervalWhateverItIsTold() {
    Lookout lookout = lookout(Duration.ZERO);
    publish("a");
    long before = positions();

    lookout.tell();
    lookout.pollOnce();

    assertThat(positions()).isEqualTo(before + 1);
  }

  /** It had not seen what was committed while it stamped. */
  @Test
  void looksAgainWhenAnotherNodeStampedMeanwhile() throws Exception {
    try (Database database = database();
        PollClock clock = node(database, false, NEVER);
        Connection other = DATABASE.superuserDataSource().getConnection();
        Statement statement = other.createStatement()) {
      clock.start();
      other.setAutoCommit(false);
      statement.execute("SELECT FROM commondata.sequencer FOR UPDATE");
      new Outbox(database.login(WRITER), codec).publish(event("a"));
      await().during(Duration.ofMillis(300)).until(() -> !handled.contains("a"));

      other.rollback();

      await().atMost(Duration.ofSeconds(5)).until(() -> handled.contains("a"));
    }
  }

  private static Lookout lookout(Duration interval) {
    Sequencer sequencer = new Sequencer(DATABASE.login(Sequencer.LOGIN), 0);
    return new Lookout(sequencer, "n", true, List.of(), interval, NEVER);
  }

  private static long positions() {
    return DATABASE
        .superuser()
        .sql("SELECT count(*) FROM commondata.log_position")
        .query(Long.class)
        .single();
  }

  @Test
  void findsByPollingWhatNobodyTold() {
    try (Database database = database();
        PollClock clock = node(database, false, SOON)) {
      clock.start();

      publish("a");

      await().until(() -> handled.contains("a"));
    }
  }

  @Test
  void findsByPollingWhatADeadListenerMissed() {
    try (Database here = database();
        PollClock reader = node(here, true, SOON)) {
      reader.start();
      await().until(() -> listeners() == 1);
      killListeners();

      publish("a");

      await().until(() -> handled.contains("a"));
      await("the listener is back").until(() -> listeners() == 1);
    }
  }

  @Test
  void readsOnWhenItsLookoutFails() {
    List<Poll> polls = reading(DATABASE.database(), false, NEVER).polls(List.of(subscribed(name)));
    List<Poll> withoutLookout =
        polls.stream().filter(poll -> !poll.name().equals(Lookout.NAME)).toList();
    try (PollClock clock = new PollClock("n-" + name, withoutLookout, NEVER)) {
      clock.start();
      publish("a");

      await().atMost(Duration.ofSeconds(30)).until(() -> handled.contains("a"));
    }
  }

  @Test
  void aSlowPartLeavesTheOthersAlone() {
    CountDownLatch slow = new CountDownLatch(1);
    Subscription subscription =
        Subscription.named(name)
            .login(READER)
            .onBatch(
                events -> {
                  if (events.get(0).key().equals("slow")) {
                    slow.await();
                  }
                  events.forEach(event -> handled.add(event.key()));
                })
            .build();
    List<String> others = keysOfOtherParts("slow", 20);
    List<Poll> polls = reading(DATABASE.database(), false, SOON).polls(List.of(subscription));
    try (PollClock clock = new PollClock("n-" + name, polls, NEVER)) {
      clock.start();
      publish("slow");
      others.forEach(this::publish);

      await().until(() -> handled.containsAll(others));
      assertThat(handled).doesNotContain("slow");
      slow.countDown();
      await().until(() -> handled.contains("slow"));
    }
  }

  @Test
  void refusesMoreWorkersThanTheLoginHasConnections() {
    Reading reading =
        new Reading(
            DATABASE.database(), "n", codec, new Reading.Settings(10, 7, false, SOON, SOON));

    assertThatThrownBy(() -> reading.polls(List.of(subscribed(name))))
        .hasMessage(
            "commondata.workers is 7: the subscriptions of login \"fraud_service\" would need 7"
                + " connections, and it has 6 for them. Set a lower number");
  }

  @Test
  void aNodeThatReadsNothingLooksAllTheSame() {
    try (Database own = database()) {
      List<Poll> polls = reading(own, false, SOON).polls(List.of());

      assertThat(polls).extracting(Poll::name).containsExactly(Lookout.NAME);
      assertThat(polls.get(0).pollOnce()).isFalse();
    }
  }

  private PollClock node(
      Database database, boolean wakeNodes, Duration interval, String... instead) {
    List<Subscription> subscriptions = new ArrayList<>();
    for (String reader : instead.length == 0 ? new String[] {name} : instead) {
      subscriptions.add(subscribed(reader));
    }
    // Both nodes of a test bear one name, as two that were set up alike may.
    return new PollClock(
        "node-" + System.nanoTime(),
        reading(database, wakeNodes, interval).polls(subscriptions),
        NEVER);
  }

  private Reading reading(Database database, boolean wakeNodes, Duration interval) {
    return new Reading(database, "n-" + name, codec, settings(wakeNodes, interval));
  }

  private static Reading.Settings settings(boolean wakeNodes, Duration interval) {
    return new Reading.Settings(10, 2, wakeNodes, interval, interval);
  }

  private Subscription subscribed(String reader) {
    return Subscription.named(reader)
        .login(READER)
        .onBatch(events -> events.forEach(event -> handled.add(event.key())))
        .build();
  }

  /** As another process has it: with pools of its own, and nothing known of other publishers. */
  private static Database database() {
    return new Database(DATABASE.url(), login -> DATABASE.password(), 8);
  }

  private void pollUntilIdle() {
    Poller poller = poller(name);
    while (poller.pollOnce().worked()) {
      // Until nothing is left.
    }
  }

  private Poller poller(String reader) {
    return poller(subscribed(reader));
  }

  private Poller poller(Subscription subscription) {
    Login login = DATABASE.login(READER);
    return new Poller(subscription, login, codec, "test", 10, new Sequencer(login, 0));
  }

  private static Map<String, Integer> look(String... readers) {
    return new Sequencer(DATABASE.login(Sequencer.LOGIN), 0)
        .look(List.of(readers), "n", false)
        .parts();
  }

  /** As a process does that has no lookout. */
  private void publish(String key) {
    try (Database elsewhere = database()) {
      new Outbox(elsewhere.login(WRITER), codec).publish(event(key));
    }
  }

  private NewEvent event(String key) {
    return NewEvent.of("test.happened-" + name, key, "{}");
  }

  private static int distinctParts(String... keys) {
    return DATABASE
        .superuser()
        .sql("SELECT count(DISTINCT commondata.part_of(k)) FROM unnest(:keys) AS k")
        .param("keys", keys)
        .query(Integer.class)
        .single();
  }

  private static List<String> keysOfOtherParts(String key, int count) {
    return DATABASE
        .superuser()
        .sql(
            """
            SELECT 'k' || n
            FROM generate_series(1, 1000) AS n
            WHERE commondata.part_of('k' || n) <> commondata.part_of(:key)
            ORDER BY n
            LIMIT :count
            """)
        .param("key", key)
        .param("count", count)
        .query(String.class)
        .list();
  }

  /** How many of its cursors have been moved. */
  private static long moved(String reader) {
    return DATABASE
        .superuser()
        .sql("SELECT count(*) FROM commondata.cursor WHERE subscription = :name AND pos > 0")
        .param("name", reader)
        .query(Long.class)
        .single();
  }

  private static long listeners() {
    return DATABASE
        .superuser()
        .sql(
            """
            SELECT count(*)
            FROM pg_stat_activity
            WHERE datname = current_database()
              AND query LIKE 'LISTEN%'
            """)
        .query(Long.class)
        .single();
  }

  private static void killListeners() {
    DATABASE
        .superuser()
        .sql(
            """
            SELECT pg_terminate_backend(pid)
            FROM pg_stat_activity
            WHERE datname = current_database()
              AND query LIKE 'LISTEN%'
            """)
        .query()
        .listOfRows();
  }
}

package commondata.subscription;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import commondata.database.Database;
import commondata.event.EventCodec;
import commondata.schedule.Pace;
import commondata.schedule.Poll;
import commondata.schedule.PollClock;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import testkit.TestDatabase;

/** What a node costs that has nothing to do: eight subscriptions, all parts, four workers each. */
final class IdleCostIT {

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();

  private static final String READER = "fraud_service";
  private static final int SUBSCRIPTIONS = 8;
  private static final int LOOKS = 60;

  private final Map<String, AtomicInteger> polls = new ConcurrentHashMap<>();

  @BeforeAll
  static void prepare() {
    for (int i = 0; i < SUBSCRIPTIONS; i++) {
      DATABASE
          .superuser()
          .sql(
              """
              SELECT commondata.create_subscription(:name, 'fraud_service', ARRAY['idle.happened'])
              """)
          .param("name", name(i))
          .query((row, n) -> true)
          .single();
    }
    DATABASE
        .superuser()
        .sql("ALTER DATABASE \"%s\" SET track_functions = 'pl'".formatted(DATABASE.name()))
        .update();
  }

  @Test
  void isOneStatementALookHoweverManySubscriptions() {
    // Statistics are complete when the connections are closed.
    try (Database database = new Database(DATABASE.url(), login -> DATABASE.password(), 40);
        PollClock clock = clock(database)) {
      clock.start();
      await().until(() -> polled(Lookout.NAME) >= LOOKS);
    }

    await().untilAsserted(() -> assertThat(calls("look")).isEqualTo(polled(Lookout.NAME)));
    long slowTicks = slowTicks();
    assertThat(slowTicks).as("each subscription's first worker polls at the start").isPositive();
    await().untilAsserted(() -> assertThat(calls("next_batch")).isEqualTo(slowTicks));
    for (int i = 0; i < SUBSCRIPTIONS; i++) {
      assertThat(polled(name(i) + "-2")).as("nobody woke the second worker").isZero();
    }
  }

  @Test
  void growsTheRestOfTheLookoutFromThePollIntervalToTheIdleInterval() {
    Reading.Settings settings =
        new Reading.Settings(10, 1, false, Duration.ofMillis(50), Duration.ofMillis(400));
    Subscription any = Subscription.named(name(0)).login(READER).onBatch(events -> {}).build();

    List<Poll> polls =
        new Reading(DATABASE.database(), "idle", new EventCodec(), settings).polls(List.of(any));

    assertThat(polls)
        .filteredOn(poll -> poll.name().equals(Lookout.NAME))
        .singleElement()
        .satisfies(
            lookout -> {
              Pace pace = lookout.pace().orElseThrow();
              assertThat(pace.afterWork()).hasMillis(50);
              assertThat(pace.shortest()).hasMillis(50);
              assertThat(pace.longest()).hasMillis(400);
            });
  }

  @Test
  void usesNoTransactionId() throws SQLException {
    for (String sql :
        List.of(
            "SELECT * FROM commondata.begin_retry('idle-0', 'w', 'n')",
            "SELECT * FROM commondata.next_batch('idle-0', 10)")) {
      assertNoTransactionId(READER, sql);
    }
    assertNoTransactionId(
        Sequencer.LOGIN,
        "SELECT * FROM commondata.look(ARRAY['idle-0', 'idle-1', 'idle-2'], 'n', true)");
  }

  private static void assertNoTransactionId(String login, String sql) throws SQLException {
    try (Connection session = DATABASE.login(login).dataSource().getConnection()) {
      session.setAutoCommit(false);
      try (var statement = session.createStatement()) {
        statement.execute(sql);
        try (var rows = statement.executeQuery("SELECT pg_current_xact_id_if_assigned()::text")) {
          rows.next();
          assertThat(rows.getString(1)).as(sql).isNull();
        }
      }
      session.rollback();
    }
  }

  private PollClock clock(Database database) {
    List<Subscription> subscriptions = new ArrayList<>();
    for (int i = 0; i < SUBSCRIPTIONS; i++) {
      subscriptions.add(Subscription.named(name(i)).login(READER).onBatch(events -> {}).build());
    }
    Duration interval = Duration.ofMillis(5);
    Reading.Settings settings = new Reading.Settings(10, 4, false, interval, interval);
    List<Poll> counted = new ArrayList<>();
    for (Poll poll :
        new Reading(database, "idle", new EventCodec(), settings).polls(subscriptions)) {
      counted.add(new Counted(poll, polls.computeIfAbsent(poll.name(), n -> new AtomicInteger())));
    }
    return new PollClock("idle", counted, Duration.ofHours(1));
  }

  private static String name(int number) {
    return "idle-" + number;
  }

  private int polled(String poll) {
    AtomicInteger count = polls.get(poll);
    return count == null ? 0 : count.get();
  }

  private long slowTicks() {
    long ticks = 0;
    for (int i = 0; i < SUBSCRIPTIONS; i++) {
      ticks += polled(name(i));
    }
    return ticks;
  }

  private static long calls(String function) {
    return DATABASE
        .superuser()
        .sql(
            """
            SELECT coalesce(sum(calls), 0)
            FROM pg_stat_user_functions
            WHERE schemaname = 'commondata'
              AND funcname = :function
            """)
        .param("function", function)
        .query(Long.class)
        .single();
  }

  private record Counted(Poll poll, AtomicInteger count) implements Poll {

    @Override
    public String name() {
      return poll.name();
    }

    @Override
    public Optional<Pace> pace() {
      return poll.pace();
    }

    @Override
    public boolean pollOnce() {
      boolean worked = poll.pollOnce();
      count.incrementAndGet();
      return worked;
    }
  }
}

package commondata.upkeep;

import static commondata.upkeep.OldLog.daysAgo;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import commondata.operate.Act;
import commondata.operate.DeadLetter;
import commondata.operate.DeadLetterFilter;
import commondata.operate.LetterAct;
import commondata.operate.LetterResult;
import commondata.operate.Operate;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;
import testkit.TestDatabase;

final class RetentionIT {

  private static final Duration KEEP = Duration.ofDays(30);
  private static final Act ACT = new Act("ann", "a test");
  private static final String PARTS = "SELECT h.part::text FROM commondata.part_head AS h";
  private static final String ITEM =
      """
      {"sku": "MC-001", "title": "t", "artist": "a", "unitPrice": 9.9, "initialStock": 5}
      """;

  private final TestDatabase database = TestDatabase.fresh();
  private final OldLog log = new OldLog(database);

  @BeforeEach
  void open() {
    database.open();
  }

  @AfterEach
  void close() {
    database.close();
  }

  @Test
  void dropsDaysThatEverySubscriptionHasPassed() {
    log.day(daysAgo(41));
    log.day(daysAgo(40));
    log.day(daysAgo(20));
    log.isHandled();

    assertThat(run()).containsExactly(daysAgo(41), daysAgo(40));

    assertThat(partitionsOf(41)).isEmpty();
    assertThat(partitionsOf(40)).isEmpty();
    assertThat(partitionsOf(20)).hasSize(3);
    assertThat(strings("SELECT DISTINCT f.seq::text FROM commondata.log_floor AS f"))
        .containsExactly("4");
    assertThat(
            strings(
                "SELECT a.act || ' ' || a.target || ' ' || a.actor FROM commondata.operator_act AS a ORDER BY a.id"))
        .containsExactly(
            "retire day " + daysAgo(41) + " of the log ann",
            "retire day " + daysAgo(40) + " of the log ann");
    assertThat(violations()).isEmpty();
    assertThat(run()).as("a second time").isEmpty();
  }

  @Test
  void warnsOfWhatIsNoLock() {
    log.day(daysAgo(40));
    log.isHandled();
    database
        .superuser()
        .sql(
            "CREATE VIEW public.mine AS SELECT id FROM commondata.outbox_"
                + daysAgo(40).toString().replace("-", ""))
        .update();
    Logger logger = (Logger) LoggerFactory.getLogger(Retention.class);
    ListAppender<ILoggingEvent> said = new ListAppender<>();
    said.start();
    logger.addAppender(said);

    run();

    logger.detachAppender(said);
    assertThat(said.list)
        .filteredOn(line -> line.getLevel().equals(Level.WARN))
        .singleElement()
        .extracting(ILoggingEvent::getFormattedMessage)
        .asString()
        .startsWith("log: DROP TABLE commondata.outbox_")
        .contains("because other objects depend on it");
  }

  @Test
  void goesOnPublishingAndStampingAfterwards() {
    log.day(daysAgo(40));
    log.isHandled();
    run();

    database
        .login("catalog_service")
        .jdbc()
        .sql("SELECT commondata.publish('catalog.item-listed', 'new', '{}')")
        .query()
        .singleValue();

    assertThat(strings("SELECT commondata.stamp()::text")).containsExactly("1");
    assertThat(violations()).isEmpty();
  }

  @Test
  void keepsWhatASubscriptionHasNotRead() {
    log.day(daysAgo(41));
    log.isHandled();
    log.day(daysAgo(40));

    assertThat(run()).containsExactly(daysAgo(41));
    assertThat(heldBy(40)).matches("subscription \"\\w+\" has read part \\d up to 2 of 4");
    assertThat(partitionsOf(40)).hasSize(3);
  }

  @Test
  void keepsWhatAParkedEventPointsInto() {
    log.day(daysAgo(40));
    log.isHandled();
    database
        .superuser()
        .sql(
            """
            INSERT INTO commondata.parked_key (subscription, part, key, error_class, error_message)
            VALUES ('payment', 3, 'k3', 'E', 'm')
            """)
        .update();
    database
        .superuser()
        .sql(
            """
            INSERT INTO commondata.parked_event (subscription, part, key, seq, stamped_at)
            SELECT 'payment', 3, 'k3', q.seq, q.stamped_at
            FROM commondata.log_position AS q
            WHERE q.part = 3 AND q.seq = 1
            """)
        .update();

    assertThat(run()).isEmpty();
    assertThat(heldBy(40))
        .isEqualTo("1 event is parked by subscription \"payment\", one of them with key \"k3\"");
  }

  @ParameterizedTest
  @ValueSource(strings = {"HOLD", "SKIP"})
  void aLetterOutlivesItsDayAndIsHandledAllTheSame(String onDead) throws SQLException {
    database
        .superuser()
        .sql("UPDATE commondata.subscription SET on_dead = :on_dead WHERE name = 'warehouse'")
        .param("on_dead", onDead)
        .update();
    log.day(daysAgo(40));
    try (Connection client = database.login("warehouse_service").dataSource().getConnection()) {
      handleAllButTheSecond(client);
      log.isHandled();
      List<DeadLetter> letters = openLetters();
      assertThat(letters).as("one a part").hasSize(strings(PARTS).size());

      assertThat(run()).containsExactly(daysAgo(40));

      assertThat(partitionsOf(40)).isEmpty();
      assertThat(openLetters()).isEqualTo(letters);
      assertThat(violations()).isEmpty();
      replayHalfAndEditHalf(letters);
      assertThat(violations()).as("before they are handled").isEmpty();

      assertThat(handle(client, ""))
          .hasSize(letters.size())
          .containsOnly("as it was", "MC-001")
          .filteredOn("MC-001"::equals)
          .hasSize(letters.size() / 2);
    }
    assertThat(openLetters()).isEmpty();
    assertThat(strings("SELECT k.key FROM commondata.parked_key AS k")).isEmpty();
    assertThat(
            strings(
                """
                SELECT r.part::text
                FROM commondata.receipt AS r
                WHERE r.subscription = 'warehouse' AND r.seq = 2
                """))
        .containsExactlyInAnyOrderElementsOf(strings(PARTS));
    assertThat(violations()).isEmpty();
  }

  private List<DeadLetter> openLetters() {
    return operate().deadLetters(new DeadLetterFilter(null, "OPEN", null, null, null, null), 100);
  }

  private Operate operate() {
    return new Operate(database.login(Operate.READER), () -> database.login(Operate.OPERATOR));
  }

  private void replayHalfAndEditHalf(List<DeadLetter> letters) {
    for (int i = 0; i < letters.size(); i++) {
      long letter = letters.get(i).id();
      assertThat(
              i % 2 == 0
                  ? operate().treat(letter, LetterAct.REPLAY, ACT)
                  : operate().edit(letter, ITEM, ACT))
          .isEqualTo(LetterResult.DONE);
    }
  }

  private static void handleAllButTheSecond(Connection client) throws SQLException {
    handle(
        client,
        """
        SELECT commondata.fail('warehouse', b.seq, 'no', 'Unknown', 'PERMANENT')
        FROM commondata.open_batch('warehouse') AS b
        WHERE b.seq = 2
        """);
  }

  /** What a service in SQL does until nothing is left; returns what it was given. */
  private static List<String> handle(Connection client, String refusal) throws SQLException {
    List<String> given = new ArrayList<>();
    String events = "";
    try (Statement statement = client.createStatement()) {
      while (!events.equals("0")) {
        client.setAutoCommit(true);
        statement.execute("SELECT commondata.begin_batch('warehouse')");
        client.setAutoCommit(false);
        given.addAll(
            rows(
                statement,
                """
                SELECT coalesce(b.payload ->> 'sku', 'as it was')
                FROM commondata.take_batch('warehouse', 10) AS b
                """));
        if (!refusal.isEmpty()) {
          statement.execute(refusal);
        }
        events = rows(statement, "SELECT commondata.finish('warehouse')").get(0);
        client.commit();
      }
    }
    return given;
  }

  private static List<String> rows(Statement statement, String sql) throws SQLException {
    List<String> first = new ArrayList<>();
    try (ResultSet rows = statement.executeQuery(sql)) {
      while (rows.next()) {
        first.add(rows.getString(1));
      }
    }
    return first;
  }

  @Test
  void cutsTheLogOnlyWhereNoEventWasStampedTheDayAfter() {
    log.day(daysAgo(42));
    log.emptyDay(daysAgo(40));
    log.day(daysAgo(41), "23:59", daysAgo(40), "00:01");
    log.isHandled();

    assertThat(run())
        .as("the day before goes with the one that its events were stamped on")
        .containsExactly(daysAgo(42), daysAgo(41), daysAgo(40));
  }

  @Test
  void cutsABusyLogThatHasAnEventInFlightAtEachMidnight() {
    for (int days = 44; days >= 27; days--) {
      log.emptyDay(daysAgo(days));
    }
    for (int days = 44; days >= 28; days--) {
      log.events(daysAgo(days), "23:59:59.9", daysAgo(days - 1), "00:00:00.1");
      log.events(daysAgo(days - 1), "10:00", daysAgo(days - 1), "10:01");
    }
    log.isHandled();

    assertThat(run()).hasSize(14).contains(daysAgo(31)).doesNotContain(daysAgo(30));

    assertThat(partitionsOf(31)).isEmpty();
    assertThat(partitionsOf(30)).hasSize(3);
    assertThat(violations()).isEmpty();
    assertThat(
            strings(
                """
                SELECT q.occurred_at::text
                FROM commondata.log_position AS q
                JOIN commondata.log_floor AS f ON f.part = q.part AND f.seq >= q.seq
                WHERE q.occurred_at >= commondata.log_begins_at()
                """))
        .as("positions below the floor")
        .isEmpty();
    assertThat(run()).isEmpty();
  }

  @Test
  void keepsADayWhoseLastEventIsReadFromTheNextOne() {
    log.emptyDay(daysAgo(40));
    log.day(daysAgo(41), "23:59", daysAgo(40), "00:01");

    assertThat(run()).isEmpty();
    assertThat(heldBy(41)).matches("subscription \"\\w+\" has read part \\d up to 0 of 2");
  }

  @Test
  void keepsADayWhoseEventsWereStampedOnOneThatStays() {
    log.day(daysAgo(42));
    log.emptyDay(daysAgo(10));
    log.day(daysAgo(41), "23:59", daysAgo(10), "00:01");
    log.isHandled();

    assertThat(run()).containsExactly(daysAgo(42));
    assertThat(partitionsOf(41)).hasSize(3);
    assertThat(violations()).isEmpty();
  }

  @Test
  void keepsADayOnWhichSomebodyHasPublishedAndNotCommitted() throws SQLException {
    log.day(daysAgo(40));
    log.isHandled();
    try (Connection writer = database.superuserDataSource().getConnection();
        Statement statement = writer.createStatement()) {
      writer.setAutoCommit(false);
      statement.execute(
          """
          INSERT INTO commondata.outbox (
              part, source, kind, type, version, key, event_id, correlation_id, business_date,
              payload, occurred_at)
          VALUES (
              0, 'order_service', 'event', 'order.placed', 1, 'late', gen_random_uuid(),
              gen_random_uuid(), current_date, '{}', '%sT10:00Z')
          """
              .formatted(daysAgo(40)));

      assertThat(run()).isEmpty();
      assertThat(heldBy(40)).contains("has published on that day and not committed");

      writer.commit();
    }
    assertThat(run()).as("committed, not stamped yet").isEmpty();
  }

  @Test
  void waitsForNoReaderAndFinishesNextTime() throws SQLException {
    log.day(daysAgo(40));
    log.isHandled();
    try (Connection reader = database.superuserDataSource().getConnection();
        Statement statement = reader.createStatement()) {
      reader.setAutoCommit(false);
      statement.executeQuery("SELECT count(*) FROM commondata.log_position").close();

      assertThat(run()).as("decided").containsExactly(daysAgo(40));
      assertThat(strings("SELECT p.next_statement FROM commondata.retired_partition AS p"))
          .as("cut off half way")
          .anyMatch(next -> next.endsWith("FINALIZE"));
      assertThat(violations()).isEmpty();

      reader.rollback();
    }
    run();

    assertThat(partitionsOf(40)).isEmpty();
  }

  @Test
  void goesOnWhereACrashStoppedIt() {
    log.day(daysAgo(40));
    log.isHandled();
    database
        .superuser()
        .sql("SELECT r.day FROM commondata.retire_days('30 days', 'ann', 'a test') AS r")
        .query()
        .listOfRows();
    String next =
        strings("SELECT p.next_statement FROM commondata.retired_partition AS p WHERE p.step = 1")
            .get(0);
    assertThat(next).endsWith("CONCURRENTLY");
    database.superuser().sql(next).update();
    assertThat(
            strings(
                "SELECT p.next_statement FROM commondata.retired_partition AS p WHERE p.step = 1"))
        .singleElement()
        .asString()
        .startsWith("DROP TABLE");

    assertThat(run()).isEmpty();

    assertThat(partitionsOf(40)).isEmpty();
  }

  private List<LocalDate> run() {
    return new Retention(database.database()).run(KEEP, ACT);
  }

  private String heldBy(int days) {
    return new Retention(database.database())
        .days(KEEP).stream()
            .filter(each -> each.day().equals(daysAgo(days)))
            .map(LogDay::heldBy)
            .map(Objects::requireNonNull)
            .findFirst()
            .orElseThrow();
  }

  private List<String> partitionsOf(int days) {
    return strings(
        """
        SELECT c.relname
        FROM pg_class AS c
        WHERE c.relkind = 'r' AND right(c.relname, 8) = to_char(date '%s', 'YYYYMMDD')
        """
            .formatted(daysAgo(days)));
  }

  private List<String> violations() {
    return strings("SELECT c.name FROM invariant.check(5) AS c WHERE c.violations > 0");
  }

  private List<String> strings(String sql) {
    return database.superuser().sql(sql).query(String.class).list();
  }
}

package commondata.upkeep;

import static commondata.upkeep.OldLog.daysAgo;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import commondata.operate.Alarm;
import commondata.operate.Operate;
import commondata.subscription.Sequencer;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.postgresql.PGConnection;
import org.slf4j.LoggerFactory;
import testkit.SettableClock;
import testkit.TestDatabase;

final class UpkeepIT {

  private static final Duration KEEP = Duration.ofDays(30);

  /** Partitions that are not as their parent: owner, indexes, columns, identity, defaults. */
  private static final String DIFFERENT =
      """
      SELECT c.relname
      FROM pg_inherits AS h
      JOIN pg_class AS c ON c.oid = h.inhrelid
      JOIN pg_class AS p ON p.oid = h.inhparent
      WHERE p.relkind = 'p'
        AND p.relnamespace = 'commondata'::regnamespace
        AND (
            c.relowner <> p.relowner
            OR has_table_privilege('commondata_reader', c.oid, 'SELECT')
            OR (
                SELECT count(*)
                FROM pg_index AS i
                JOIN pg_inherits AS x ON x.inhrelid = i.indexrelid
                WHERE i.indrelid = c.oid
            ) <> (SELECT count(*) FROM pg_index AS i WHERE i.indrelid = p.oid)
            OR (SELECT count(*) FROM pg_index AS i WHERE i.indrelid = c.oid)
                <> (SELECT count(*) FROM pg_index AS i WHERE i.indrelid = p.oid)
            OR (
                SELECT array_agg((a.attname, a.attidentity, a.attnotnull) ORDER BY a.attnum)
                FROM pg_attribute AS a
                WHERE a.attrelid = c.oid AND a.attnum > 0
            ) IS DISTINCT FROM (
                SELECT array_agg((a.attname, a.attidentity, a.attnotnull) ORDER BY a.attnum)
                FROM pg_attribute AS a
                WHERE a.attrelid = p.oid AND a.attnum > 0
            )
            OR (SELECT count(*) FROM pg_attrdef AS d WHERE d.adrelid = c.oid)
                <> (SELECT count(*) FROM pg_attrdef AS d WHERE d.adrelid = p.oid)
        )
      """;

  private final TestDatabase database = TestDatabase.fresh();
  private final OldLog log = new OldLog(database);
  private final Logger logger = (Logger) LoggerFactory.getLogger(Upkeep.class);
  private final ListAppender<ILoggingEvent> said = new ListAppender<>();
  private final SettableClock clock = SettableClock.at("2026-01-01T00:00:00Z");

  @BeforeEach
  void open() {
    database.open();
    // It was copied from one that may have been made before midnight.
    database.superuser().sql("SELECT commondata.make_partitions()").query(Integer.class).single();
    said.start();
    logger.setLevel(Level.INFO);
    logger.addAppender(said);
  }

  @AfterEach
  void close() {
    logger.detachAppender(said);
    logger.setLevel(null);
    database.close();
  }

  @Test
  void saysNothingWhereAllIsWell() {
    upkeep().pollOnce();

    assertThat(warnings()).isEmpty();
  }

  @Test
  void warnsOnceOfASubscriptionThatNobodyReads() {
    log.day(daysAgo(2));
    log.isHandled();
    unread("payment");
    Upkeep upkeep = upkeep();

    upkeep.pollOnce();
    upkeep.pollOnce();

    assertThat(warnings())
        .singleElement()
        .asString()
        .matches(
            "subscription-dead: payment: its oldest unread event has waited since .*Z in part 0.*");

    log.isHandled();
    upkeep.pollOnce();
    upkeep.pollOnce();
    assertThat(infos()).containsOnlyOnce("subscription-dead: payment: over");
  }

  @Test
  void namesTheTransactionThatStaysOpenWithItsQuery() throws SQLException {
    try (Connection writer = database.superuserDataSource().getConnection();
        Statement statement = writer.createStatement()) {
      writer.setAutoCommit(false);
      int pid = writer.unwrap(PGConnection.class).getBackendPID();
      statement.execute("CREATE TABLE public.written (n int) /* the culprit */");

      assertThat(
              database
                  .login(Operate.READER)
                  .jdbc()
                  .sql(
                      """
                      SELECT a.subject || ' ' || a.detail
                      FROM commondata.alarms(p_writer => '0 seconds') AS a
                      WHERE a.alarm = 'old-transaction'
                      """)
                  .query(String.class)
                  .list())
          .anyMatch(
              line ->
                  line.startsWith("process " + pid + " ")
                      && line.contains("has written and not committed since")
                      && line.endsWith("Query: CREATE TABLE public.written (n int) ***"));
      assertThat(
              database
                  .login(Operate.READER)
                  .jdbc()
                  .sql("SELECT query FROM pg_stat_activity WHERE pid = :pid")
                  .param("pid", pid)
                  .query(String.class)
                  .list())
          .as("what others say is not for who only looks")
          .containsExactly("<insufficient privilege>");
      writer.rollback();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          SELECT a FROM t2 WHERE b = $1     | SELECT a FROM t2 WHERE b = $1
          SELECT f('Zoë', 1), 'x'           | SELECT f(***
          SELECT f(E'Zo\\'ë', 1)             | SELECT f(E***
          SELECT f('Zo''ë                   | SELECT f(***
          SELECT a, $$Zoë$$, b              | SELECT a, ***
          SELECT a, $tag$Zo $$ ë$tag$, b    | SELECT a, ***
          SELECT a FROM t -- it's~WHERE 'Zoë' = a | SELECT a FROM t ***
          SELECT a /* it's */ FROM t WHERE 'Zoë' = a | SELECT a ***
          UPDATE t2 SET id = 4711           | UPDATE t2 SET id = ***
          """)
  void showsNoValueThatIsWrittenInAQuery(String query, String shown) {
    assertThat(
            database
                .superuser()
                .sql("SELECT commondata.without_literals(:query)")
                .param("query", query.replace('~', '\n'))
                .query(String.class)
                .single())
        .isEqualTo(shown);
  }

  @Test
  void warnsWhenDaysAheadAreMissingAndMakesThem() {
    dropDaysAhead();
    assertThat(alarms()).extracting(Alarm::name).containsExactly("partitions-missing");

    upkeep().pollOnce();

    assertThat(alarms()).isEmpty();
    assertThat(warnings()).isEmpty();
  }

  private void dropDaysAhead() {
    for (String parent : List.of("outbox", "outbox_seq", "receipt_batch")) {
      for (int days = 1; days < 15; days++) {
        database
            .superuser()
            .sql(
                "DROP TABLE IF EXISTS commondata.%s_%s"
                    .formatted(parent, daysAgo(-days).toString().replace("-", "")))
            .update();
      }
    }
  }

  @Test
  void makesDaysBehindALongReaderAndBesideAWriter() throws SQLException {
    try (Connection reader = database.superuserDataSource().getConnection();
        Statement reading = reader.createStatement();
        Connection writer = database.superuserDataSource().getConnection();
        Statement writing = writer.createStatement()) {
      reader.setAutoCommit(false);
      reading.executeQuery("SELECT count(*) FROM commondata.event").close();
      writer.setAutoCommit(false);
      writing.execute("SET ROLE catalog_service");
      publish(writing);

      assertThat(makePartitions()).isEqualTo(18);

      reader.rollback();
      writer.rollback();
    }
    assertThat(database.superuser().sql(DIFFERENT).query(String.class).list()).isEmpty();
  }

  @Test
  void keepsNobodyFromPublishingWhileItMakesDays() throws SQLException {
    try (Connection upkeep = database.superuserDataSource().getConnection();
        Statement making = upkeep.createStatement();
        Connection writer = database.superuserDataSource().getConnection();
        Statement writing = writer.createStatement()) {
      upkeep.setAutoCommit(false);
      making.executeQuery("SELECT commondata.make_partitions(10)").close();

      writing.execute("SET ROLE catalog_service");
      writing.execute("SET statement_timeout = '5s'");
      publish(writing);
      assertThat(database.superuser().sql("SELECT commondata.stamp()").query(Long.class).single())
          .isEqualTo(1);

      upkeep.commit();
    }
  }

  @Test
  void goesOnNextTimeWhereALockIsNotToBeHad() throws SQLException {
    try (Connection holder = database.superuserDataSource().getConnection();
        Statement statement = holder.createStatement()) {
      holder.setAutoCommit(false);
      statement.execute("LOCK TABLE commondata.outbox_seq IN SHARE UPDATE EXCLUSIVE MODE");

      assertThat(makePartitions()).as("of outbox alone").isEqualTo(1);

      holder.rollback();
    }
    assertThat(makePartitions()).isEqualTo(17);
  }

  @Test
  void isNotKeptFromMakingDaysByALockOfAnyLogin() throws SQLException {
    try (Connection holder = database.login("catalog_service").dataSource().getConnection();
        Statement statement = holder.createStatement()) {
      statement.execute("SELECT pg_advisory_lock(hashtext('commondata.make_partitions'))");

      assertThat(makePartitions()).isEqualTo(18);

      statement.execute("SELECT pg_advisory_unlock_all()");
    }
  }

  @Test
  void namesWhoKeepsDaysFromBeingMade() throws SQLException {
    dropDaysAhead();
    try (Connection holder = database.superuserDataSource().getConnection();
        Statement statement = holder.createStatement()) {
      holder.setAutoCommit(false);
      statement.execute("LOCK TABLE commondata.outbox_seq IN SHARE MODE");
      makePartitions();

      assertThat(alarms())
          .filteredOn(alarm -> alarm.name().equals("partitions-missing"))
          .singleElement()
          .asString()
          .contains("holds a lock on commondata.outbox_seq");
      holder.rollback();
    }
  }

  @Test
  void makesDaysForNodesOnlyAndNotTooMany() {
    assertThatThrownBy(
            () ->
                database
                    .login("catalog_service")
                    .jdbc()
                    .sql("SELECT commondata.make_partitions(1)")
                    .query()
                    .singleValue())
        .rootCause()
        .hasMessageContaining("permission denied for function make_partitions");
    assertThatThrownBy(
            () ->
                database
                    .login(Sequencer.LOGIN)
                    .jdbc()
                    .sql("SELECT commondata.make_partitions(32)")
                    .query()
                    .singleValue())
        .rootCause()
        .hasMessageContaining("day partitions can't be made 32 days ahead");
  }

  @Test
  void letsRetentionRunOnceAnHour() {
    log.day(daysAgo(41));
    log.isHandled();
    Upkeep upkeep = upkeep();
    upkeep.pollOnce();
    assertThat(infos()).anyMatch(line -> line.contains("[" + daysAgo(41) + "] are past keeping"));

    log.day(daysAgo(40));
    log.isHandled();
    upkeep.pollOnce();
    assertThat(retired()).isEqualTo(1);

    clock.advance(Duration.ofHours(1));
    upkeep.pollOnce();
    assertThat(retired()).isEqualTo(2);
  }

  @Test
  void saysWhatHoldsADayThatIsLongPastKeeping() {
    log.day(daysAgo(41));
    log.isHandled();
    unread("payment");

    assertThat(alarms())
        .filteredOn(alarm -> alarm.name().equals("retention-held"))
        .singleElement()
        .satisfies(
            alarm -> {
              assertThat(alarm.subject()).isEqualTo("day " + daysAgo(41));
              assertThat(alarm.detail()).contains("subscription \"payment\" has read part");
            });
  }

  @Test
  void saysThatADayIsNotGivenUpThoughNothingHoldsIt() {
    log.day(daysAgo(41));
    log.isHandled();

    assertThat(alarms())
        .extracting(Alarm::detail)
        .containsExactly("past keeping, but retention has not run: see the node's log");
  }

  @Test
  void saysThatAnEventWasStampedTooLateForItsDay() {
    log.emptyDay(daysAgo(10));
    log.day(daysAgo(41), "23:59", daysAgo(10), "00:01");
    log.isHandled();
    upkeep().pollOnce();

    assertThat(alarms())
        .extracting(Alarm::detail)
        .containsExactly(
            "past keeping, but an event of it is not stamped, or was more than a day later");
  }

  @Test
  void countsDeadRowsOfTheTablesThatPollsWalkOver() {
    database
        .superuser()
        .sql("ALTER TABLE commondata.cursor SET (autovacuum_enabled = off)")
        .update();
    for (int i = 0; i < 3; i++) {
      database
          .superuser()
          .sql("UPDATE commondata.cursor SET moved_at = clock_timestamp()")
          .update();
    }
    database.superuser().sql("SELECT pg_stat_force_next_flush()").query().listOfRows();

    assertThat(
            database
                .login(Operate.READER)
                .jdbc()
                .sql(
                    """
                    SELECT a.subject
                    FROM commondata.alarms(p_dead => 1) AS a
                    WHERE a.alarm = 'bloat'
                    """)
                .query(String.class)
                .list())
        .contains("commondata.cursor");
  }

  private int makePartitions() {
    return database
        .login(Sequencer.LOGIN)
        .jdbc()
        .sql("SELECT commondata.make_partitions(10)")
        .query(Integer.class)
        .single();
  }

  private static void publish(Statement statement) throws SQLException {
    statement.executeQuery("SELECT commondata.publish('catalog.item-listed', 'k', '{}')").close();
  }

  private Upkeep upkeep() {
    return new Upkeep(database.database(), "n1", KEEP, hint -> hint, clock);
  }

  private void unread(String subscription) {
    database
        .superuser()
        .sql(
            "UPDATE commondata.subscription SET types = '{catalog.item-listed}' WHERE name = :name")
        .param("name", subscription)
        .update();
    database
        .superuser()
        .sql("UPDATE commondata.cursor SET pos = 0 WHERE subscription = :name AND part = 0")
        .param("name", subscription)
        .update();
  }

  private long retired() {
    return database
        .superuser()
        .sql("SELECT count(*) FROM commondata.retired_day")
        .query(Long.class)
        .single();
  }

  private List<Alarm> alarms() {
    Operate operate =
        new Operate(database.login(Operate.READER), () -> database.login(Operate.OPERATOR));
    return operate.alarms(KEEP);
  }

  private List<String> warnings() {
    return lines(Level.WARN);
  }

  private List<String> infos() {
    return lines(Level.INFO);
  }

  private List<String> lines(Level level) {
    return said.list.stream()
        .filter(event -> event.getLevel().equals(level))
        .map(ILoggingEvent::getFormattedMessage)
        .toList();
  }
}

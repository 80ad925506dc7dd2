package commondata.upkeep;

import static commondata.upkeep.OldLog.daysAgo;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import commondata.operate.Alarm;
import commondata.operate.Operate;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;
import testkit.SettableClock;
import testkit.TestDatabase;

final class UpkeepIT {

  private static final Duration KEEP = Duration.ofDays(30);

  private final TestDatabase database = TestDatabase.fresh();
  private final OldLog log = new OldLog(database);
  private final Logger logger = (Logger) LoggerFactory.getLogger(Upkeep.class);
  private final ListAppender<ILoggingEvent> said = new ListAppender<>();
  private final SettableClock clock = SettableClock.at("2026-01-01T00:00:00Z");

  @BeforeEach
  void open() {
    database.open();
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
                  line.startsWith("process ")
                      && line.contains("has written and not committed since")
                      && line.contains("/* the culprit */"));
      writer.rollback();
    }
  }

  @Test
  void warnsWhenDaysAheadAreMissingAndMakesThem() {
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
    assertThat(alarms()).extracting(Alarm::name).containsExactly("partitions-missing");

    upkeep().pollOnce();

    assertThat(alarms()).isEmpty();
    assertThat(warnings()).isEmpty();
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

  private Upkeep upkeep() {
    return new Upkeep(database.database(), "n1", KEEP, clock);
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

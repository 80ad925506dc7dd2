package commondata.upkeep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import commondata.event.EventCodec;
import commondata.event.NewEvent;
import commondata.event.Outbox;
import commondata.operate.Act;
import commondata.operate.Alarm;
import commondata.operate.Operate;
import commondata.subscription.Subscription;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import testkit.HigherIds;
import testkit.Node;
import testkit.SliceLength;
import testkit.TestDatabase;

/**
 * A log that was written under transaction ids far above those of its cluster: what a dump is after
 * it was restored into a new one.
 */
final class RestoreIT {

  private static final Act ACT = new Act("ann", "restored from last night's dump");

  private final TestDatabase database = TestDatabase.fresh();
  private final List<String> handled = new ArrayList<>();

  @BeforeEach
  void open() {
    database.open();
    database.register("test.happened");
    database
        .superuser()
        .sql("SELECT commondata.create_subscription('r', 'fraud_service', ARRAY['test.happened'])")
        .query()
        .singleRow();
    publish("a", "1");
    publish("b", "2");
    node().untilQuiet();
    publish("a", "3");
    HigherIds.writeInto(database.superuser());
    handled.clear();
  }

  @AfterEach
  void close() {
    database.close();
  }

  @Test
  void refusesToWorkAndSaysWhatToDo() {
    publish("a", "4");

    assertThatThrownBy(
            () -> database.superuser().sql("SELECT commondata.stamp()").query().singleRow())
        .hasMessageContaining("restored from another cluster")
        .hasMessageContaining("./commondata log restamp");
    Operate operate =
        new Operate(database.login(Operate.READER), () -> database.login(Operate.OPERATOR));
    assertThat(operate.alarms(Duration.ofDays(30)))
        .extracting(Alarm::name)
        .contains("log-restored");
  }

  /** Other work in the cluster has used up the ids between its own and those of the log. */
  @Test
  void refusesToWorkThoughTheClusterHasCaughtUp() {
    database
        .superuser()
        .sql(
            """
            UPDATE commondata.sequencer
            SET snapshot = pg_current_snapshot(), cluster = cluster + 1
            """)
        .update();
    publish("a", "4");

    assertThatThrownBy(
            () -> database.superuser().sql("SELECT commondata.stamp()").query().singleRow())
        .hasMessageContaining("restored from another cluster");
    assertThat(new Restore(database.database()).restamp(ACT).stamped()).isEqualTo(2);
    node().untilQuiet();
    assertThat(handled).containsExactly("3", "4");
  }

  @Test
  void goesOnWhereTheLogStopped() {
    publish("b", "4");

    Restore.Restamped done = new Restore(database.database()).restamp(ACT);

    assertThat(done).isEqualTo(new Restore.Restamped(3, 2));
    node().untilQuiet();
    assertThat(handled).containsExactlyInAnyOrder("3", "4");
    publish("a", "5");
    node().untilQuiet();
    assertThat(handled).containsSubsequence("3", "5");
    assertThat(violations()).isEmpty();
    assertThat(new Restore(database.database()).restamp(ACT))
        .as("done again")
        .isEqualTo(new Restore.Restamped(0, 0));
  }

  @Test
  void numbersWholeWhatTheOldClusterHadBegunInSlices() {
    new Restore(database.database()).restamp(ACT);
    node().untilQuiet();
    SliceLength.set(database, 1);
    for (String payload : List.of("4", "5", "6")) {
      publish("b", payload);
    }
    assertThat(number("SELECT commondata.stamp()")).isOne();
    SliceLength.set(database, 50_000);
    HigherIds.writeInto(database.superuser());
    publish("b", "7");

    assertThat(new Restore(database.database()).restamp(ACT))
        .isEqualTo(new Restore.Restamped(6, 3));
    publish("b", "8");
    node().untilQuiet();

    assertThat(handled).containsExactly("3", "4", "5", "6", "7", "8");
    assertThat(number("SELECT count(*) FROM commondata.unstamped")).isZero();
    assertThat(violations()).isEmpty();
  }

  /** The days that it has ahead are over. */
  @Test
  void mendsADumpOfEarlierDays() {
    database
        .superuser()
        .sql(
            """
            DO $$
            DECLARE
                today text := to_char(now() AT TIME ZONE 'UTC', 'YYYYMMDD');
                day   text := to_char(now() AT TIME ZONE 'UTC' - interval '1 day', 'YYYYMMDD');
                other text;
            BEGIN
                FOR other IN
                    SELECT c.relname
                    FROM pg_inherits AS i
                    JOIN pg_class AS c ON c.oid = i.inhrelid
                    WHERE i.inhparent = 'commondata.outbox_seq'::regclass
                      AND right(c.relname, 8) <> today
                LOOP
                    EXECUTE format('DROP TABLE commondata.%I', other);
                END LOOP;
                EXECUTE format(
                    'ALTER TABLE commondata.outbox_seq DETACH PARTITION commondata.outbox_seq_%s',
                    today);
                EXECUTE format(
                    'UPDATE commondata.outbox_seq_%s '
                    'SET stamped_at = stamped_at - make_interval(days => 1)',
                    today);
                EXECUTE format(
                    'ALTER TABLE commondata.outbox_seq_%s RENAME TO outbox_seq_%s', today, day);
                EXECUTE format(
                    'ALTER TABLE commondata.outbox_seq ATTACH PARTITION commondata.outbox_seq_%1$s '
                    'FOR VALUES FROM (%1$L) TO (%2$L)',
                    day, today);
            END
            $$
            """)
        .update();

    new Restore(database.database()).restamp(ACT);

    node().untilQuiet();
    assertThat(handled).containsExactly("3");
  }

  @Test
  void leavesNoNumberThatTheClusterWillGiveOutOneDay() {
    new Restore(database.database()).restamp(ACT);

    for (String table : List.of("outbox", "log_position")) {
      assertThat(
              number(
                  """
                  SELECT count(*)
                  FROM commondata.%s
                  WHERE tx >= pg_snapshot_xmax(pg_current_snapshot())
                  """
                      .formatted(table)))
          .as(table)
          .isZero();
    }
  }

  @Test
  void givesNoIdTwiceWhenTheSequenceWasNotRestored() {
    database.superuser().sql("ALTER SEQUENCE commondata.outbox_id_seq RESTART WITH 1").update();

    new Restore(database.database()).restamp(ACT);
    publish("a", "4");

    assertThat(number("SELECT count(*) - count(DISTINCT o.id) FROM commondata.outbox AS o"))
        .isZero();
  }

  private Node node() {
    return Node.of(
        database,
        Subscription.named("r")
            .login("fraud_service")
            .onBatch(
                events -> events.forEach(event -> handled.add(event.payload().replace("\"", ""))))
            .build());
  }

  private void publish(String key, String payload) {
    new Outbox(database.login("order_service"), new EventCodec())
        .publish(NewEvent.of("test.happened", key, "\"" + payload + "\""));
  }

  private List<String> violations() {
    return database
        .superuser()
        .sql("SELECT c.name FROM invariant.check(5) AS c WHERE c.violations > 0")
        .query(String.class)
        .list();
  }

  private long number(String sql) {
    return database.superuser().sql(sql).query(Long.class).single();
  }
}

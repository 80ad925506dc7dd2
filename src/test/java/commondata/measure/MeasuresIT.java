package commondata.measure;

import static org.assertj.core.api.Assertions.assertThat;

import commondata.subscription.PollOutcome;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.jdbc.core.simple.JdbcClient;
import testkit.TestDatabase;

final class MeasuresIT {

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();

  private static final String READER = "measured";
  private static final Duration NO_REST = Duration.ZERO;
  private static final Duration LONG_REST = Duration.ofHours(1);

  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final NodeMeasures node = new NodeMeasures(registry);

  @BeforeEach
  void begin() {
    superuser().sql("TRUNCATE commondata.outbox, commondata.outbox_seq").update();
    superuser().sql("TRUNCATE commondata.parked_event, commondata.parked_key").update();
    superuser().sql("TRUNCATE commondata.dead_letter CASCADE").update();
    superuser().sql("DELETE FROM commondata.cursor").update();
    superuser().sql("DELETE FROM commondata.subscription").update();
    superuser().sql("UPDATE commondata.part_head SET head = 0").update();
    superuser().sql("DELETE FROM commondata.type_head").update();
    DATABASE.register("log.foreign");
    subscribe(READER);
  }

  private static void subscribe(String reader) {
    superuser()
        .sql(
            """
            SELECT commondata.create_subscription(:reader, 'fraud_service', ARRAY['log.tested'])
            """)
        .param("reader", reader)
        .query((row, n) -> true)
        .single();
  }

  @Test
  void measuresHowFarAReaderIsBehind() {
    measure(NO_REST);
    assertThat(sum("commondata.lag.events")).isZero();
    assertThat(gauge("commondata.stamp.lag.seconds")).isZero();

    publish();
    publish();
    assertThat(gauge("commondata.stamp.lag.seconds")).as("not numbered yet").isPositive();
    stamp();

    assertThat(gauge("commondata.stamp.lag.seconds")).isZero();
    assertThat(sum("commondata.lag.events")).isEqualTo(2);
    assertThat(sum("commondata.lag.seconds")).isPositive();
    assertThat(gauge("commondata.oldest.seconds")).isPositive();
    assertThat(gauge("commondata.events")).isEqualTo(2);
    assertThat(gauge("commondata.wal.bytes")).isPositive();
    assertThat(registry.find("commondata.lag.events").tag("subscription", READER).gauges())
        .as("one a part")
        .hasSize(superuser().sql("SELECT commondata.parts()").query(Integer.class).single());
  }

  @Test
  void measuresAgesFromTheFirstEventBehindEachCursor() {
    subscribe("ahead");
    publish();
    publish();
    publish();
    stamp();
    superuser()
        .sql(
            """
            UPDATE commondata.outbox_seq
            SET occurred_at = ARRAY[
                now() - interval '3 h', now() - interval '2 h', now() - interval '1 h']
            WHERE cardinality(ids) = 3
            """)
        .update();
    superuser()
        .sql(
            """
            UPDATE commondata.cursor
            SET pos = 2
            WHERE subscription = 'ahead'
              AND part = commondata.part_of('k')
            """)
        .update();

    measure(NO_REST);

    assertThat(sum("commondata.lag.seconds", READER)).isBetween(hours(3), hours(4));
    assertThat(sum("commondata.lag.seconds", "ahead")).isBetween(hours(1), hours(2));
    assertThat(gauge("commondata.oldest.seconds")).isBetween(hours(3), hours(4));
    assertThat(sum("commondata.lag.events", READER)).isEqualTo(3);
    assertThat(sum("commondata.lag.events", "ahead")).isEqualTo(1);
  }

  @Test
  void measuresNoLagOfAReaderWhomNothingConcerns() {
    publishForeign(3);
    stamp();
    measure(NO_REST);

    assertThat(sum("commondata.lag.events")).isZero();
    assertThat(sum("commondata.lag.seconds")).isZero();
    assertThat(gauge("commondata.oldest.seconds")).isZero();
    assertThat(waiting()).as("what ./commondata lag says").isZero();

    publish();
    stamp();
    publishForeign(1);
    stamp();
    letThemBeOld(3);

    assertThat(sum("commondata.lag.events")).as("positions up to its event").isEqualTo(4);
    assertThat(sum("commondata.lag.seconds")).as("of its event").isBetween(hours(1), hours(2));
    assertThat(waiting()).isEqualTo(1);
  }

  @Test
  void looksThroughEventsOfOtherTypesForAWhileOnly() {
    publishForeign(10_001);
    stamp();
    publish();
    stamp();
    letThemBeOld(10_001);
    measure(NO_REST);

    assertThat(sum("commondata.lag.seconds")).as("of a foreign one").isBetween(hours(3), hours(4));
    assertThat(sum("commondata.lag.events")).isEqualTo(10_002);
  }

  /** The first ones are three hours old, those behind them one. */
  private static void letThemBeOld(int first) {
    superuser()
        .sql(
            """
            UPDATE commondata.outbox_seq
            SET occurred_at = array_fill(
                now() - CASE WHEN first_seq <= :first THEN interval '3 h' ELSE interval '1 h' END,
                ARRAY[cardinality(ids)])
            """)
        .param("first", first)
        .update();
  }

  private static void publishForeign(int count) {
    DATABASE
        .login("order_service")
        .jdbc()
        .sql(
            """
            SELECT commondata.publish('log.foreign', 'k', '{}')
            FROM generate_series(1, :count)
            """)
        .param("count", count)
        .query((row, n) -> true)
        .list();
  }

  private static long waiting() {
    return superuser()
        .sql("SELECT waiting FROM commondata.lag WHERE subscription = :reader")
        .param("reader", READER)
        .query(Long.class)
        .single();
  }

  private static double hours(int count) {
    return Duration.ofHours(count).toSeconds();
  }

  @Test
  void measuresWhatWaitsAndWhatIsDead() {
    superuser()
        .sql(
            """
            INSERT INTO commondata.parked_key (
                subscription, part, key, attempts, chain, cause, parked_at)
            VALUES
                ('measured', 0, 'a', 3, 7, 'FAILED', now() - interval '1 hour'),
                ('measured', 0, 'b', 1, 2, 'TRANSIENT', now()),
                ('measured', 0, 'c', 0, 1, 'DELAYED', now() - interval '2 hours')
            """)
        .update();
    measure(NO_REST);
    assertThat(gauge("commondata.parked.keys")).isEqualTo(3);
    assertThat(gauge("commondata.parked.seconds")).isBetween(hours(1), hours(1) + 60);
    assertThat(gauge("commondata.parked.attempts")).isEqualTo(3);
    assertThat(gauge("commondata.parked.chain")).isEqualTo(7);

    die("NoMoneyException");
    die("NoMoneyException");
    die("BadDayException");
    gauge("commondata.parked.keys");

    assertThat(registry.get("commondata.dead.letters").tag("error", "NoMoneyException").gauge())
        .extracting(Gauge::value)
        .isEqualTo(2.0);
    superuser().sql("TRUNCATE commondata.dead_letter CASCADE").update();
    assertThat(registry.get("commondata.dead.letters").tag("error", "BadDayException").gauge())
        .as("its gauge stays, at nothing")
        .extracting(Gauge::value)
        .isEqualTo(0.0);
  }

  @Test
  void measuresOnWhenNobodyButTheRegistryHoldsIt() {
    measure(NO_REST);
    System.gc();

    assertThat(gauge("commondata.wal.bytes")).isPositive();
    assertThat(gauge("commondata.look.age.seconds")).isPositive();
    assertThat(gauge("commondata.wal.bytes.per.event")).isZero();
  }

  @Test
  void relatesWalToEventsBetweenTwoLooks() {
    double before = walBytes();
    measure(NO_REST);
    assertThat(gauge("commondata.wal.bytes")).isBetween(before, walBytes());
    double looked = walBytes();
    publish();
    publish();
    publish();
    publish();
    stamp();
    double written = walBytes() - looked;

    double perEvent = gauge("commondata.wal.bytes.per.event");

    assertThat(perEvent).isBetween(written / 4, (walBytes() - before) / 4);
  }

  @Test
  void looksOnceInAWhileHoweverOftenItIsAsked() {
    measure(LONG_REST);
    publish();
    stamp();

    assertThat(sum("commondata.lag.events")).as("of the first look").isZero();
    assertThat(gauge("commondata.look.age.seconds")).isPositive();
  }

  @Test
  void restsAfterALookThatFailed() {
    superuser().sql("ALTER FUNCTION commondata.measures() RENAME TO gone").update();
    measure(LONG_REST);
    superuser().sql("ALTER FUNCTION commondata.gone() RENAME TO measures").update();

    assertThat(gauge("commondata.look.age.seconds")).isPositive();
    assertThat(registry.find("commondata.lag.events").gauges()).as("no second look").isEmpty();
  }

  @Test
  void keepsNobodyWaitingWhoAsksWhetherTheDatabaseIsWell() throws SQLException {
    LogMeasures measures = new LogMeasures(DATABASE.login("commondata_node"), NO_REST);
    measures.bindTo(registry);
    try (Connection inTheWay = DATABASE.superuserDataSource().getConnection();
        Statement statement = inTheWay.createStatement()) {
      inTheWay.setAutoCommit(false);
      statement.execute("LOCK TABLE commondata.part_head");

      measures.lookWithin(Duration.ofMillis(1));

      assertThat(measures.stampLagSeconds()).as("as it was").isZero();
      assertThat(measures.ageSeconds()).isPositive();
      inTheWay.rollback();
    }
  }

  @Test
  void measuresTheNodesPolls() {
    node.handled(READER, 10);
    node.handled(READER, 30);
    node.failed(READER);
    node.failed(READER);
    node.polled(READER, new PollOutcome.Handled(10));
    node.polled(READER, new PollOutcome.Handled(30));
    node.polled(READER, new PollOutcome.Idle());
    node.polled(READER, new PollOutcome.Parked("e", "no"));
    node.polled(READER, new PollOutcome.Interrupted(null, "gone"));

    assertThat(registry.get("commondata.batch.size").summary().mean()).isEqualTo(20);
    assertThat(gauge("commondata.polls.idle.ratio")).isEqualTo(0.2);
    assertThat(registry.get("commondata.attempts.failed").counter().count()).isEqualTo(2);
    assertThat(registry.get("commondata.attempts.interrupted").counter().count()).isEqualTo(1);
  }

  @Test
  void isDescribedFigureByFigure() throws IOException {
    node.polled(READER, new PollOutcome.Idle());
    die("AnyException");
    measure(NO_REST);

    Set<String> measured =
        registry.getMeters().stream()
            .map(Meter::getId)
            .map(Meter.Id::getName)
            .collect(Collectors.toCollection(TreeSet::new));
    Set<String> described =
        Pattern.compile("^\\| `(commondata\\.[a-z.]+)` \\|", Pattern.MULTILINE)
            .matcher(Files.readString(Path.of("docs", "reference", "measures.md")))
            .results()
            .map((MatchResult row) -> row.group(1))
            .collect(Collectors.toCollection(TreeSet::new));
    assertThat(measured).hasSizeGreaterThan(12).isEqualTo(described);
  }

  private void measure(Duration rest) {
    new LogMeasures(DATABASE.login("commondata_node"), rest).bindTo(registry);
  }

  private double gauge(String name) {
    return registry.get(name).gauge().value();
  }

  private double sum(String name) {
    return registry.get(name).gauges().stream().mapToDouble(Gauge::value).sum();
  }

  private double sum(String name, String reader) {
    return registry.get(name).tag("subscription", reader).gauges().stream()
        .mapToDouble(Gauge::value)
        .sum();
  }

  /** What the server has written. */
  private static double walBytes() {
    return superuser()
        .sql("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn")
        .query(Double.class)
        .single();
  }

  private static void publish() {
    DATABASE
        .login("order_service")
        .jdbc()
        .sql("SELECT commondata.publish('log.tested', 'k', '{}')")
        .query()
        .singleValue();
  }

  private static void stamp() {
    superuser().sql("SELECT commondata.stamp()").query().singleValue();
  }

  private static void die(String errorClass) {
    superuser()
        .sql(
            """
            INSERT INTO commondata.dead_letter (
                subscription, part, seq, stamped_at, event_id, type, version, key, correlation_id,
                business_date, payload, attempts, error_class, error_message, node)
            VALUES (
                'measured', 0, (SELECT count(*) FROM commondata.dead_letter), now(),
                gen_random_uuid(), 'log.tested', 1, 'k', gen_random_uuid(), current_date, '{}', 1,
                :error_class, 'no', 'test')
            """)
        .param("error_class", errorClass)
        .update();
  }

  private static JdbcClient superuser() {
    return DATABASE.superuser();
  }
}

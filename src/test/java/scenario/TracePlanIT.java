package scenario;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.jdbc.core.JdbcTemplate;
import testkit.TestDatabase;

/** The trace of one id must not read whole tables, however long the log is. */
final class TracePlanIT {

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();

  @BeforeAll
  static void fillTheLog() {
    JdbcTemplate owner = new JdbcTemplate(SettledWorld.owner(DATABASE));
    owner.execute(
        """
        INSERT INTO commondata.outbox (
            part, source, kind, type, version, key, event_id, correlation_id, business_date,
            payload)
        SELECT
            commondata.part_of('o' || n / 5), 'order_service', 'event', 'order.placed', 1,
            'o' || n / 5, gen_random_uuid(), gen_random_uuid(), current_date, '{}'
        FROM generate_series(0, 19999) AS n
        """);
    owner.execute("SELECT commondata.stamp()");
    owner.execute(
        """
        INSERT INTO commondata.receipt_batch (subscription, part, first_seq, last_seq, seqs, node)
        SELECT
            'payment', q.part, min(q.seq), max(q.seq), array_agg(q.seq ORDER BY q.seq), 'n1'
        FROM commondata.log_position AS q
        GROUP BY q.part, q.seq / 100
        """);
    owner.execute(
        """
        INSERT INTO orders.customer_order (
            order_id, customer_id, total, payment_method, channel, business_date)
        SELECT 'o' || n, 'c' || n % 50, 1, 'card-ok', 'REST', current_date
        FROM generate_series(0, 3999) AS n
        """);
    owner.execute("ANALYZE");
  }

  @Test
  void takesTheIdThroughAnIndex() {
    List<String> plan =
        new JdbcTemplate(DATABASE.login("commondata_console").dataSource())
            .queryForList(
                "EXPLAIN SELECT t.what FROM commondata.trace AS t WHERE t.business_id = 'o77'",
                String.class);

    assertThat(plan).anyMatch(line -> line.matches(".*Index Scan .*outbox_\\d+_key_idx.*"));
    assertThat(plan).anyMatch(line -> line.contains("Function Scan on position_of"));
    assertThat(plan).anyMatch(line -> line.contains("Index Scan using receipt_batch_"));
    assertThat(plan).anyMatch(line -> line.contains("customer_order_pkey"));
    assertThat(plan).noneMatch(line -> line.contains("Seq Scan on customer_order"));
    String today = LocalDate.now(ZoneOffset.UTC).format(DateTimeFormatter.BASIC_ISO_DATE);
    assertThat(plan).noneMatch(line -> line.contains("Seq Scan on receipt_batch_" + today));
  }

  @Test
  void findsTheReceiptOfEveryEvent() {
    JdbcTemplate console = new JdbcTemplate(DATABASE.login("commondata_console").dataSource());

    assertThat(
            console.queryForObject(
                """
                SELECT count(*)
                FROM commondata.handled AS h
                WHERE h.subscription = 'payment'
                  AND h.key = ANY (ARRAY['o0', 'o77', 'o3999'])
                """,
                Long.class))
        .isEqualTo(15);
  }

  @Test
  void findsThePositionOfEveryEventWithoutAnIndexOfItsOwn() {
    JdbcTemplate console = new JdbcTemplate(DATABASE.login("commondata_console").dataSource());

    assertThat(
            console.queryForObject(
                """
                SELECT count(*)
                FROM (
                    SELECT part, id, tx, occurred_at
                    FROM commondata.outbox
                    ORDER BY id
                    LIMIT 1000
                ) AS o
                CROSS JOIN LATERAL commondata.position_of(o.part, o.id, o.tx, o.occurred_at) AS p
                JOIN commondata.log_position AS q
                    ON q.part = o.part
                    AND q.seq = p.seq
                    AND q.stamped_at = p.stamped_at
                    AND q.tx = o.tx
                    AND q.id = o.id
                """,
                Long.class))
        .isEqualTo(1_000);
  }

  @Test
  void findsThePositionAlsoWhenTheClockWasSetBack() {
    JdbcTemplate owner = new JdbcTemplate(SettledWorld.owner(DATABASE));
    JdbcTemplate console = new JdbcTemplate(DATABASE.login("commondata_console").dataSource());

    assertThat(
            console.queryForObject(
                """
                SELECT count(*)
                FROM (
                    SELECT part, id, tx, occurred_at
                    FROM commondata.outbox
                    ORDER BY id
                    LIMIT 10
                ) AS o
                CROSS JOIN LATERAL commondata.position_of(
                    o.part, o.id, o.tx, o.occurred_at + interval '1 hour') AS p
                """,
                Long.class))
        .isEqualTo(10);
    assertThat(
            owner.queryForObject(
                """
                SELECT count(*)
                FROM commondata.position_of(0::smallint, -1, '18446744073709551615', now())
                """,
                Long.class))
        .as("an event that was not stamped")
        .isZero();
  }
}

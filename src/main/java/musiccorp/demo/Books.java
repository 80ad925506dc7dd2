package musiccorp.demo;

import commondata.database.Login;
import java.math.BigDecimal;
import java.time.OffsetDateTime;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reads, under a login that only reads, what became of the orders of a demo. */
final class Books {

  private final Login reader;

  Books(Login reader) {
    this.reader = reader;
  }

  OffsetDateTime now() {
    return reader
        .jdbc()
        .sql(
            """
            SELECT clock_timestamp()
            """)
        .query(OffsetDateTime.class)
        .single();
  }

  /** Highest number of a demo that this database has files of. */
  int usedNumber() {
    return reader
        .jdbc()
        .sql(
            """
            SELECT coalesce(max(substring(name FROM '^[a-z-]+-D(\\d{1,8})[-.]')::integer), 0)
            FROM commondata.file
            WHERE direction = 'IN'
            """)
        .query(Integer.class)
        .single();
  }

  /** Names of all files that a feed has seen. */
  Set<String> seen(String feed) {
    return new HashSet<>(
        reader
            .jdbc()
            .sql(
                """
                SELECT name
                FROM commondata.file
                WHERE feed = :feed
                  AND direction = 'IN'
                """)
            .param("feed", feed)
            .query(String.class)
            .list());
  }

  Totals placed(Story story) {
    return reader
        .jdbc()
        .sql(
            """
            SELECT
                count(*) AS orders,
                coalesce(sum(l.lines), 0) AS lines,
                coalesce(sum(o.total), 0) AS total
            FROM orders.customer_order AS o
            JOIN (
                SELECT order_id, count(*) AS lines
                FROM orders.order_line
                GROUP BY order_id
            ) AS l ON l.order_id = o.order_id
            WHERE starts_with(o.order_id, :order_prefix)
               OR starts_with(o.idempotency_key, :key_prefix)
            """)
        .param("order_prefix", story.orderPrefix())
        .param("key_prefix", story.keyPrefix())
        .query(Totals.class)
        .single();
  }

  Map<String, Integer> byState(Story story) {
    Map<String, Integer> states = new LinkedHashMap<>();
    reader
        .jdbc()
        .sql(
            """
            SELECT state, count(*) AS orders
            FROM orders.customer_order
            WHERE starts_with(order_id, :order_prefix)
               OR starts_with(idempotency_key, :key_prefix)
            GROUP BY state
            ORDER BY state
            """)
        .param("order_prefix", story.orderPrefix())
        .param("key_prefix", story.keyPrefix())
        .query((row, n) -> states.put(row.getString("state"), row.getInt("orders")))
        .list();
    return states;
  }

  Summary.Money money(Story story) {
    return reader
        .jdbc()
        .sql(
            """
            SELECT
                coalesce(sum(e.amount) FILTER (WHERE e.kind = 'RECEIVED'), 0.00) AS money_in,
                coalesce(-sum(e.amount) FILTER (WHERE e.kind <> 'RECEIVED'), 0.00) AS money_back
            FROM payment.entry AS e
            JOIN orders.customer_order AS o ON o.order_id = e.order_id
            WHERE starts_with(o.order_id, :order_prefix)
               OR starts_with(o.idempotency_key, :key_prefix)
            """)
        .param("order_prefix", story.orderPrefix())
        .param("key_prefix", story.keyPrefix())
        .query(
            (row, n) ->
                new Summary.Money(
                    amount(row.getBigDecimal("money_in")), amount(row.getBigDecimal("money_back"))))
        .single();
  }

  long published(OffsetDateTime since) {
    return reader
        .jdbc()
        .sql(
            """
            SELECT count(*)
            FROM commondata.outbox
            WHERE occurred_at >= :since
            """)
        .param("since", since)
        .query(Long.class)
        .single();
  }

  List<Summary.Reader> readers(OffsetDateTime since) {
    return reader
        .jdbc()
        .sql(
            """
            SELECT
                coalesce(r.subscription, 'all') AS subscription,
                count(*) AS handled,
                round(percentile_cont(0.5) WITHIN GROUP (ORDER BY r.wait_ms)) AS p50,
                round(percentile_cont(0.99) WITHIN GROUP (ORDER BY r.wait_ms)) AS p99
            FROM (
                SELECT
                    b.subscription,
                    (extract(epoch FROM b.handled_at - q.occurred_at) * 1000)::float8 AS wait_ms
                FROM commondata.receipt AS b
                JOIN commondata.log_position AS q ON q.part = b.part AND q.seq = b.seq
                WHERE b.handled_at >= :since
            ) AS r
            GROUP BY GROUPING SETS ((r.subscription), ())
            ORDER BY r.subscription NULLS LAST
            """)
        .param("since", since)
        .query(
            (row, n) ->
                new Summary.Reader(
                    row.getString("subscription"),
                    row.getLong("handled"),
                    row.getLong("p50"),
                    row.getLong("p99")))
        .list();
  }

  Summary.Files files(OffsetDateTime since) {
    return reader
        .jdbc()
        .sql(
            """
            SELECT
                count(*) FILTER (WHERE state = 'LOADED') AS loaded,
                count(*) FILTER (WHERE state = 'REJECTED') AS rejected,
                count(*) FILTER (WHERE state = 'DUPLICATE') AS duplicates,
                coalesce(sum(record_count) FILTER (WHERE state = 'LOADED'), 0) AS records,
                coalesce(sum(rejected_count) FILTER (WHERE state = 'LOADED'), 0) AS rejects
            FROM commondata.file
            WHERE direction = 'IN'
              AND arrived_at >= :since
            """)
        .param("since", since)
        .query(Summary.Files.class)
        .single();
  }

  int flags() {
    return reader
        .jdbc()
        .sql(
            """
            SELECT count(*)
            FROM fraud.flag
            """)
        .query(Integer.class)
        .single();
  }

  /** An order worth a look, for the next step. */
  String anOrder(Story story) {
    return reader
        .jdbc()
        .sql(
            """
            SELECT order_id
            FROM orders.customer_order
            WHERE starts_with(order_id, :order_prefix)
               OR starts_with(idempotency_key, :key_prefix)
            ORDER BY state = 'CHARGED_BACK' DESC, state = 'DELIVERED' DESC, order_id
            LIMIT 1
            """)
        .param("order_prefix", story.orderPrefix())
        .param("key_prefix", story.keyPrefix())
        .query(String.class)
        .optional()
        .orElse("ORDER_ID");
  }

  private static BigDecimal amount(BigDecimal value) {
    return value.setScale(2, java.math.RoundingMode.UNNECESSARY);
  }
}

package commondata.upkeep;

import java.time.LocalDate;
import java.time.ZoneOffset;
import org.springframework.jdbc.core.simple.JdbcClient;
import testkit.TestDatabase;

/** A log with a past: writes days of events that were published, stamped and handled long ago. */
final class OldLog {

  private static final String MAKE_DAY =
      """
      DO $$
      DECLARE
          day date := '%s';
          parent text;
      BEGIN
          SET LOCAL timezone = 'UTC';
          FOREACH parent IN ARRAY ARRAY['outbox', 'outbox_seq', 'receipt_batch'] LOOP
              EXECUTE format(
                  'CREATE TABLE IF NOT EXISTS commondata.%%I PARTITION OF commondata.%%I '
                  'FOR VALUES FROM (%%L) TO (%%L)',
                  parent || '_' || to_char(day, 'YYYYMMDD'), parent, day, day + 1);
          END LOOP;
          EXECUTE (
              SELECT string_agg(
                  format(
                      'ALTER TABLE commondata.%%I OWNER TO commondata_owner',
                      p || '_' || to_char(day, 'YYYYMMDD')), ';')
              FROM unnest(ARRAY['outbox', 'outbox_seq', 'receipt_batch']) AS p);
      END
      $$
      """;

  private final TestDatabase database;

  OldLog(TestDatabase database) {
    this.database = database;
  }

  static LocalDate daysAgo(int days) {
    return LocalDate.now(ZoneOffset.UTC).minusDays(days);
  }

  /** A day with two events of each part, stamped an hour after they were published. */
  void day(LocalDate day) {
    day(day, "10:00", day, "11:00");
  }

  /** A day on which nothing was published. */
  void emptyDay(LocalDate day) {
    database.superuser().sql(MAKE_DAY.formatted(day)).update();
  }

  /** As {@link #day(LocalDate)}, published and stamped at these times (UTC). */
  void day(LocalDate published, String publishedAt, LocalDate stamped, String stampedAt) {
    emptyDay(published);
    events(published, publishedAt, stamped, stampedAt);
  }

  /** Two events of each part on days that are there. */
  void events(LocalDate published, String publishedAt, LocalDate stamped, String stampedAt) {
    JdbcClient superuser = database.superuser();
    superuser
        .sql(
            """
            WITH published AS (
                INSERT INTO commondata.outbox (
                    part, source, kind, type, version, key, event_id, correlation_id,
                    business_date, payload, occurred_at)
                SELECT
                    h.part, 'order_service', 'event', 'catalog.item-listed', 1, 'k' || h.part,
                    gen_random_uuid(), gen_random_uuid(), current_date, '{}',
                    CAST(:published_at AS timestamptz)
                FROM commondata.part_head AS h
                CROSS JOIN generate_series(1, 2)
                RETURNING part, id, tx, occurred_at, type
            )
            INSERT INTO commondata.outbox_seq (
                part, first_seq, last_seq, stamped_at, ids, txs, occurred_at, types)
            SELECT
                p.part,
                h.head + 1,
                h.head + 2,
                CAST(:stamped_at AS timestamptz),
                array_agg(p.id ORDER BY p.id),
                array_agg(p.tx ORDER BY p.id),
                array_agg(p.occurred_at ORDER BY p.id),
                array_agg(p.type ORDER BY p.id)
            FROM published AS p
            JOIN commondata.part_head AS h ON h.part = p.part
            GROUP BY p.part, h.head
            """)
        .param("published_at", published + "T" + publishedAt + "Z")
        .param("stamped_at", stamped + "T" + stampedAt + "Z")
        .update();
    superuser.sql("UPDATE commondata.part_head SET head = head + 2").update();
    superuser
        .sql(
            """
            INSERT INTO commondata.type_head (type, part, head)
            SELECT 'catalog.item-listed', h.part, h.head
            FROM commondata.part_head AS h
            ON CONFLICT (type, part) DO UPDATE
            SET head = excluded.head
            """)
        .update();
    superuser.sql("UPDATE commondata.sequencer SET snapshot = pg_current_snapshot()").update();
  }

  /** Every subscription has handled all there is. */
  void isHandled() {
    JdbcClient superuser = database.superuser();
    superuser
        .sql(
            """
            INSERT INTO commondata.receipt_batch (
                subscription, part, first_seq, last_seq, seqs, handled_at, node)
            SELECT
                s.name, q.part, min(q.seq), max(q.seq), array_agg(q.seq ORDER BY q.seq),
                q.stamped_at, 'n1'
            FROM commondata.log_position AS q
            JOIN commondata.subscription AS s ON q.type = ANY (s.types)
            JOIN commondata.cursor AS c
                ON c.subscription = s.name
                AND c.part = q.part
                AND c.pos < q.seq
            GROUP BY s.name, q.part, q.stamped_at
            """)
        .update();
    superuser
        .sql(
            """
            UPDATE commondata.cursor AS c
            SET pos = h.head
            FROM commondata.part_head AS h
            WHERE h.part = c.part
            """)
        .update();
  }
}

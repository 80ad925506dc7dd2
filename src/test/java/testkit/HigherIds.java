package testkit;

import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * Makes of a log what a dump of it is in another cluster: written under transaction ids that this
 * one is far from giving out.
 */
public final class HigherIds {

  private HigherIds() {}

  /** Does it, as the owner of the log or a superuser. */
  public static void writeInto(JdbcClient owner) {
    owner
        .sql(
            """
            UPDATE commondata.outbox
            SET tx = (tx::text::bigint + (1::bigint << 40))::text::xid8
            """)
        .update();
    owner
        .sql(
            """
            UPDATE commondata.outbox_seq AS q
            SET txs = (
                SELECT array_agg((u.tx::text::bigint + (1::bigint << 40))::text::xid8 ORDER BY u.n)
                FROM unnest(q.txs) WITH ORDINALITY AS u (tx, n)
            )
            """)
        .update();
    owner
        .sql(
            """
            UPDATE commondata.sequencer
            SET snapshot = format(
                    '%1$s:%1$s:',
                    pg_snapshot_xmax(snapshot)::text::bigint + (1::bigint << 40))::pg_snapshot,
                goal = CASE WHEN goal IS NOT NULL THEN format(
                    '%1$s:%1$s:',
                    pg_snapshot_xmax(goal)::text::bigint + (1::bigint << 40))::pg_snapshot END,
                cuts = ARRAY(
                    SELECT (u.tx::text::bigint + (1::bigint << 40))::text::xid8
                    FROM unnest(cuts) WITH ORDINALITY AS u (tx, n)
                    ORDER BY u.n)
            """)
        .update();
  }
}

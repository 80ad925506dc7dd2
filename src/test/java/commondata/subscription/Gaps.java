package commondata.subscription;

import testkit.TestDatabase;

/** Whether positions are dense: 1, 2, 3 ... in each part. */
final class Gaps {

  private Gaps() {}

  /** Parts with a gap or a double. */
  static long in(TestDatabase database) {
    return database
        .superuser()
        .sql(
            """
            SELECT count(*)
            FROM (
                SELECT q.part
                FROM commondata.log_position AS q
                GROUP BY q.part
                HAVING count(*) <> max(q.seq) OR count(DISTINCT q.seq) <> count(*)
            ) AS broken
            """)
        .query(Long.class)
        .single();
  }
}

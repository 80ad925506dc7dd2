package commondata.job;

import static org.assertj.core.api.Assertions.assertThat;

import commondata.database.Login;
import java.time.LocalDate;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import testkit.TestDatabase;

final class RunLedgerIT {

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();

  private static final LocalDate DAY = LocalDate.of(2026, 11, 20);

  /** By this transaction, of the table and its indexes. */
  private static final String READ =
      """
      SELECT sum(pg_stat_get_xact_tuples_returned(c.oid))
      FROM pg_class AS c
      LEFT JOIN pg_index AS i ON i.indexrelid = c.oid
      WHERE CAST('commondata.run' AS regclass) IN (c.oid, i.indrelid)
      """;

  @Test
  void startsARunWithoutReadingThoseOfOtherDates() {
    DATABASE
        .superuser()
        .sql(
            """
            INSERT INTO commondata.run (
                job, business_date, attempt, started_by, node, state, exit_code, finished_at)
            SELECT
                'fraud-flags', CAST('2000-01-01' AS date) + i, 1, 'schedule', 'n', 'SUCCEEDED', 0,
                now()
            FROM generate_series(1, 10000) AS i
            """)
        .update();
    DATABASE.superuser().sql("ANALYZE commondata.run").update();
    Login login = DATABASE.login("fraud_service");
    RunLedger runs = new RunLedger(login, "test");

    long read =
        login.inTransaction(
            () -> {
              runs.start("fraud-flags", DAY, StartedBy.HAND, Map.of());
              return login.jdbc().sql(READ).query(Long.class).single();
            });

    assertThat(read).isLessThan(100);
    assertThat(
            DATABASE
                .superuser()
                .sql("SELECT attempt FROM commondata.run ORDER BY id DESC LIMIT 1")
                .query(Integer.class)
                .single())
        .as("one of the others is of that date")
        .isEqualTo(2);
  }
}

package commondata.feed;

import static org.assertj.core.api.Assertions.assertThat;

import commondata.fault.FaultPoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the planner thinks of a file's rows when its checks begin. */
final class StatisticsIT extends LargeFeedSteps {

  private static final int RECORDS = 3_000;

  /** Says by a reject how many rows are expected of the file. */
  private static final String CHECK =
      """
      INSERT INTO commondata.check_reject (file, line, column_name, code, message)
      SELECT
          s.file,
          s.line,
          'n',
          'E-KEY-MISSING',
          catalog.rows_expected('%1$s', s.file)
      FROM %1$s AS s
      WHERE s.file = :file_id AND s.line = 2;
      """;

  private static final String ROWS_EXPECTED =
      """
      CREATE OR REPLACE FUNCTION catalog.rows_expected(p_table text, p_file bigint) RETURNS text
      LANGUAGE plpgsql
      AS $$
      DECLARE
          plan json;
      BEGIN
          EXECUTE format(
              'EXPLAIN (FORMAT JSON) SELECT FROM %s AS s WHERE s.file = %s', p_table, p_file)
          INTO plan;
          RETURN plan -> 0 -> 'Plan' ->> 'Plan Rows';
      END
      $$
      """;

  @BeforeEach
  void makeFunction() {
    DATABASE.superuser().sql(ROWS_EXPECTED).update();
    DATABASE
        .superuser()
        .sql(
            """
            GRANT EXECUTE ON FUNCTION catalog.rows_expected(text, bigint) TO catalog_service
            """)
        .update();
  }

  private LargeFeed checked(String job) {
    return feed(job).checking(CHECK);
  }

  /** As autovacuum does: what it sees of a file that is on its way is all that is known later. */
  private static void analyze() {
    DATABASE.superuser().sql("ANALYZE staging.large").update();
  }

  private static String expected(LargeFeed feed) {
    return feed.one(
        """
        SELECT r.message
        FROM commondata.file_reject AS r
        ORDER BY r.file DESC
        LIMIT 1
        """);
  }

  @ParameterizedTest
  @CsvSource({"merge, 3000", "typed-merge, 1500"})
  void knowsOfTheRowsOfALargeFile(String job, long rows) {
    LargeFeed feed = checked(job);
    DATABASE
        .superuser()
        .sql(
            """
            INSERT INTO staging.large (file, line, id, n)
            SELECT 1000000, n, n, n FROM generate_series(1, 5000) AS n
            """)
        .update();
    analyze();

    feed.load("a.csv", LargeFeed.records(RECORDS));

    assertThat(feed.ledger()).containsExactly("a.csv LOADED %d %d 1".formatted(RECORDS, 2_999));
    assertThat(Long.parseLong(expected(feed))).isCloseTo(rows, Percentage.withPercentage(10));
  }

  @Test
  void knowsOfRowsThatNobodyElseCanSee() throws IOException {
    LargeFeed feed = checked("merge");
    Path file = Files.writeString(drop.resolve("a.csv"), LargeFeed.records(RECORDS));

    DryRunOutcome outcome = feed.dryRun().of(file, Clock.systemUTC(), 10);

    assertThat(((DryRunOutcome.Tried) outcome).errors())
        .extracting(RecordError::message)
        .containsExactly(Integer.toString(RECORDS));
  }

  @ParameterizedTest
  @ValueSource(strings = {"staging.large", "catalog.large", "catalog.large_split", "staging.none"})
  void looksThroughNoTableThatIsNotTheFiles(String table) {
    LargeFeed feed = feed("append");
    feed.drop("a.csv", LargeFeed.records(10));
    feed.pollUntilDeadAt(FaultPoint.FILE_CLAIMED, 1);
    DATABASE.superuser().sql("ALTER TABLE staging.large OWNER TO warehouse_service").update();
    try {
      assertThat(
              DATABASE
                  .login("catalog_service")
                  .jdbc()
                  .sql(
                      """
                      SELECT commondata.analyze_staged(max(f.id), :table)
                      FROM commondata.file AS f
                      """)
                  .param("table", table)
                  .query(Boolean.class)
                  .single())
          .isFalse();
    } finally {
      DATABASE.superuser().sql("ALTER TABLE staging.large OWNER TO commondata_owner").update();
    }
  }
}

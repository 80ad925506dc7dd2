package commondata.feed;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How much a file may have refused, and how long its statements may take. */
final class FeedLimitsIT extends LargeFeedSteps {

  private static final int SHOWN = RefusedSoFar.SHOWN_MAX;
  private static final int RECORDS = 4 * SHOWN;

  /** Slices that may be under way when a file is found to be lost, of as many records at most. */
  private static final int UNDER_WAY = 4 * LargeFeed.SLICE_BYTES / 48;

  /** Writes down how long a statement may take. */
  private static final String TELL_TIMEOUT =
      """
      INSERT INTO commondata.check_reject (file, line, column_name, code, message)
      SELECT
          s.file,
          s.line,
          'n',
          'E-STATE',
          current_setting('statement_timeout')
      FROM %s AS s
      WHERE s.file = :file_id AND s.line = 2;
      """;

  private static String garbage() {
    return "id,n\n" + "x,y\n".repeat(RECORDS) + "#T,%d,0\n".formatted(RECORDS);
  }

  @ParameterizedTest
  @CsvSource({"append, max: 10", "merge, max: 10", "packed, max: 10", "append, max_ratio: 0.1"})
  void readsNoFurtherInAFileThatIsLost(String job, String limit) {
    LargeFeed feed = feed(job).limited("rejects: {%s}\n".formatted(limit));
    feed.drop("a.csv", garbage());

    CatalogFeed.untilQuiet(feed.poll());

    assertThat(feed.one("SELECT state || ' ' || reason FROM commondata.file"))
        .matches(
            "REJECTED E-LIMIT: \\d+ records are refused, and allowed are .*: the rest was not read");
    assertThat(
            Long.parseLong(
                feed.one(
                    "SELECT count(DISTINCT line)::text FROM commondata.file_reject WHERE line > 0")))
        .isBetween((long) SHOWN, RECORDS / 2L);
    assertThat(
            feed.one(
                "SELECT (record_count >= rejected_count AND rejected_count > 0)::text FROM commondata.file"))
        .isEqualTo("true");
    assertThat(feed.one("SELECT count(*)::text FROM staging.all_large")).isEqualTo("0");
    assertThat(feed.query("SELECT id::text FROM catalog.large")).isEmpty();
  }

  private static String rejecting(int line) {
    return """
        INSERT INTO commondata.check_reject (file, line, column_name, code, message)
        VALUES (:file_id, %d, '', 'E-STATE', 'not today');
        """
        .formatted(line);
  }

  @ParameterizedTest
  @ValueSource(strings = {"append", "merge"})
  void refusesAFileAsAWholeForACheckThatRefusesLineZero(String job) {
    LargeFeed feed = feed(job).checking(rejecting(0));
    feed.load("a.csv", LargeFeed.records(3));

    assertThat(feed.ledger()).containsExactly("a.csv REJECTED 3 0 0");
    assertThat(feed.one("SELECT reason FROM commondata.file")).isEqualTo("E-STATE: not today");
    assertThat(feed.rejects()).containsExactly("0 E-STATE");
    assertThat(feed.query("SELECT id::text FROM catalog.large")).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"append, 1", "merge, 1", "append, 5", "merge, 99"})
  void saysThatACheckRefusesALineWithoutARecord(String job, int line) {
    LargeFeed feed = feed(job).checking(rejecting(line));
    feed.load("a.csv", LargeFeed.records(3));

    assertThat(feed.ledger()).containsExactly("a.csv REJECTED 0 0 0");
    assertThat(feed.one("SELECT reason FROM commondata.file"))
        .contains("a check refuses line %d, where no record begins".formatted(line));
  }

  /** The server names no row of a COPY whose foreign key it misses. */
  @Test
  void refusesAFileForAForeignKey() {
    DATABASE
        .superuser()
        .sql(
            """
            CREATE TABLE catalog.large_known (n integer PRIMARY KEY);
            INSERT INTO catalog.large_known VALUES (0), (1);
            ALTER TABLE catalog.large
                ADD CONSTRAINT large_is_known FOREIGN KEY (n) REFERENCES catalog.large_known;
            """)
        .update();
    LargeFeed feed = feed("append");
    try {
      feed.load("a.csv", LargeFeed.records(2));
      feed.load("b.csv", LargeFeed.records(3));
    } finally {
      DATABASE.superuser().sql("ALTER TABLE catalog.large DROP CONSTRAINT large_is_known").update();
      DATABASE.superuser().sql("DROP TABLE catalog.large_known").update();
    }

    assertThat(feed.ledger()).containsExactly("a.csv LOADED 2 2 0", "b.csv REJECTED 0 0 0");
    assertThat(feed.rejects()).containsExactly("0 E-JOB");
  }

  @Test
  void keepsNoMoreRejectsThanWereUnderWay() {
    LargeFeed feed = feed("append").limited("rejects: {max: 10}\n");
    feed.drop("a.csv", garbage());

    CatalogFeed.untilQuiet(feed.poll());

    assertThat(Long.parseLong(feed.one("SELECT rejected_count::text FROM commondata.file")))
        .isBetween((long) SHOWN + 1, (long) SHOWN + UNDER_WAY);
  }

  @ParameterizedTest
  @ValueSource(strings = {"max: 30000", "max_ratio: 0.9", "max: 1, on_exceed: load-rest"})
  void readsAFileToItsEndThatMayStillBeLoaded(String limit) {
    LargeFeed feed = feed("merge").limited("rejects: {%s}\n".formatted(limit));
    int refused = SHOWN + 10;
    StringBuilder csv = new StringBuilder("id,n\n").append("x,y\n".repeat(refused));
    for (int i = 0; i < 2_000; i++) {
      csv.append(LargeFeed.id(i)).append(",0\n");
    }
    feed.drop("a.csv", csv.append("#T,%d,0\n".formatted(refused + 2_000)).toString());

    CatalogFeed.untilQuiet(feed.poll());

    assertThat(feed.ledger())
        .containsExactly("a.csv LOADED %d 2000 %d".formatted(refused + 2_000, refused));
  }

  @Test
  void saysSoInADryRun() {
    LargeFeed feed = feed("append").limited("rejects: {max: 10}\n");
    feed.drop("a.csv", garbage());

    DryRunOutcome outcome = feed.dryRun().of(feed.incoming("a.csv"), Clock.systemUTC(), 5);

    assertThat(outcome)
        .isInstanceOfSatisfying(
            DryRunOutcome.Tried.class,
            tried -> {
              assertThat(tried.state()).isEqualTo("REJECTED");
              assertThat(tried.rejected()).isEqualTo(SHOWN + 1);
            });
  }

  @Test
  void takesTheRestOfAFileOfWhichTheTableRefusesThousandsOfRecords() {
    LargeFeed feed = feed("append");
    FeedPoll poll = new FeedPoll(feed.feed().withSliceBytes(1_000_000), clock);
    feed.drop("a.csv", LargeFeed.records(3_000));
    feed.drop("b.csv", LargeFeed.records(3_100));

    CatalogFeed.untilQuiet(poll);

    assertThat(feed.ledger())
        .containsExactly("a.csv LOADED 3000 3000 0", "b.csv LOADED 3100 100 3000");
    assertThat(feed.query("SELECT DISTINCT code FROM commondata.file_reject"))
        .containsExactly("E-KEY-DUP");
  }

  @ParameterizedTest
  @ValueSource(strings = {"append", "merge"})
  void letsEachStatementTakeTheWholeTimeoutHoweverLongTheCopyingWas(String job) {
    LargeFeed feed = feed(job).limited("timeout: 7m\nrejects: {max: 4}\n").checking(TELL_TIMEOUT);
    feed.drop("a.csv", LargeFeed.records(200));

    CatalogFeed.untilQuiet(feed.poll());

    assertThat(feed.ledger()).containsExactly("a.csv LOADED 200 199 1");
    assertThat(feed.query("SELECT message FROM commondata.file_reject")).containsExactly("7min");
  }

  @Test
  void endsAStatementOfAFeedThatTakesTooLong() {
    LargeFeed feed = feed("append").limited("timeout: 1s\n").checking("SELECT pg_sleep(60)");
    feed.drop("a.csv", LargeFeed.records(200));

    CatalogFeed.untilQuiet(feed.poll());

    assertThat(feed.one("SELECT reason FROM commondata.file"))
        .startsWith("E-JOB: ")
        .contains("statement timeout");
    assertThat(feed.query("SELECT id::text FROM catalog.large")).isEmpty();
  }
}

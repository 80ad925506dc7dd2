package commondata.feed;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tables with functions of their own, that refuse records or leave them out. */
final class RefusingTableIT extends LargeFeedSteps {

  private static final int MANY = 300;

  private static final String FUNCTIONS =
      """
      CREATE FUNCTION catalog.is_not_4(n integer) RETURNS boolean LANGUAGE plpgsql AS $$
      BEGIN
          IF n = 4 THEN
              RAISE EXCEPTION 'no 4' USING ERRCODE = 'check_violation';
          END IF;
          RETURN true;
      END
      $$;
      CREATE FUNCTION catalog.refuse_4() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
          PERFORM catalog.is_not_4(new.n);
          RETURN new;
      END
      $$;
      CREATE FUNCTION catalog.raise_4() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
          IF new.n = 4 THEN
              RAISE EXCEPTION 'no 4';
          END IF;
          RETURN new;
      END
      $$;
      CREATE FUNCTION catalog.long_key_of_4(n integer) RETURNS text IMMUTABLE AS $$
          SELECT string_agg(md5(CAST(i AS text)), '') FROM generate_series(1, 300) AS i WHERE n = 4
      $$ LANGUAGE sql;
      CREATE FUNCTION catalog.leave_4_out() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
          RETURN CASE WHEN new.n = 4 THEN NULL ELSE new END;
      END
      $$;
      """;

  @BeforeEach
  void makeTablesAnew() {
    LargeFeed.makeTablesAnew(DATABASE);
    execute(
        """
        DROP FUNCTION IF EXISTS
            catalog.is_not_4,
            catalog.refuse_4,
            catalog.raise_4,
            catalog.long_key_of_4,
            catalog.leave_4_out
        """);
    execute(FUNCTIONS);
  }

  private static void execute(String sql) {
    DATABASE.superuser().sql(sql).update();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ALTER TABLE catalog.large ADD CHECK (catalog.is_not_4(n))",
        "CREATE TRIGGER t BEFORE INSERT ON catalog.large"
            + " FOR EACH ROW EXECUTE FUNCTION catalog.refuse_4()",
        "CREATE TRIGGER t BEFORE INSERT ON catalog.large"
            + " FOR EACH ROW EXECUTE FUNCTION catalog.raise_4()",
        "CREATE INDEX ON catalog.large (catalog.long_key_of_4(n))"
      })
  void refuseARecordByAFunction(String rule) {
    execute(rule);
    LargeFeed feed = feed("append");

    feed.load("a.csv", LargeFeed.records(10));

    assertThat(feed.ledger()).containsExactly("a.csv LOADED 10 9 1");
    assertThat(feed.rejects()).containsExactly("6 E-TABLE");
  }

  /** How much is copied at a time depends on the heap. */
  @ParameterizedTest
  @ValueSource(ints = {LargeFeed.SLICE_BYTES * 20, 10_000_000})
  void refuseAsManyRecordsAsTheLimitAllowsHoweverLargeTheSlices(int sliceBytes) {
    LargeFeed feed = feed("append");
    feed.drop("a.csv", with13(12_000));

    CatalogFeed.untilQuiet(new FeedPoll(feed.feed().withSliceBytes(sliceBytes), clock));

    assertThat(feed.ledger()).containsExactly("a.csv LOADED 12000 10800 1200");
    assertThat(feed.one("SELECT concat_ws(' ', count(*), sum(n)) FROM published.large"))
        .isEqualTo("10800 43200");
    assertThat(
            feed.one(
                """
                SELECT concat_ws(' ', count(*), min(line), max(line), min(code), max(code))
                FROM commondata.file_reject
                """))
        .isEqualTo("1200 11 12001 E-TABLE E-TABLE");
  }

  /** A tenth of the records has what the table refuses. */
  private static String with13(int records) {
    return LargeFeed.records(records)
        .replace(",9\n", ",13\n")
        .replaceFirst("#T.*", "#T,%d,%d".formatted(records, records / 10 * 49));
  }

  @Test
  void areNotAskedForTheRestOnceTheLimitCannotBeKept() {
    LargeFeed feed = feed("append").limited("rejects: {max: 4}\n");
    feed.drop("a.csv", LargeFeed.records(30_000).replaceAll(",[0-8]\n", ",13\n"));

    CatalogFeed.untilQuiet(new FeedPoll(feed.feed().withSliceBytes(10_000_000), clock));

    assertThat(feed.ledger()).containsExactly("a.csv REJECTED 10001 0 10001");
    assertThat(feed.one("SELECT reason FROM commondata.file"))
        .matches(
            "E-LIMIT at line \\d+: 10001 records are refused, and allowed are at most 4 and 100.0 %"
                + " of a file: the rest was not read; the last of them: the table refuses it: new"
                + " row for relation \"large\" violates check constraint \"large_n_check\"");
    assertThat(feed.one("SELECT count(*)::text FROM catalog.large")).isEqualTo("0");
  }

  /** What empties it for a refusal, too, is what fails. */
  @Test
  void thatCannotBeEmptiedIsTheMessageOfItsRun() {
    LargeFeed feed = feed("merge");
    execute("REVOKE TRUNCATE ON staging.large FROM catalog_service");

    feed.load("a.csv", LargeFeed.records(MANY));

    assertThat(feed.ledger()).containsExactly("a.csv CLAIMED 0 0 0");
    assertThat(feed.one("SELECT concat_ws(' ', state, exit_code, message) FROM commondata.run"))
        .startsWith("FAILED 12 ERROR: permission denied for table large")
        .contains("(and the file can't be refused: ");
  }

  @Test
  void mayNotLoseRecordsByAStep() throws IOException {
    LargeFeed feed = feed("append");
    Path job = drop.resolve("jobs/append");
    Files.writeString(
        job.resolve("job.yaml"), Files.readString(job.resolve("job.yaml")) + "  - sql: lose.sql\n");
    Files.writeString(
        job.resolve("lose.sql"),
        "DELETE FROM catalog.large AS l WHERE l.file = :file_id AND l.n = 4;\n");

    feed.load("a.csv", LargeFeed.records(10));

    assertThat(feed.ledger()).containsExactly("a.csv REJECTED 0 0 0");
    assertThat(feed.one("SELECT message FROM commondata.run"))
        .contains("10 records were read, but 9 loaded and 0 refused: a step removed rows");
  }

  @ParameterizedTest
  @ValueSource(ints = {10, MANY})
  void mayNotLeaveARecordOut(int records) {
    execute(
        "CREATE TRIGGER t BEFORE INSERT ON catalog.large"
            + " FOR EACH ROW EXECUTE FUNCTION catalog.leave_4_out()");
    LargeFeed feed = feed("append");

    feed.load("a.csv", LargeFeed.records(records));

    assertThat(feed.ledger()).hasSize(1).first().asString().startsWith("a.csv REJECTED");
    assertThat(feed.one("SELECT exit_code || message FROM commondata.run"))
        .startsWith("12")
        .contains("COPY catalog.large", "no trigger of the table may leave one out");
    assertThat(feed.one("SELECT count(*)::text FROM catalog.large")).isEqualTo("0");
  }
}

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
      CREATE FUNCTION catalog.leave_4_out() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
          RETURN CASE WHEN new.n = 4 THEN NULL ELSE new END;
      END
      $$;
      """;

  @BeforeEach
  void makeTablesAnew() {
    LargeFeed.makeTablesAnew(DATABASE);
    execute("DROP FUNCTION IF EXISTS catalog.is_not_4, catalog.refuse_4, catalog.leave_4_out");
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
            + " FOR EACH ROW EXECUTE FUNCTION catalog.refuse_4()"
      })
  void refuseARecordByAFunction(String rule) {
    execute(rule);
    LargeFeed feed = feed("append");

    feed.load("a.csv", LargeFeed.records(10));

    assertThat(feed.ledger()).containsExactly("a.csv LOADED 10 9 1");
    assertThat(feed.rejects()).containsExactly("6 E-TABLE");
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

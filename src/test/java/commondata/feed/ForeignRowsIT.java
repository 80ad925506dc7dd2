package commondata.feed;

import static org.assertj.core.api.Assertions.assertThat;

import commondata.fault.FaultPoint;
import java.io.IOException;
import java.nio.file.Files;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** SQL of a feed that forgets to say which file it is about. */
final class ForeignRowsIT extends LargeFeedSteps {

  private static final String FORGETFUL =
      """
      -- counts: nothing
      SELECT count(*)
      FROM commondata.file AS f
      WHERE f.id = :file_id;
      INSERT INTO commondata.check_reject (file, line, code, message)
      SELECT max(s.file), 0, 'E-MANY', 'more than three'
      FROM %s AS s
      HAVING count(*) > 3;
      """;

  @Test
  void isNamedWithItsPlaceWhenTheFeedIsMadeReady() {
    LargeFeed feed = feed("merge").checking(FORGETFUL);

    assertThat(ForeignRows.of(feed.feed()))
        .singleElement()
        .asString()
        .endsWith(
            "merge/check.sql, line 5: names staging.large without \":file_id\", and may meet rows of"
                + " other files there: add WHERE file = :file_id");
  }

  @ParameterizedTest
  @ValueSource(strings = {"append", "split", "merge", "typed", "typed-merge"})
  void isNotFoundWhereEachStatementSaysIt(String job) {
    assertThat(ForeignRows.of(feed(job).feed())).isEmpty();
  }

  /** What is appended to holds all files, and a check may ask for what is there. */
  @Test
  void isNoneInATableThatKeepsTheRows() {
    assertThat(ForeignRows.of(feed("append").checking(FORGETFUL).feed())).isEmpty();
  }

  /** Why it is worth a warning: half of another file is there, which nobody can load now. */
  @Test
  void meetsTheRowsOfAFileThatIsLoadedInPart() throws IOException {
    LargeFeed feed = feed("merge").checking(FORGETFUL);
    feed.drop("a.csv", LargeFeed.records(600));
    feed.pollUntilDeadAt(FaultPoint.SLICE_COMMITTED, 3);
    Files.delete(feed.claimed());

    feed.load("b.csv", LargeFeed.records(3).replace("-4000-", "-4001-"));

    assertThat(feed.ledger()).containsExactly("a.csv CLAIMED 0 0 0", "b.csv REJECTED 3 0 0");
    assertThat(feed.one("SELECT reason FROM commondata.file WHERE name = 'b.csv'"))
        .isEqualTo("E-MANY: more than three");
  }
}

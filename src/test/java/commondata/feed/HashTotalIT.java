package commondata.feed;

import static org.assertj.core.api.Assertions.assertThat;

import commondata.fault.FaultPoint;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The last digits of a sum, of which each slice keeps its part in the ledger. */
final class HashTotalIT extends LargeFeedSteps {

  private static final int RECORDS = 1_003;

  /** The sum is 4503. */
  private static String records(String hash) {
    return LargeFeed.records(RECORDS).replaceFirst("#T,.*", "#T," + hash);
  }

  @ParameterizedTest
  @ValueSource(strings = {"append", "packed", "merge", "typed"})
  void isThatOfTheSlicesOfAllRuns(String job) {
    LargeFeed feed = feed(job).hashed();
    feed.drop("a.csv", records("03"));
    feed.pollUntilDeadAt(FaultPoint.SLICE_COMMITTED, 5);
    assertThat(feed.one("SELECT sum(totals[1])::text FROM commondata.file_slice"))
        .satisfies(kept -> assertThat(Long.parseLong(kept)).isPositive());

    CatalogFeed.untilQuiet(feed.poll());

    assertThat(feed.ledger()).containsExactly("a.csv LOADED 1003 1003 0");
    assertThat(feed.one("SELECT max(totals[1])::text FROM commondata.file_slice"))
        .as("of each slice no more digits are kept")
        .hasSizeLessThanOrEqualTo(2);
  }

  @ParameterizedTest
  @CsvSource({"append, 04", "merge, 13", "append, 4503"})
  void refusesAFileThatDeclaresAnother(String job, String hash) {
    LargeFeed feed = feed(job).hashed();

    feed.load("a.csv", records(hash));

    assertThat(feed.ledger()).containsExactly("a.csv REJECTED 1003 0 0");
    assertThat(feed.rejects()).containsExactly("1005 E-CTL-HASH");
    assertThat(feed.one("SELECT count(*)::text FROM published.large")).isEqualTo("0");
  }
}

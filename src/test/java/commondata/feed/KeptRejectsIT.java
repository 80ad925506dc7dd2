package commondata.feed;

import static org.assertj.core.api.Assertions.assertThat;

import commondata.operate.Act;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import testkit.SettableClock;

/** What was refused of files is kept as long as they are. */
final class KeptRejectsIT extends LargeFeedSteps {

  private static final Act ANN = new Act("ann", "the bank called");

  /** By a node whose clock says so many days after now. */
  private static void upkeep(LargeFeed feed, int days) {
    String then = Instant.now().plus(Duration.ofDays(days)).toString();
    new FeedUpkeep(List.of(feed.feed()), List.of(), SettableClock.at(then)).pollOnce();
  }

  @Test
  void keepsRefusedRecordsAsLongAsTheirFile() {
    LargeFeed feed = feed("append").with(", keep: 400d");
    feed.load("a.csv", "id,n\n%s,1\n%s,x\n#T,2,1\n".formatted(LargeFeed.id(1), LargeFeed.id(2)));
    feed.load("bad.csv", "id,n\n%s,1\n%s,y\n".formatted(LargeFeed.id(3), LargeFeed.id(4)));
    long file = Long.parseLong(feed.one("SELECT min(id)::text FROM commondata.file"));
    SortedMap<Long, String> corrected = new TreeMap<>(Map.of(3L, LargeFeed.id(2) + ",2"));
    assertThat(feed.corrections().resubmit(file, corrected, ANN))
        .isInstanceOf(CorrectionOutcome.Loaded.class);

    upkeep(feed, 399);
    assertThat(feed.rejects()).hasSize(3);

    upkeep(feed, 402);

    assertThat(feed.rejects()).isEmpty();
    assertThat(feed.query("SELECT record FROM commondata.file_correction")).isEmpty();
    assertThat(
            feed.query(
                """
                SELECT concat_ws(
                    ' ', f.name, f.state, f.rejected_count, f.rejects_removed_at IS NOT NULL)
                FROM commondata.file AS f
                ORDER BY f.id
                """))
        .containsExactly("a.csv LOADED 1 t", "bad.csv REJECTED 1 t", "a.csv LOADED 0 f");
    assertThat(
            feed.query(
                """
                SELECT c.name
                FROM invariant.check() AS c
                WHERE c.violations > 0
                """))
        .isEmpty();
    assertThat(feed.corrections().resubmit(file, corrected, ANN).toString())
        .contains("its refused records were kept long enough and are removed");
    assertThat(feed.query("SELECT n || ' ' || line FROM published.large ORDER BY line"))
        .containsExactly("1 2", "2 3");
  }
}

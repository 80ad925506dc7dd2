package commondata.feed;

import static org.assertj.core.api.Assertions.assertThat;

import commondata.fault.FaultPoint;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Somebody takes a large file away between two of its slices. */
final class VanishedFileIT extends LargeFeedSteps {

  private static final int RECORDS = 1_000;
  private static final String NEXT = "b.csv LOADED 3 3 0";

  private static void dropNext(LargeFeed feed) {
    feed.drop("b.csv", LargeFeed.records(3).replace("-4000-", "-4001-"));
  }

  private static void take(Path file) {
    try {
      Files.delete(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void takeAwayAt(LargeFeed feed, FaultPoint where, int time) {
    AtomicInteger times = new AtomicInteger();
    FaultPoint.hook(
        point -> {
          if (point == where && times.incrementAndGet() == time) {
            assertThat(feed.one("SELECT count(*)::text FROM published.large")).isEqualTo("0");
            take(feed.claimed());
          }
        });
  }

  /** Of slices that are loaded and of a file that is open, nothing is missing. */
  @ParameterizedTest
  @ValueSource(strings = {"append", "split", "merge"})
  void loadsItWholeIfItNeedNotBeOpenedAgain(String job) {
    LargeFeed feed = feed(job);
    feed.drop("a.csv", LargeFeed.records(RECORDS));
    dropNext(feed);
    takeAwayAt(feed, FaultPoint.SLICE_COMMITTED, 3);

    CatalogFeed.untilQuiet(feed.poll());

    assertThat(feed.ledger()).containsExactly("a.csv LOADED 1000 1000 0", NEXT);
    assertThat(feed.one("SELECT count(*)::text FROM published.large")).isEqualTo("1003");
  }

  /** A check has refused a record, which is looked up in the file. */
  @ParameterizedTest
  @ValueSource(strings = {"append", "split", "merge"})
  void refusesItIfItMustBeReadOnceMore(String job) {
    LargeFeed feed = feed(job);
    feed.drop(
        "a.csv",
        LargeFeed.records(RECORDS).replaceFirst(",0\n", ",77\n").replace(",4500\n", ",4577\n"));
    dropNext(feed);
    takeAwayAt(feed, FaultPoint.SLICE_COMMITTED, 3);

    CatalogFeed.untilQuiet(feed.poll());

    assertGone(feed);
  }

  @ParameterizedTest
  @ValueSource(strings = {"append", "packed", "split", "merge", "typed", "typed-merge"})
  void refusesItIfTheNextRunDoesNotFindIt(String job) {
    LargeFeed feed = feed(job);
    feed.drop("a.csv", LargeFeed.records(RECORDS));
    dropNext(feed);
    feed.pollUntilDeadAt(FaultPoint.SLICE_COMMITTED, 7);
    assertThat(slices(feed)).hasSizeGreaterThanOrEqualTo(7);
    takeAwayAt(feed, FaultPoint.SLICE_TAKEN, 1);

    CatalogFeed.untilQuiet(feed.poll());

    assertGone(feed);
    feed.load("a.csv", LargeFeed.records(RECORDS));
    assertThat(feed.ledger()).contains("a.csv LOADED 1000 1000 0");
    assertThat(feed.one("SELECT count(*)::text FROM published.large")).isEqualTo("1003");
  }

  private static void assertGone(LargeFeed feed) {
    assertThat(feed.ledger()).hasSize(2).contains(NEXT);
    assertThat(feed.ledger().get(0))
        .as("what its slices had read")
        .matches("a\\.csv REJECTED [1-9]\\d* 0 0");
    assertThat(feed.one("SELECT reason FROM commondata.file WHERE name = 'a.csv'"))
        .isEqualTo("E-CONTENT: the file was removed after it was claimed; hand it in again");
    assertThat(feed.one("SELECT count(*)::text FROM published.large")).isEqualTo("3");
    assertThat(
            feed.one(
                """
                SELECT count(*)::text
                FROM (
                    TABLE catalog.large
                    UNION ALL
                    TABLE catalog.large_odd
                    UNION ALL
                    TABLE catalog.large_split
                ) AS l
                """))
        .as("no rows of it are left behind the view")
        .isEqualTo("3");
    assertThat(feed.one("SELECT count(*)::text FROM staging.all_large")).isEqualTo("0");
    assertThat(feed.query("SELECT state FROM commondata.run WHERE state = 'RUNNING'")).isEmpty();
  }

  /** Nobody sees it then but the alarm: where it went, and whether it comes back, people know. */
  @ParameterizedTest
  @ValueSource(strings = {"append", "split", "merge"})
  void goesOnWithItWhenItIsHandedInAgain(String job) {
    LargeFeed feed = feed(job);
    feed.drop("a.csv", LargeFeed.records(RECORDS));
    dropNext(feed);
    feed.pollUntilDeadAt(FaultPoint.SLICE_COMMITTED, 7);
    List<String> before = slices(feed);
    take(feed.claimed());

    CatalogFeed.untilQuiet(feed.poll());
    assertThat(feed.ledger()).containsExactly("a.csv CLAIMED 0 0 0", NEXT);
    assertThat(feed.one("SELECT count(*)::text FROM published.large")).isEqualTo("3");
    feed.query(
        """
        UPDATE commondata.file
        SET arrived_at = arrived_at - interval '16 minutes'
        WHERE name = 'a.csv'
        RETURNING name
        """);
    assertThat(feed.query("SELECT alarm FROM commondata.file_alarm")).containsExactly("file-stuck");

    feed.load("a.csv", LargeFeed.records(RECORDS));
    assertThat(feed.ledger()).containsExactly("a.csv LOADED 1000 1000 0", NEXT);
    assertThat(slices(feed)).containsAll(before);
    assertThat(feed.one("SELECT count(*)::text FROM published.large")).isEqualTo("1003");
  }

  private static List<String> slices(LargeFeed feed) {
    return feed.query("SELECT byte_from || ' ' || run FROM commondata.file_slice");
  }
}

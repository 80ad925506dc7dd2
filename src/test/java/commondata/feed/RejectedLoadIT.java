package commondata.feed;

import static org.assertj.core.api.Assertions.assertThat;

import commondata.fault.FaultPoint;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An operator rejects a file of which some slices are committed. */
final class RejectedLoadIT extends LargeFeedSteps {

  private static final int RECORDS = 1_000;

  /** Past the view and wherever they are. */
  private static final String ROWS =
      """
      SELECT count(*)::text
      FROM (
          SELECT file FROM catalog.large
          UNION ALL
          SELECT file FROM catalog.large_odd
          UNION ALL
          SELECT file FROM catalog.large_split
          UNION ALL
          SELECT file FROM staging.all_large
      ) AS l
      """;

  private static final String WAITING =
      """
      SELECT a.query
      FROM pg_stat_activity AS a
      WHERE a.wait_event_type = 'Lock'
        AND a.query LIKE 'DELETE FROM catalog.large %'
        AND a.datname = current_database()
      """;

  private static List<String> reject() {
    return DATABASE
        .login("commondata_operator")
        .jdbc()
        .sql(
            """
            SELECT coalesce(commondata.reject_file(max(f.id), 'ann', 'the store says so'), 'done')
            FROM commondata.file AS f
            """)
        .query(String.class)
        .list();
  }

  @ParameterizedTest
  @ValueSource(strings = {"append", "packed", "split", "merge", "typed", "typed-merge"})
  void leavesNothingInTheWayOfTheSameRecords(String job) {
    LargeFeed feed = feed(job);
    feed.drop("a.csv", LargeFeed.records(RECORDS));
    feed.pollUntilDeadAt(FaultPoint.SLICE_COMMITTED, 7);

    assertThat(reject()).containsExactly("done");
    assertThat(feed.one("SELECT count(*)::text FROM published.large")).isEqualTo("0");
    feed.load("again.csv", LargeFeed.records(RECORDS));

    assertThat(feed.ledger())
        .containsExactly(
            "a.csv REJECTED %s 0 0".formatted(sliced(feed)), "again.csv LOADED 1000 1000 0");
    assertThat(feed.one("SELECT count(*)::text FROM published.large")).isEqualTo("1000");
    assertThat(feed.one(ROWS)).isEqualTo("1000");
    String id = feed.one("SELECT min(id)::text FROM commondata.file");
    assertThat(drop.resolve("%s/rejected/%s-a.csv.reason.txt".formatted(job, id)))
        .hasContent("rejected by ann: the store says so");
    assertThat(
            feed.query(
                """
                SELECT concat_ws(' ', a.actor, a.act, a.target, a.reason, a.before ->> 'inPart')
                FROM commondata.operator_act AS a
                ORDER BY a.id DESC
                LIMIT 1
                """))
        .containsExactly("ann reject file %s the store says so true".formatted(id));
  }

  @ParameterizedTest
  @ValueSource(strings = {"append", "split", "merge"})
  void leavesNothingBehindUpkeepIfNoFileFollows(String job) {
    LargeFeed feed = feed(job);
    feed.drop("a.csv", LargeFeed.records(RECORDS));
    feed.pollUntilDeadAt(FaultPoint.SLICE_COMMITTED, 7);
    reject();

    new FeedUpkeep(List.of(feed.feed()), List.of(), clock).pollOnce();

    assertThat(feed.one(ROWS)).isEqualTo("0");
    assertThat(
            feed.query(
                """
                SELECT to_regclass('catalog.large_split_' || max(f.id))::text
                FROM commondata.file AS f
                """))
        .as("a table of its own")
        .containsOnlyNulls();
    assertThat(feed.query("SELECT file::text FROM commondata.file_load WHERE is_discard"))
        .isEmpty();
  }

  /** It may take minutes; a run that nobody holds counts as one of a node that died. */
  @Test
  void startsNoRunUntilTheRowsAreRemoved() throws SQLException {
    LargeFeed feed = feed("append");
    feed.drop("a.csv", LargeFeed.records(RECORDS));
    feed.pollUntilDeadAt(FaultPoint.SLICE_COMMITTED, 7);
    reject();
    feed.drop("again.csv", LargeFeed.records(RECORDS));
    CompletableFuture<Void> loaded;

    try (Connection other = DATABASE.superuserDataSource().getConnection();
        Statement statement = other.createStatement()) {
      other.setAutoCommit(false);
      statement.execute("LOCK TABLE catalog.large IN SHARE MODE");
      FeedPoll poll = feed.poll();
      loaded = CompletableFuture.runAsync(() -> CatalogFeed.untilQuiet(poll));
      Awaitility.await().until(() -> !feed.query(WAITING).isEmpty());
      assertThat(feed.query("SELECT id::text FROM commondata.run"))
          .as("that of the node that died")
          .hasSize(1);
      other.rollback();
    }
    loaded.join();

    assertThat(feed.ledger()).contains("again.csv LOADED 1000 1000 0");
    assertThat(feed.one(ROWS)).isEqualTo("1000");
  }

  /** Its transaction has the rows of a slice; it knows nothing of what the operator did. */
  @Test
  void undoesTheSliceOfANodeThatWakesUp() {
    LargeFeed feed = feed("append");
    feed.drop("a.csv", LargeFeed.records(RECORDS));
    CountDownLatch stopped = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    AtomicBoolean once = new AtomicBoolean();
    FaultPoint.hook(
        point -> {
          if (point == FaultPoint.SLICE_COPIED && once.compareAndSet(false, true)) {
            stopped.countDown();
            await(goOn);
          }
        });
    FeedPoll zombie = feed.poll();
    CompletableFuture<Boolean> woken = CompletableFuture.supplyAsync(zombie::pollOnce);
    await(stopped);
    assertThat(reject()).containsExactly("is being loaded right now: wait for its end");

    feed.cutOff();
    assertThat(reject()).containsExactly("done");
    new RejectedLoads(feed.feed()).discard();
    goOn.countDown();
    woken.join();

    assertThat(feed.one(ROWS)).isEqualTo("0");
    assertThat(feed.ledger()).containsExactly("a.csv REJECTED %s 0 0".formatted(sliced(feed)));
  }

  /** Records of the slices of the first file that were loaded. */
  private static String sliced(LargeFeed feed) {
    return feed.one(
        """
        SELECT coalesce(sum(s.record_count), 0)::text
        FROM commondata.file_slice AS s
        WHERE s.file = (SELECT min(f.id) FROM commondata.file AS f)
        """);
  }

  /** They stay; so does their number. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void countsTheRecordsThatWereRefused(boolean byHand) {
    LargeFeed feed = feed("append");
    feed.drop("a.csv", LargeFeed.records(RECORDS).replace(",0\n", ",x\n"));
    if (byHand) {
      feed.limited("rejects: {max: 1000}\n").pollUntilDeadAt(FaultPoint.SLICE_COMMITTED, 7);
      reject();
    } else {
      feed.limited("rejects: {max: 1000}\n").checking("SELECT 1 / 0;");
      CatalogFeed.untilQuiet(feed.poll());
    }

    String lines =
        feed.one("SELECT count(DISTINCT line)::text FROM commondata.file_reject WHERE line > 0");
    assertThat(Integer.parseInt(lines)).isGreaterThan(10);
    assertThat(feed.ledger())
        .containsExactly("a.csv REJECTED %s 0 %s".formatted(sliced(feed), lines));
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(60, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}

package commondata.feed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import commondata.fault.FaultPoint;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import testkit.TestDatabase;

/** Real processes on one drop directory: killed with SIGKILL, and racing. */
final class FeedProcessIT {

  private static final int RECORDS = 1_000;
  private static final int SLICES_UNDER_WAY_MAX = 4;
  private static final Duration LONGEST = Duration.ofMinutes(3);

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();

  private final List<Process> nodes = new ArrayList<>();
  @TempDir private Path drop = Path.of("");

  @BeforeAll
  static void makeTables() {
    LargeFeed.makeTables(DATABASE);
  }

  @BeforeEach
  void empty() {
    feed("merge").empty();
  }

  @AfterEach
  void endNodes() {
    nodes.forEach(node -> node.destroyForcibly().onExit().join());
  }

  private LargeFeed feed(String job) {
    return new LargeFeed(DATABASE, drop, Clock.systemUTC(), job);
  }

  private Process start(String job, FaultPoint point, int time) throws IOException {
    Process node = FeedProcess.start(DATABASE, drop, job, point, time);
    nodes.add(node);
    return node;
  }

  /** Waits until a node stands still where it was told to. */
  private void awaitStanding(Process node) throws IOException {
    BufferedReader output = node.inputReader(StandardCharsets.UTF_8);
    assertThat(output.readLine())
        .as(() -> "the node's log: " + log())
        .isEqualTo(FeedProcess.STANDS);
  }

  private String log() {
    try {
      return Files.readString(drop.resolve("node.log"));
    } catch (IOException e) {
      return e.toString();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "merge, FILE_CLAIMED, 1",
    "merge, FILE_MOVED, 1",
    "merge, FILE_STARTED, 1",
    "merge, FILE_LOCKED, 1",
    "merge, SLICE_TAKEN, 1",
    "merge, SLICE_COPIED, 9",
    "merge, SLICE_COMMITTED, 9",
    "append, SLICE_COPIED, 9",
    "append, SLICE_COMMITTED, 9",
    "packed, SLICE_COPIED, 9",
    "packed, SLICE_COMMITTED, 9",
    "merge, FILE_STAGED, 1",
    "merge, FILE_CHECKED, 1",
    "merge, FILE_MERGED, 1",
    "merge, FILE_FINISHED, 1",
    "merge, FILE_COMMITTED, 1",
    "merge, FILE_SETTLED, 1",
    "told, EVENTS_PUBLISHED, 2",
    "told, EVENTS_COMMITTED, 2"
  })
  void endsWhatANodeBeganThatWasKilled(String job, FaultPoint point, int time) throws Exception {
    LargeFeed feed = feed(job);
    feed.drop("a.csv", LargeFeed.records(RECORDS));
    String lastEvent = feed.one("SELECT coalesce(max(id), 0)::text FROM commondata.outbox");
    Process node = start(job, point, time);
    awaitStanding(node);
    node.destroyForcibly();
    assertThat(node.waitFor(LONGEST.toSeconds(), TimeUnit.SECONDS)).isTrue();
    assertThat(node.exitValue()).as("SIGKILL").isEqualTo(137);
    feed.ageRuns();
    List<String> slices = slices(feed);

    FeedPoll next = feed.poll();
    await()
        .atMost(LONGEST)
        .until(
            () -> {
              CatalogFeed.untilQuiet(next);
              return FeedProcess.isEmpty(drop.resolve(job));
            });

    assertWholeAndOnce(feed);
    assertThat(keysOfEventsBehind(feed, lastEvent))
        .doesNotHaveDuplicates()
        .hasSize(job.equals("told") ? RECORDS : 0);
    assertThat(slices(feed)).as("slices that were committed are kept").containsAll(slices);
    if (time > 1) {
      assertThat(slices).hasSizeGreaterThanOrEqualTo(time - SLICES_UNDER_WAY_MAX);
    }
  }

  private static List<String> keysOfEventsBehind(LargeFeed feed, String last) {
    return feed.query("SELECT o.key FROM commondata.outbox AS o WHERE o.id > " + last);
  }

  private static List<String> slices(LargeFeed feed) {
    return feed.query("SELECT byte_from || ' ' || run FROM commondata.file_slice");
  }

  private static void assertWholeAndOnce(LargeFeed feed) {
    assertThat(feed.ledger()).containsExactly("a.csv LOADED %d %d 0".formatted(RECORDS, RECORDS));
    assertThat(
            feed.one(
                "SELECT concat_ws(' ', count(*), sum(n), min(line), max(line)) FROM published.large"))
        .isEqualTo("%d %d 2 %d".formatted(RECORDS, RECORDS * 9 / 2, RECORDS + 1));
    assertThat(feed.one("SELECT count(*)::text FROM staging.large")).isEqualTo("0");
    assertThat(feed.query("SELECT state FROM commondata.run WHERE state = 'RUNNING'")).isEmpty();
  }

  @Test
  void twoNodesThatHaveReadTheSameFileLoadItOnceAndShareTheOthers() throws Exception {
    LargeFeed feed = feed("append");
    List<String> expected =
        IntStream.range(100, 130).mapToObj("f-%d.csv LOADED 1 1 0"::formatted).toList();
    IntStream.range(100, 130)
        .forEach(
            i ->
                feed.drop(
                    "f-%d.csv".formatted(i), "id,n\n%s,1\n#T,1,1\n".formatted(LargeFeed.id(i))));
    Process first = start("append", FaultPoint.FILE_CLAIMED, 1);
    Process second = start("append", FaultPoint.FILE_CLAIMED, 1);
    awaitStanding(first);
    awaitStanding(second);

    for (Process node : nodes) {
      node.getOutputStream().write('\n');
      node.getOutputStream().flush();
    }
    for (Process node : nodes) {
      assertThat(node.waitFor(LONGEST.toSeconds(), TimeUnit.SECONDS)).as(this::log).isTrue();
      assertThat(node.exitValue()).as(this::log).isZero();
    }

    assertThat(feed.ledger()).containsExactlyInAnyOrderElementsOf(expected);
    assertThat(feed.one("SELECT count(*)::text FROM published.large")).isEqualTo("30");
  }
}

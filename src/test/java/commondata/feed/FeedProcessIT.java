package commondata.feed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import commondata.fault.FaultPoint;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Real processes on one drop directory: killed with SIGKILL, and racing. */
final class FeedProcessIT extends FeedProcessSteps {

  private static final int RECORDS = 1_000;

  @ParameterizedTest
  @CsvSource({
    "merge, FILE_CLAIMED, 1",
    "merge, FILE_TAKEN, 1",
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
    "split, SLICE_COPIED, 9",
    "split, FILE_CHECKED, 1",
    "split, FILE_FINISHED, 1",
    "typed, SLICE_COMMITTED, 9",
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
    FeedProcess.awaitStanding(node, drop);
    node.destroyForcibly();
    assertThat(node.waitFor(LONGEST.toSeconds(), TimeUnit.SECONDS)).isTrue();
    assertThat(node.exitValue()).as("SIGKILL").isEqualTo(137);
    feed.ageRuns();
    List<String> slices = slices(feed);
    String furthest = feed.one("SELECT coalesce(max(byte_to), 0)::text FROM commondata.file_slice");

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
    int underWayMax = feed.feed().workers();
    if (time > 1) {
      assertThat(slices).hasSizeGreaterThanOrEqualTo(time - underWayMax);
    }
    assertThat(slicesBefore(feed, furthest))
        .as("slices that are done again, in front of the furthest that was committed")
        .hasSizeLessThan(slices.size() + underWayMax);
  }

  private static List<String> slicesBefore(LargeFeed feed, String bytes) {
    return feed.query(
        "SELECT byte_from::text FROM commondata.file_slice WHERE byte_from < " + bytes);
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

  /** The other file lies still meanwhile: a node that did not look would take both. */
  @Test
  void takesAFileThatGrowsOnceAndWhole() throws Exception {
    LargeFeed feed = feed("append").with(", ready: stable, quiet: 2s");
    feed.drop("a.csv", "id,n\n");
    feed.drop("b.csv", "id,n\n%s,1\n#T,1,1\n".formatted(LargeFeed.id(1)));
    Process writer = startWriter(feed.incoming("a.csv"));
    Process node = start("append", FaultPoint.FILE_SETTLED, 1);
    FeedProcess.awaitStanding(node, drop);
    assertThat(feed.ledger()).containsExactly("b.csv LOADED 1 1 0");
    FeedProcess.goOn(node);
    writer.outputWriter().close();
    int records = Integer.parseInt(writer.inputReader().readLine());

    FeedProcess.awaitEnd(node, drop, LONGEST);

    assertThat(records).isPositive();
    assertThat(feed.ledger())
        .containsExactly("b.csv LOADED 1 1 0", "a.csv LOADED %1$d %1$d 0".formatted(records));
    assertThat(feed.one("SELECT count(*)::text FROM published.large"))
        .isEqualTo(Integer.toString(records + 1));
  }

  /** A shell that appends a record ten times a second, until nobody listens: then the trailer. */
  private Process startWriter(Path file) throws IOException {
    String script =
        """
        n=0
        while read -t 0.1 end; [ $? -gt 128 ]; do
          n=$((n + 1))
          printf '%08x-0000-4000-8000-00000000ffff,1\\n' $n >> "$0"
        done
        printf '#T,%d,%d\\n' $n $n >> "$0"
        echo $n
        """;
    Process writer = new ProcessBuilder("bash", "-c", script, file.toString()).start();
    nodes.add(writer);
    return writer;
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
    FeedProcess.awaitStanding(first, drop);
    FeedProcess.awaitStanding(second, drop);

    for (Process node : nodes) {
      FeedProcess.goOn(node);
    }
    for (Process node : nodes) {
      FeedProcess.awaitEnd(node, drop, LONGEST);
    }

    assertThat(feed.ledger()).containsExactlyInAnyOrderElementsOf(expected);
    assertThat(feed.one("SELECT count(*)::text FROM published.large")).isEqualTo("30");
  }
}

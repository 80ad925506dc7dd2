package commondata.feed;

import static org.assertj.core.api.Assertions.assertThat;

import commondata.fault.FaultPoint;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How many threads load a file shows in nothing that is left of it. */
final class WorkersIT extends LargeFeedSteps {

  private static final int RECORDS = 1_000;
  private static final int WORKERS = 3;

  /** One in so many records is refused: some in each slice. */
  private static final int BAD_EACH = 17;

  private static final int NO_NUMBERS = 29;

  @Override
  LargeFeed feed(String job) {
    return super.feed(job).limited("rejects: {max: 500, on_exceed: load-rest}\n");
  }

  /** Everything of a load but the times and its numbers. */
  private record Left(
      List<String> ledger, List<String> rows, List<String> rejects, List<String> slices) {}

  @ParameterizedTest
  @ValueSource(strings = {"append", "packed", "split", "merge", "typed", "typed-merge"})
  void leavesTheSameAsOneThread(String job) {
    LargeFeed feed = feed(job);
    Left one = load(feed, 1);
    feed.empty();
    Set<String> threads = ConcurrentHashMap.newKeySet();
    AtomicInteger met = new AtomicInteger();
    // Each has a slice of its own in an open transaction: or nobody would come to the barrier.
    CyclicBarrier barrier = new CyclicBarrier(WORKERS, met::incrementAndGet);
    FaultPoint.hook(
        point -> {
          if (point == FaultPoint.SLICE_COPIED && threads.add(threadName())) {
            await(barrier);
          }
        });

    Left all = load(feed, WORKERS);

    assertThat(met).as("times all of them were at work at once").hasValue(1);
    assertThat(threads).hasSize(WORKERS);
    // The check looks at one of two types.
    int refused = job.startsWith("typed") ? NO_NUMBERS : 2 * NO_NUMBERS;
    assertThat(one.ledger())
        .containsExactly("a.csv LOADED 1000 %d %d".formatted(RECORDS - refused, refused));
    assertThat(one.rows()).hasSize(RECORDS - refused);
    assertThat(one.rejects()).hasSize(refused);
    assertThat(one.slices()).hasSizeGreaterThan(2 * WORKERS);
    assertThat(all).isEqualTo(one);
  }

  private static String threadName() {
    Thread thread = Thread.currentThread();
    return thread.getName() + " " + thread.getId();
  }

  private static void await(CyclicBarrier barrier) {
    try {
      barrier.await(30, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (BrokenBarrierException | TimeoutException e) {
      throw new IllegalStateException("they are not " + WORKERS, e);
    }
  }

  private Left load(LargeFeed feed, int workers) {
    feed.drop("a.csv", withBadRecords());
    CatalogFeed.untilQuiet(new FeedPoll(feed.feed().withWorkers(workers), clock));
    return new Left(
        feed.ledger(),
        feed.query(
            "SELECT concat_ws(' ', l.line, l.id, l.n) FROM published.large AS l ORDER BY l.line"),
        feed.query(
            """
            SELECT concat_ws(' ', r.line, r.byte_offset, r.column_name, r.code, r.message, r.raw)
            FROM commondata.file_reject AS r
            ORDER BY r.line, r.column_name
            """),
        feed.query(
            """
            SELECT concat_ws(
                ' ', s.byte_from, s.byte_to, s.line_from, s.line_to, s.record_count, s.row_count,
                s.rejected_count, s.totals, s.trailer_line)
            FROM commondata.file_slice AS s
            ORDER BY s.byte_from
            """));
  }

  /** By turns: a value that is no number, and one that the check refuses. */
  private static String withBadRecords() {
    String[] lines = LargeFeed.records(RECORDS).split("\n", -1);
    long total = RECORDS * 9L / 2;
    for (int line = BAD_EACH; line <= RECORDS; line += BAD_EACH) {
      int n = Integer.parseInt(lines[line].substring(lines[line].length() - 1));
      boolean isNumber = line % 2 == 0;
      lines[line] = LargeFeed.id(line - 1) + (isNumber ? ",77" : ",x");
      total += (isNumber ? 77 : 0) - n;
    }
    lines[RECORDS + 1] = "#T,%d,%d".formatted(RECORDS, total);
    return String.join("\n", lines);
  }
}

package commondata.feed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import commondata.fault.FaultPoint;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.SingleConnectionDataSource;
import testkit.SettableClock;
import testkit.TestDatabase;

/**
 * The server dies in the midst of a load: one of its processes is killed, it ends all sessions and
 * recovers, and what is not logged, such as staging, is empty.
 */
final class ServerCrashIT {

  private static final int RECORDS = 1_000;
  private static final int DEADLY_SLICE = 7;
  private static final Duration LONGEST = Duration.ofMinutes(3);

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();

  private final SettableClock clock = SettableClock.at("2026-11-21T12:00:00Z");
  @TempDir private Path drop = Path.of("");

  @BeforeAll
  static void makeTables() {
    LargeFeed.makeTables(DATABASE);
  }

  @BeforeEach
  void empty() {
    new LargeFeed(DATABASE, drop, clock, "append").empty();
  }

  @AfterEach
  void unhook() {
    FaultPoint.hook(null);
  }

  @ParameterizedTest
  @ValueSource(strings = {"append", "merge"})
  void endsALoadThatTheServerDidNotSurvive(String job) {
    LargeFeed feed = new LargeFeed(DATABASE, drop, clock, job);
    feed.drop("a.csv", LargeFeed.records(RECORDS));

    List<String> slices;
    try (SingleConnectionDataSource victim = DATABASE.superuserConnection()) {
      slices = loadWhileTheServerCrashes(job, feed, process(victim));
    }

    assertThat(slices).hasSizeGreaterThanOrEqualTo(DEADLY_SLICE);
    assertThat(feed.ledger()).containsExactly("a.csv LOADED %1$d %1$d 0".formatted(RECORDS));
    assertThat(feed.one("SELECT concat_ws(' ', count(*), sum(n)) FROM published.large"))
        .isEqualTo("%d %d".formatted(RECORDS, RECORDS * 9 / 2));
    assertThat(feed.one("SELECT count(*)::text FROM staging.large")).isEqualTo("0");
    if (job.equals("append")) {
      assertThat(slices(feed)).as("what is logged is not loaded again").containsAll(slices);
    } else {
      assertThat(slices(feed)).as("what was staged is").doesNotContainAnyElementsOf(slices);
    }
  }

  /** Returns the slices that were safe when the server's process was killed. */
  private List<String> loadWhileTheServerCrashes(String job, LargeFeed feed, ProcessHandle victim) {
    List<String> slices = new CopyOnWriteArrayList<>();
    AtomicInteger times = new AtomicInteger();
    FaultPoint.hook(
        point -> {
          if (point == FaultPoint.SLICE_COMMITTED && times.incrementAndGet() == DEADLY_SLICE) {
            // Here, and only here, a commit need not wait for the disk: what is done must be there.
            DATABASE.superuser().sql("CHECKPOINT").update();
            slices.addAll(slices(feed));
            victim.destroyForcibly();
          }
        });
    FeedPoll poll = feed.poll();
    await()
        .atMost(LONGEST)
        .ignoreExceptions()
        .until(
            () -> {
              clock.advance(Duration.ofMinutes(1));
              feed.ageRuns();
              CatalogFeed.untilQuiet(poll);
              return FeedProcess.isEmpty(drop.resolve(job));
            });
    assertThat(victim.isAlive()).isFalse();
    return slices;
  }

  private static List<String> slices(LargeFeed feed) {
    return feed.query("SELECT byte_from || ' ' || run FROM commondata.file_slice");
  }

  private static ProcessHandle process(SingleConnectionDataSource session) {
    long pid = JdbcClient.create(session).sql("SELECT pg_backend_pid()").query(Long.class).single();
    ProcessHandle process = ProcessHandle.of(pid).orElse(ProcessHandle.current());
    assumeThat(process.info().command().orElse(""))
        .as("a process of a server on this machine")
        .contains("postgres");
    return process;
  }
}

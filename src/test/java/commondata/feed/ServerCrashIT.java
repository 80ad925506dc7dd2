package commondata.feed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import commondata.fault.FaultPoint;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.SingleConnectionDataSource;
import testkit.TestDatabase;

/**
 * The server dies in the midst of a load: one of its processes is killed, it ends all sessions and
 * recovers, and what is not logged, such as staging, is empty. Or all of it ends, and somebody
 * starts it again; an orderly end keeps what is staged.
 */
final class ServerCrashIT extends LargeFeedSteps {

  private static final int RECORDS = 1_000;
  private static final String LOADED = "%%s LOADED %1$d %1$d 0".formatted(RECORDS);
  private static final int DEADLY_SLICE = 7;
  private static final Duration LONGEST = Duration.ofMinutes(3);

  @AfterEach
  void startServerAgain() {
    if (TestDatabase.canStartServerAgain()) {
      TestDatabase.startServerAgain();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"append", "merge"})
  void endsALoadThatTheServerDidNotSurvive(String job) {
    LargeFeed feed = feed(job);
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

  @ParameterizedTest
  @CsvSource({"append, KILL, true", "merge, KILL, false", "merge, INT, true"})
  void goesOnWhenTheWholeServerWasRestarted(String job, String signal, boolean keepsSlices) {
    assumeThat(TestDatabase.canStartServerAgain()).isTrue();
    LargeFeed feed = feed(job);
    feed.drop("a.csv", LargeFeed.records(RECORDS));
    feed.drop("b.csv", LargeFeed.records(RECORDS).replace("-4000-", "-4001-"));
    FeedPoll poll = feed.poll();
    List<String> slices = hookAtDeadlySlice(feed, () -> restart(signal));

    pollUntil(feed, poll, () -> feed.ledger().contains(LOADED.formatted("b.csv")));
    List<String> rest = slices(feed);
    pollUntil(feed, poll, () -> isAllSettled(job));

    assertThat(slices).hasSizeGreaterThanOrEqualTo(DEADLY_SLICE);
    assertThat(feed.ledger()).containsExactly(LOADED.formatted("a.csv"), LOADED.formatted("b.csv"));
    assertThat(feed.one("SELECT concat_ws(' ', count(*), count(DISTINCT id)) FROM published.large"))
        .isEqualTo("%1$d %1$d".formatted(2 * RECORDS));
    assertThat(feed.one("SELECT count(*)::text FROM staging.large")).isEqualTo("0");
    assertThat(feed.query("SELECT state FROM commondata.run WHERE state = 'RUNNING'")).isEmpty();
    if (keepsSlices) {
      assertThat(rest).containsAll(slices);
      assertThat(slices(feed)).as("it went on behind them").containsAll(slices);
    } else {
      assertThat(slices(feed)).as("what was staged is gone").doesNotContainAnyElementsOf(slices);
    }
  }

  private static void restart(String signal) {
    ProcessHandle server;
    try (SingleConnectionDataSource session = DATABASE.superuserConnection()) {
      server = process(session).parent().orElseThrow();
    }
    try {
      String pid = Long.toString(server.pid());
      assertThat(new ProcessBuilder("kill", "-" + signal, pid).start().waitFor()).isZero();
      await().atMost(LONGEST).until(() -> !server.isAlive());
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
    TestDatabase.startServerAgain();
  }

  private boolean isAllSettled(String job) throws IOException {
    clock.advance(Duration.ofMinutes(1));
    return FeedProcess.isEmpty(drop.resolve(job));
  }

  private static void pollUntil(LargeFeed feed, FeedPoll poll, Callable<Boolean> isDone) {
    await()
        .atMost(LONGEST)
        .ignoreExceptions()
        .until(
            () -> {
              feed.ageRuns();
              CatalogFeed.untilQuiet(poll);
              return isDone.call();
            });
  }

  /** Returns the slices that were safe when the server's process was killed. */
  private List<String> loadWhileTheServerCrashes(String job, LargeFeed feed, ProcessHandle victim) {
    List<String> slices = hookAtDeadlySlice(feed, victim::destroyForcibly);
    FeedPoll poll = feed.poll();
    pollUntil(feed, poll, () -> isAllSettled(job));
    assertThat(victim.isAlive()).isFalse();
    return slices;
  }

  /** Returns the slices that are safe when it happens. */
  private static List<String> hookAtDeadlySlice(LargeFeed feed, Runnable deed) {
    List<String> slices = new CopyOnWriteArrayList<>();
    AtomicInteger times = new AtomicInteger();
    FaultPoint.hook(
        point -> {
          if (point == FaultPoint.SLICE_COMMITTED && times.incrementAndGet() == DEADLY_SLICE) {
            slices.addAll(slices(feed));
            // Here, and only here, a commit need not wait for the disk: what is done must be there.
            DATABASE.superuser().sql("CHECKPOINT").update();
            deed.run();
          }
        });
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

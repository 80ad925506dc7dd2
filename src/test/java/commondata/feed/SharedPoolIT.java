package commondata.feed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import commondata.database.Database;
import commondata.fault.FaultPoint;
import commondata.job.JobDefinition;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Several feeds of one owner load large files at once, and have few connections for it. */
final class SharedPoolIT extends LargeFeedSteps {

  private static final int RECORDS = 300;
  private static final int WORKERS = 3;

  /** Of tables of their own. */
  private static final List<String> FEEDS = List.of("append", "split", "merge");

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 4})
  void doNotWaitForEachOther(int connections) {
    // As many as can hold a connection of the pool meet with it in hand.
    CountDownLatch holding = new CountDownLatch(Math.min(connections, FEEDS.size()));
    FaultPoint.hook(
        point -> {
          if (point == FaultPoint.FILE_LOCKED) {
            holding.countDown();
            awaitAWhile(holding);
          }
        });

    try (Database few = new Database(DATABASE.url(), login -> DATABASE.password(), connections)) {
      // Whoever makes the poll of a feed reads the folders of all.
      List<Runnable> loads = FEEDS.stream().map(job -> dropped(job, few)).toList();
      CompletableFuture.allOf(
              loads.stream().map(CompletableFuture::runAsync).toArray(CompletableFuture[]::new))
          .join();
    }

    LargeFeed any = feed("append");
    assertThat(any.ledger())
        .containsExactlyInAnyOrderElementsOf(FEEDS.stream().map(SharedPoolIT::loaded).toList());
    assertThat(any.query("SELECT concat_ws(' ', state, message) FROM commondata.run"))
        .hasSize(FEEDS.size())
        .allSatisfy(run -> assertThat(run).startsWith("SUCCEEDED"));
  }

  /** Hands a file in; returns its load. */
  private Runnable dropped(String job, Database few) {
    LargeFeed feed = feed(job);
    String unique = LargeFeed.records(RECORDS).replace("-4000-", "-4%03d-".formatted(job.length()));
    feed.drop(job + ".csv", unique);
    JobDefinition definition = feed.feed().job();
    FeedPoll poll =
        new FeedPoll(
            Feed.of(definition, few.login(definition.owner()), drop, "test")
                .withSliceBytes(LargeFeed.SLICE_BYTES)
                .withWorkers(WORKERS),
            clock);
    return () ->
        await()
            .atMost(Duration.ofMinutes(1))
            .until(
                () -> {
                  CatalogFeed.untilQuiet(poll);
                  return feed.ledger().contains(loaded(job));
                });
  }

  private static String loaded(String job) {
    return "%s.csv LOADED %d %d 0".formatted(job, RECORDS, RECORDS);
  }

  private static void awaitAWhile(CountDownLatch holding) {
    try {
      boolean all = holding.await(1, TimeUnit.SECONDS);
      assertThat(all || holding.getCount() > 0).isTrue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}

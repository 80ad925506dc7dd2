package commondata.subscription;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import commondata.schedule.Poll;
import java.sql.Connection;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import testkit.TestDatabase;

/** A handler that hangs is cut off, rolled back and counted, however it hangs. */
final class TimeLimitIT {

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();

  private final TestReader reader = new TestReader(DATABASE);

  @BeforeEach
  void publish() {
    reader.set("time_limit_ms = 150, max_attempts = 1").publish("a1", "b1", "a2");
  }

  @Test
  void aStatementThatHangsIsCancelled() {
    reader.when(
        what -> {
          if (what.equals("b1")) {
            DATABASE
                .login(TestReader.LOGIN)
                .jdbc()
                .sql("SELECT pg_sleep(600)")
                .query()
                .listOfRows();
          }
        });

    reader.untilQuiet();

    assertThat(reader.deadLetters()).containsExactly("b1 1 HandlerTimeoutException");
    assertThat(reader.effects()).containsExactly("a1", "a2");
  }

  @Test
  void aThreadThatWaitsIsInterrupted() {
    reader.when(
        what -> {
          if (what.equals("b1")) {
            new CountDownLatch(1).await();
          }
        });

    reader.untilQuiet();

    assertThat(reader.deadLetters()).containsExactly("b1 1 HandlerTimeoutException");
    assertThat(reader.effects()).containsExactly("a1", "a2");
    assertThat(Thread.currentThread().isInterrupted()).isFalse();
  }

  @Test
  void aHandlerThatSwallowsItsInterruptIsCountedAllTheSame() {
    reader.when(
        what -> {
          if (what.equals("b1")) {
            try {
              new CountDownLatch(1).await();
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
          }
        });

    reader.untilQuiet();

    assertThat(reader.deadLetters()).containsExactly("b1 1 HandlerTimeoutException");
    assertThat(reader.effects()).containsExactly("a1", "a2");
  }

  @Test
  void aLoopThatAsksNobodyLosesItsConnectionAndOthersGoOn() {
    AtomicBoolean stop = new AtomicBoolean();
    reader.when(
        what -> {
          while (what.equals("b1") && !stop.get()) {
            Thread.onSpinWait();
          }
        });
    Thread stuck = new Thread(() -> reader.poller().pollOnce(), "stuck");
    stuck.setDaemon(true);
    stuck.start();
    try {
      // The batch of three is given up: those after it go one by one, and find the culprit.
      await()
          .atMost(Duration.ofSeconds(30))
          .until(
              () ->
                  reader.number(
                          "SELECT count(*) FROM commondata.work_mark WHERE subscription = :name")
                      > 1);
      reader.later();
      Thread alsoStuck = new Thread(() -> reader.poller().pollOnce(), "stuck-too");
      alsoStuck.setDaemon(true);
      alsoStuck.start();
      await()
          .atMost(Duration.ofSeconds(30))
          .untilAsserted(
              () ->
                  assertThat(reader.deadLetters()).containsExactly("b1 1 HandlerTimeoutException"));
      reader.untilQuiet();
      assertThat(reader.effects()).containsExactly("a1", "a2");
    } finally {
      stop.set(true);
    }
  }

  @Test
  void whoMarkedThePartLongSinceIsCarefulOnceAHandlerHangs() {
    AtomicBoolean stop = new AtomicBoolean();
    Crew crew = new Crew(reader.name(), 3, n -> reader.poller(), PollObserver.NOBODY);
    List<Poll> workers = crew.workers();
    for (Poll worker : workers) {
      assertThat(worker.pollOnce()).isTrue();
      reader.publish("c1");
    }
    reader.set("max_attempts = 5, backoff_ms = 1, backoff_max_ms = 1").publish("a3", "b3", "a4");
    reader.when(
        what -> {
          while (what.equals("b3") && !stop.get()) {
            Thread.onSpinWait();
          }
        });
    try {
      // The second one comes to the culprit alone; the one after it is free.
      inItsOwnThread(workers.get(0));
      awaitNumber(1, "SELECT count(*) FROM commondata.work_mark WHERE worker LIKE '%lost%'");
      inItsOwnThread(workers.get(1));
      awaitNumber(1, "SELECT count(*) FROM commondata.parked_key WHERE subscription = :name");
      inItsOwnThread(workers.get(2));
      await()
          .atMost(Duration.ofSeconds(30))
          .untilAsserted(
              () ->
                  assertThat(reader.deadLetters()).containsExactly("b3 2 HandlerTimeoutException"));
      reader.untilQuiet();
      assertThat(reader.effects()).contains("a3", "a4").doesNotContain("b3");
    } finally {
      stop.set(true);
    }
  }

  private static void inItsOwnThread(Poll worker) {
    Thread thread =
        new Thread(
            () -> {
              while (worker.pollOnce()) {
                Thread.onSpinWait();
              }
            },
            worker.name());
    thread.setDaemon(true);
    thread.start();
  }

  private void awaitNumber(long expected, String query) {
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(() -> assertThat(reader.number(query)).isEqualTo(expected));
  }

  @Test
  void anEventWithinTheLimitIsLeftAlone() {
    reader.set("time_limit_ms = 240000");

    reader.untilQuiet();

    assertThat(reader.effects()).containsExactly("a1", "b1", "a2");
  }

  @Test
  void aServerThatDoesNotAnswerIsLostAfterTheLimitButNotForFiles() throws Exception {
    try (Connection poll = DATABASE.login(TestReader.LOGIN).dataSource().getConnection();
        Connection bulk =
            DATABASE.database().bulkLogin(TestReader.LOGIN).dataSource().getConnection()) {
      assertThat(poll.getNetworkTimeout()).isEqualTo(300_000);
      assertThat(bulk.getNetworkTimeout()).isZero();
    }
    assertThatThrownBy(() -> reader.set("time_limit_ms = 300000"))
        .hasMessageContaining("time_limit_is_in_bounds");
  }
}

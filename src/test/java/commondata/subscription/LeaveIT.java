package commondata.subscription;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import commondata.event.EventCodec;
import commondata.schedule.Poll;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import testkit.TestDatabase;

/** A process that is told to end while a handler is slow has not died of the event. */
final class LeaveIT {

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();

  private final TestReader reader = new TestReader(DATABASE);
  private final AtomicInteger begun = new AtomicInteger();

  @Test
  void restartsAreNotHeldAgainstASlowEvent() {
    reader.publish("a1");
    for (int restart = 1; restart <= 3; restart++) {
      Node node = new Node();
      node.untilAtWork(restart);
      node.reading.leave();
      assertThat(marks()).as("of restart " + restart).isZero();
      node.endsHard();
    }

    reader.untilQuiet();

    assertThat(reader.effects()).containsExactly("a1");
    assertThat(reader.deadLetters()).isEmpty();
    assertThat(reader.violations()).isEmpty();
  }

  @Test
  void aRetryThatIsUnderWayHasNotDiedEither() {
    reader.set("backoff_ms = 1, backoff_max_ms = 1, max_attempts = 100");
    reader
        .when(
            what -> {
              throw new IllegalStateException("not yet");
            })
        .publish("a1")
        .poller()
        .pollOnce();
    reader.later();
    Node node = new Node();
    node.untilAtWork(1);
    assertThat(triedBy()).isEqualTo(1);

    node.reading.leave();

    assertThat(triedBy()).isZero();
    node.endsHard();
  }

  @Test
  void aWorkerThatHasNothingToDoKeepsItsMark() {
    reader.publish("a1");
    Node node = new Node();
    node.isSlow = false;
    node.poll();
    assertThat(reader.effects()).isEmpty();
    assertThat(begun).hasValue(1);
    assertThat(marks()).isEqualTo(1);

    node.reading.leave();

    assertThat(marks()).as("its cursor has moved: it is no evidence").isEqualTo(1);
  }

  private long marks() {
    return reader.number("SELECT count(*) FROM commondata.work_mark WHERE subscription = :name");
  }

  private long triedBy() {
    return reader.number(
        "SELECT count(tried_by) FROM commondata.parked_key WHERE subscription = :name");
  }

  /** A process of its own, as far as the log can tell: it reads one subscription. */
  private final class Node {

    private final Reading reading =
        new Reading(
            DATABASE.database(),
            "node",
            new EventCodec(),
            new Reading.Settings(10, 1, false, Duration.ZERO, Duration.ZERO));
    private final List<Poll> polls =
        reading.polls(
            List.of(
                Subscription.named(reader.name())
                    .login(TestReader.LOGIN)
                    .onBatch(events -> handle())
                    .build()));
    private final Thread thread = new Thread(this::poll, "node");
    private final CountDownLatch goesOn = new CountDownLatch(1);
    private volatile boolean isSlow = true;

    private void handle() throws InterruptedException {
      begun.incrementAndGet();
      if (isSlow) {
        goesOn.await();
      }
    }

    private void poll() {
      polls.forEach(Poll::pollOnce);
    }

    void untilAtWork(int times) {
      thread.setDaemon(true);
      thread.start();
      await().until(() -> begun.get() == times);
    }

    /** As when its pools close: the transaction under way is rolled back. */
    void endsHard() {
      DATABASE
          .superuser()
          .sql(
              """
              SELECT pg_terminate_backend(a.pid)
              FROM pg_stat_activity AS a
              WHERE a.usename = 'fraud_service'
                AND a.datname = current_database()
                AND a.state = 'idle in transaction'
              """)
          .query()
          .listOfRows();
      goesOn.countDown();
      await().until(() -> !thread.isAlive());
    }
  }
}

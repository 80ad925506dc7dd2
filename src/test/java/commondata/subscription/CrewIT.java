package commondata.subscription;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import commondata.database.Login;
import commondata.event.EventCodec;
import commondata.event.NewEvent;
import commondata.event.Outbox;
import commondata.schedule.Poll;
import commondata.schedule.PollClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import testkit.TestDatabase;

/** Workers that are woken at the wrong moment, or don't come back. */
final class CrewIT {

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();

  private static final String READER = "fraud_service";
  private static final Duration NEVER = Duration.ofHours(1);
  private static final Duration SOON = Duration.ofMillis(50);
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final EventCodec codec = new EventCodec();
  private final Queue<String> handled = new ConcurrentLinkedQueue<>();
  private final String name = "test-" + System.nanoTime();

  @BeforeEach
  void subscribe() {
    DATABASE.register("test.happened-" + name);
    DATABASE
        .superuser()
        .sql(
            """
            SELECT commondata.create_subscription(
                :name, 'fraud_service', ARRAY['test.happened-' || :name], max_attempts => 1)
            """)
        .param("name", name)
        .query((row, n) -> true)
        .single();
  }

  @Test
  void aWorkerPollsAgainThatWasWokenDuringAPollThatFoundNothing() {
    List<PollOutcome> outcomes = new ArrayList<>();
    Crew[] crew = new Crew[1];
    PollObserver wakesInFirstPoll =
        new PollObserver() {
          @Override
          public void polled(String subscription, PollOutcome outcome) {
            if (outcomes.isEmpty()) {
              publish("a");
              crew[0].wakeFor(1);
            }
            outcomes.add(outcome);
          }
        };
    crew[0] = new Crew(name, 1, number -> poller(), wakesInFirstPoll);
    Poll worker = crew[0].workers().get(0);

    assertThat(worker.pollOnce()).as("polls again at once").isTrue();
    assertThat(worker.pollOnce()).isTrue();
    assertThat(worker.pollOnce()).as("rests now").isFalse();
    assertThat(outcomes)
        .containsExactly(
            new PollOutcome.Idle(), new PollOutcome.Handled(1), new PollOutcome.Idle());
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void theOthersAreWokenAfterTheFirstWorkerIsGivenUp(boolean hasLookout) {
    AtomicBoolean stop = new AtomicBoolean();
    List<Poll> polls =
        new Reading(DATABASE.database(), "n", codec, new Reading.Settings(10, 2, false, SOON, SOON))
            .polls(List.of(endlessOn("stuck", stop)));
    List<Poll> first = polls.stream().filter(poll -> poll.name().equals(name)).toList();
    List<Poll> others =
        polls.stream()
            .filter(poll -> !first.contains(poll))
            .filter(poll -> hasLookout || !poll.name().equals(Lookout.NAME))
            .toList();
    limitTime();
    publish("stuck");
    try (PollClock stuck = new PollClock("stuck-" + name, first, NEVER);
        PollClock clock = new PollClock("n-" + name, others, NEVER)) {
      stuck.start();
      await().atMost(PATIENCE).until(() -> deadLetters() == 1);
      clock.start();
      try {
        for (String key : List.of("a", "b")) {
          publish(key);
          await().atMost(PATIENCE).until(() -> handled.contains(key));
        }
      } finally {
        stop.set(true);
      }
    }
  }

  private void limitTime() {
    DATABASE
        .superuser()
        .sql("UPDATE commondata.subscription SET time_limit_ms = 150 WHERE name = :name")
        .param("name", name)
        .update();
  }

  private Subscription endlessOn(String key, AtomicBoolean stop) {
    return Subscription.named(name)
        .login(READER)
        .onBatch(
            events -> {
              while (events.get(0).key().equals(key) && !stop.get()) {
                Thread.onSpinWait();
              }
              events.forEach(event -> handled.add(event.key()));
            })
        .build();
  }

  private Poller poller() {
    Login login = DATABASE.login(READER);
    return new Poller(
        endlessOn("", new AtomicBoolean()), login, codec, "test", 10, new Sequencer(login, 0));
  }

  private void publish(String key) {
    new Outbox(DATABASE.login("order_service"), codec)
        .publish(NewEvent.of("test.happened-" + name, key, "{}"));
  }

  private long deadLetters() {
    return DATABASE
        .superuser()
        .sql("SELECT count(*) FROM commondata.dead_letter WHERE subscription = :name")
        .param("name", name)
        .query(Long.class)
        .single();
  }
}

package commondata.subscription;

import static org.assertj.core.api.Assertions.assertThat;

import commondata.database.Login;
import commondata.event.EventCodec;
import commondata.event.NewEvent;
import commondata.event.Outbox;
import commondata.schedule.Poll;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import testkit.TestDatabase;

/** A wake that comes while the workers are at their polls. */
final class CrewIT {

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();

  private final EventCodec codec = new EventCodec();
  private final List<PollOutcome> outcomes = new ArrayList<>();

  @Test
  void aWorkerPollsAgainThatWasWokenDuringAPollThatFoundNothing() {
    DATABASE.register("test.happened");
    DATABASE
        .superuser()
        .sql("SELECT commondata.create_subscription('test', 'fraud_service', '{test.happened}')")
        .query((row, n) -> true)
        .single();
    Crew[] crew = new Crew[1];
    PollObserver wakesInFirstPoll =
        new PollObserver() {
          @Override
          public void polled(String subscription, PollOutcome outcome) {
            if (outcomes.isEmpty()) {
              new Outbox(DATABASE.login("order_service"), codec)
                  .publish(NewEvent.of("test.happened", "a", "{}"));
              crew[0].wakeFor(1);
            }
            outcomes.add(outcome);
          }
        };
    crew[0] = new Crew("test", 1, number -> poller(), wakesInFirstPoll);
    Poll worker = crew[0].workers().get(0);

    assertThat(worker.pollOnce()).as("polls again at once").isTrue();
    assertThat(worker.pollOnce()).isTrue();
    assertThat(worker.pollOnce()).as("rests now").isFalse();
    assertThat(outcomes)
        .containsExactly(
            new PollOutcome.Idle(), new PollOutcome.Handled(1), new PollOutcome.Idle());
  }

  private Poller poller() {
    Subscription subscription =
        Subscription.named("test").login("fraud_service").onBatch(events -> {}).build();
    Login login = DATABASE.login("fraud_service");
    return new Poller(subscription, login, codec, "test", 10, new Sequencer(login, 0));
  }
}

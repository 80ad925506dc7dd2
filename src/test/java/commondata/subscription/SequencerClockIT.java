package commondata.subscription;

import static org.assertj.core.api.Assertions.assertThat;

import commondata.event.EventCodec;
import commondata.event.NewEvent;
import commondata.event.Outbox;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import testkit.TestDatabase;

/** A log whose server had its clock set back by an hour after a stamp. */
final class SequencerClockIT {

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();

  private static final String LOGIN = "order_service";

  @BeforeAll
  static void stampInTheFuture() {
    DATABASE
        .superuser()
        .sql(
            """
            SELECT commondata.create_subscription('clock', 'order_service', ARRAY['log.tested'])
            """)
        .query()
        .listOfRows();
    publish("before");
    stamp();
    DATABASE
        .superuser()
        .sql("UPDATE commondata.sequencer SET stamped_at = stamped_at + interval '1 hour'")
        .update();
    publish("while-ahead");
    stamp();
  }

  @Test
  void theTimeOfStampingNeverFallsAndNothingIsLost() {
    OffsetDateTime future = last();

    publish("after");
    stamp();

    assertThat(last()).isEqualTo(future);
    List<String> handled = new ArrayList<>();
    Subscription subscription =
        Subscription.named("clock")
            .login(LOGIN)
            .onBatch(events -> events.forEach(event -> handled.add(event.key())))
            .build();
    Poller poller =
        new Poller(
            subscription,
            DATABASE.login(LOGIN),
            new EventCodec(),
            "test",
            1,
            new Sequencer(DATABASE.login(LOGIN), 0));
    while (poller.pollOnce().worked()) {
      // Until nothing is left.
    }
    assertThat(handled).containsExactlyInAnyOrder("before", "while-ahead", "after");
  }

  private static void publish(String key) {
    new Outbox(DATABASE.login(LOGIN), new EventCodec())
        .publish(NewEvent.of("log.tested", key, "{}"));
  }

  private static void stamp() {
    DATABASE.login(LOGIN).jdbc().sql("SELECT commondata.stamp()").query(Long.class).single();
  }

  private static OffsetDateTime last() {
    return DATABASE
        .superuser()
        .sql("SELECT max(stamped_at) FROM commondata.log_position")
        .query(OffsetDateTime.class)
        .single();
  }
}

package commondata.subscription;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import commondata.database.Login;
import commondata.event.EventCodec;
import commondata.event.EventType;
import commondata.event.NewEvent;
import commondata.event.Outbox;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import testkit.TestDatabase;

/** Handlers that are slow, and say nothing to the database meanwhile, come forward all the same. */
final class SlowBatchIT {

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();

  private static final String READER = "fraud_service";

  @EventType("slow.called")
  record Called(int n) {}

  private final EventCodec codec = new EventCodec();
  private final Login login = DATABASE.login(READER);
  private final List<Integer> handled = new ArrayList<>();
  private final List<String> silence = new ArrayList<>();

  @BeforeAll
  static void subscribe() {
    DATABASE.register("slow.called");
    DATABASE
        .superuser()
        .sql("SELECT commondata.create_subscription('slow', 'fraud_service', ARRAY['slow.called'])")
        .query((row, n) -> true)
        .single();
  }

  @Test
  void whatWasHandledInTimeIsCommittedAndTheRestComesNext() {
    publish(1, 2, 3);
    Poller poller = poller(this::callSomebodySlow);
    long before = receipts();

    assertThat(poller.pollOnce()).isEqualTo(new PollOutcome.Handled(1));
    assertThat(receipts()).isEqualTo(before + 1);
    assertThat(poller.pollOnce()).isEqualTo(new PollOutcome.Handled(2));

    assertThat(handled).containsExactly(1, 2, 3);
    assertThat(receipts()).isEqualTo(before + 3);
  }

  @ParameterizedTest
  @CsvSource({"30001, 60001ms", "240000, 270s"})
  void aTransactionMayBeSilentForLongerThanItsHandlerMayTake(long limit, String expected) {
    DATABASE
        .superuser()
        .sql("UPDATE commondata.subscription SET time_limit_ms = :limit WHERE name = 'slow'")
        .param("limit", limit)
        .update();
    publish(4);

    poller(this::lookHowSilentItMayBe).pollOnce();

    assertThat(silence).containsExactly(expected);
  }

  /** The first call takes as long as a batch may, without a statement. */
  private void callSomebodySlow(int n) {
    long begun = System.nanoTime();
    if (n == 1) {
      await().until(() -> System.nanoTime() - begun > TimeLimit.BATCH.toNanos());
    }
    handled.add(n);
  }

  private void lookHowSilentItMayBe(int n) {
    silence.add(
        login.jdbc().sql("SHOW idle_in_transaction_session_timeout").query(String.class).single());
  }

  private Poller poller(IntConsumer handler) {
    Subscription subscription =
        Subscription.named("slow")
            .login(READER)
            .on(Called.class, (called, event) -> handler.accept(called.n()))
            .build();
    return new Poller(subscription, login, codec, "test", 10, new Sequencer(login, 0));
  }

  private void publish(int... numbers) {
    Outbox outbox = new Outbox(DATABASE.login("order_service"), codec);
    for (int n : numbers) {
      outbox.publish(NewEvent.of("slow.called", "one key", "{\"n\": " + n + "}"));
    }
  }

  private static long receipts() {
    return DATABASE
        .superuser()
        .sql("SELECT count(*) FROM commondata.receipt WHERE subscription = 'slow'")
        .query(Long.class)
        .single();
  }
}

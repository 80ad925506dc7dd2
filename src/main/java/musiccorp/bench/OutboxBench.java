package musiccorp.bench;

import commondata.database.Database;
import commondata.database.Login;
import commondata.event.Event;
import commondata.event.EventCodec;
import commondata.event.NewEvent;
import commondata.event.Outbox;
import commondata.subscription.Poller;
import commondata.subscription.Sequencer;
import commondata.subscription.Subscription;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import musiccorp.bench.BenchTables.Effect;

/**
 * Measures the shared log: publishing by eight threads, each transaction one business row and one
 * event of 500 bytes; then draining by handlers that insert one row an event, one by one and as a
 * batch. Everything goes the way a service goes: its login, {@link Outbox}, {@link Poller}.
 */
final class OutboxBench {

  static final String LOGIN = "bench_service";
  static final int PUBLISHERS = 8;
  static final int READERS = 2;
  static final int BATCH_SIZE = 500;

  private static final String TYPE = "bench.done";
  private static final String PAYLOAD = "{\"text\":\"" + "x".repeat(489) + "\"}";

  private final Login login;
  private final BenchTables tables;
  private final EventCodec codec = new EventCodec();
  private final Outbox outbox;
  private final Sequencer sequencer;

  OutboxBench(Database database) {
    this.login = database.login(LOGIN);
    this.tables = new BenchTables(login);
    this.outbox = new Outbox(login, codec);
    this.sequencer = new Sequencer(login, 1);
  }

  /**
   * What one round came to.
   *
   * @param walBytesPerEvent of an event handled by a handler that writes nothing
   * @param writesPerEvent write transactions of the same
   * @param lost events without an effect
   * @param doubled effects beyond one an event
   */
  record Figures(
      double publishPerSecond,
      double drainOnePerSecond,
      double drainBatchPerSecond,
      double walBytesPerPublish,
      double walBytesPerEvent,
      double writesPerEvent,
      long lost,
      long doubled) {}

  /** Publishes and drains {@code messages} events, after a warm-up of a tenth. */
  Figures run(int messages) throws InterruptedException, ExecutionException {
    publish(messages / 10);
    drain(nothing());
    drain(oneByOne());
    drain(asBatch());
    long before = tables.effects();

    long walAtStart = tables.walBytes();
    double publish = Rate.perSecond(messages, () -> publish(messages));
    long walAfterPublish = tables.walBytes();
    long writesAfterPublish = tables.writes();
    drain(nothing());
    long walAfterDrain = tables.walBytes();
    long writesAfterDrain = tables.writes();
    double one = Rate.perSecond(messages, () -> drain(oneByOne()));
    double batch = Rate.perSecond(messages, () -> drain(asBatch()));

    long effects = tables.effects() - before;
    long distinct = tables.distinctEffects() - before;
    return new Figures(
        publish,
        one,
        batch,
        (walAfterPublish - walAtStart) / (double) messages,
        (walAfterDrain - walAfterPublish) / (double) messages,
        (writesAfterDrain - writesAfterPublish) / (double) messages,
        2L * messages - distinct,
        effects - distinct);
  }

  private void publish(int messages) throws InterruptedException, ExecutionException {
    long first = tables.lastBusinessId() + 1;
    Rate.each(
        first,
        first + messages - 1,
        PUBLISHERS,
        id ->
            login.inTransactionDo(
                () -> {
                  tables.business(id);
                  outbox.publish(NewEvent.of(TYPE, BenchTables.keyOf(id), PAYLOAD));
                }));
  }

  private void drain(Subscription subscription) throws InterruptedException, ExecutionException {
    List<Callable<Boolean>> readers = new ArrayList<>();
    for (int i = 0; i < READERS; i++) {
      Poller poller = new Poller(subscription, login, codec, "bench-" + i, BATCH_SIZE, sequencer);
      readers.add(() -> drain(poller));
    }
    Rate.inThreads(readers);
    // A reader that finds every part held by the other one stops early; nobody is left here.
    drain(new Poller(subscription, login, codec, "bench", BATCH_SIZE, new Sequencer(login, 0)));
  }

  private static boolean drain(Poller poller) {
    boolean worked = false;
    while (poller.pollOnce().worked()) {
      worked = true;
    }
    return worked;
  }

  private static Subscription nothing() {
    return Subscription.named("bench-nothing").login(LOGIN).onBatch(events -> {}).build();
  }

  private Subscription oneByOne() {
    return Subscription.named("bench-one")
        .login(LOGIN)
        .onBatch(events -> tables.oneByOne(effects(events)))
        .build();
  }

  private Subscription asBatch() {
    return Subscription.named("bench-batch")
        .login(LOGIN)
        .onBatch(events -> tables.asBatch(effects(events)))
        .build();
  }

  private static List<Effect> effects(List<Event> events) {
    return events.stream().map(e -> new Effect(e.part(), e.seq(), e.key())).toList();
  }
}

package musiccorp.bench;

import commondata.database.Database;
import commondata.database.Login;
import commondata.event.EventCodec;
import commondata.event.NewEvent;
import commondata.event.Outbox;
import commondata.subscription.BatchHandler;
import commondata.subscription.PollOutcome;
import commondata.subscription.Poller;
import commondata.subscription.Sequencer;
import commondata.subscription.Subscription;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Measures the shared log: publishing by eight threads, each transaction one business row and one
 * event of 500 bytes; then draining by handlers that insert one row an event, one by one and as a
 * batch. Everything goes the way a service goes: its login, {@link Outbox}, {@link Poller}.
 */
final class OutboxBench {

  static final String LOGIN = "bench_service";
  static final String TYPE = "bench.done";

  private static final int PUBLISHERS = 8;
  private static final int READERS = 2;
  private static final int KEYS = 5_000;
  private static final int BATCH_SIZE = 500;
  private static final String PAYLOAD = "{\"text\":\"" + "x".repeat(489) + "\"}";

  private final Login login;
  private final EventCodec codec = new EventCodec();
  private final Sequencer sequencer;

  OutboxBench(Database database) {
    this.login = database.login(LOGIN);
    this.sequencer = new Sequencer(login, 1);
  }

  /**
   * What one round came to.
   *
   * @param lost events without an effect
   * @param doubled effects beyond one an event
   */
  record Figures(
      double publishPerSecond,
      double drainOnePerSecond,
      double drainBatchPerSecond,
      double walBytesPerPublish,
      double walBytesPerEvent,
      long lost,
      long doubled) {}

  /** Publishes and drains {@code messages} events, after a warm-up of a tenth. */
  Figures run(int messages) throws InterruptedException, ExecutionException {
    AtomicLong ids = new AtomicLong(businessRows());
    publish(messages / 10, ids);
    drainAll();
    long before = effects();

    long walAtStart = wal();
    double publish = perSecond(messages, () -> publish(messages, ids));
    long walAfterPublish = wal();
    drain(nothing());
    long walAfterDrain = wal();
    double one = perSecond(messages, () -> drain(oneByOne()));
    double batch = perSecond(messages, () -> drain(asBatch()));

    long effects = effects() - before;
    long distinct = distinctEffects() - before;
    return new Figures(
        publish,
        one,
        batch,
        (walAfterPublish - walAtStart) / (double) messages,
        (walAfterDrain - walAfterPublish) / (double) messages,
        2L * messages - distinct,
        effects - distinct);
  }

  private void publish(int messages, AtomicLong ids)
      throws InterruptedException, ExecutionException {
    Outbox outbox = new Outbox(login, codec);
    List<Callable<Long>> publishers = new ArrayList<>();
    AtomicLong left = new AtomicLong(messages);
    for (int i = 0; i < PUBLISHERS; i++) {
      publishers.add(
          () -> {
            long published = 0;
            while (left.getAndDecrement() > 0) {
              publishOne(outbox, ids.incrementAndGet());
              published++;
            }
            return published;
          });
    }
    inThreads(publishers);
  }

  private void publishOne(Outbox outbox, long id) {
    String key = "key-" + id % KEYS;
    login.inTransactionDo(
        () -> {
          login
              .jdbc()
              .sql(
                  """
                  INSERT INTO bench.business (id, key, amount)
                  VALUES (:id, :key, :amount)
                  """)
              .param("id", id)
              .param("key", key)
              .param("amount", id)
              .update();
          outbox.publish(NewEvent.of(TYPE, key, PAYLOAD));
        });
  }

  private void drainAll() throws InterruptedException, ExecutionException {
    drain(nothing());
    drain(oneByOne());
    drain(asBatch());
  }

  private void drain(Subscription subscription) throws InterruptedException, ExecutionException {
    List<Callable<Long>> readers = new ArrayList<>();
    for (int i = 0; i < READERS; i++) {
      Poller poller = new Poller(subscription, login, codec, "bench-" + i, BATCH_SIZE, sequencer);
      readers.add(() -> drain(poller));
    }
    inThreads(readers);
    // A reader that finds every part held by the other one stops early; nobody is left here.
    drain(new Poller(subscription, login, codec, "bench", BATCH_SIZE, new Sequencer(login, 0)));
  }

  private static long drain(Poller poller) {
    long handled = 0;
    PollOutcome outcome = poller.pollOnce();
    while (outcome.worked()) {
      if (outcome instanceof PollOutcome.Handled some) {
        handled += some.events();
      }
      outcome = poller.pollOnce();
    }
    return handled;
  }

  private Subscription nothing() {
    return Subscription.named("bench-nothing").login(LOGIN).onBatch(events -> {}).build();
  }

  private Subscription oneByOne() {
    BatchHandler insertEach =
        events ->
            events.forEach(
                event ->
                    login
                        .jdbc()
                        .sql(
                            """
                            INSERT INTO bench.effect_one (part, seq, key)
                            VALUES (:part, :seq, :key)
                            """)
                        .param("part", event.part())
                        .param("seq", event.seq())
                        .param("key", event.key())
                        .update());
    return Subscription.named("bench-one").login(LOGIN).onBatch(insertEach).build();
  }

  private Subscription asBatch() {
    BatchHandler insertAll =
        events ->
            login
                .jdbc()
                .sql(
                    """
                    INSERT INTO bench.effect_batch (part, seq, key)
                    SELECT :part, e.seq, e.key
                    FROM unnest(:seqs, :keys) AS e (seq, key)
                    """)
                .param("part", events.get(0).part())
                .param("seqs", events.stream().map(e -> e.seq()).toArray(Long[]::new))
                .param("keys", events.stream().map(e -> e.key()).toArray(String[]::new))
                .update();
    return Subscription.named("bench-batch").login(LOGIN).onBatch(insertAll).build();
  }

  private long businessRows() {
    return number(
        """
        SELECT coalesce(max(id), 0)
        FROM bench.business
        """);
  }

  private long effects() {
    return number(
        """
        SELECT (SELECT count(*) FROM bench.effect_one) + (SELECT count(*) FROM bench.effect_batch)
        """);
  }

  private long distinctEffects() {
    return number(
        """
        SELECT
            (SELECT count(*) FROM (SELECT DISTINCT part, seq FROM bench.effect_one) AS o)
            + (SELECT count(*) FROM (SELECT DISTINCT part, seq FROM bench.effect_batch) AS b)
        """);
  }

  private long wal() {
    return number(
        """
        SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint
        """);
  }

  private long number(String sql) {
    return login.jdbc().sql(sql).query(Long.class).single();
  }

  private interface Work {
    void run() throws InterruptedException, ExecutionException;
  }

  private static double perSecond(long messages, Work work)
      throws InterruptedException, ExecutionException {
    long start = System.nanoTime();
    work.run();
    return messages * 1e9 / (System.nanoTime() - start);
  }

  private static void inThreads(List<Callable<Long>> tasks)
      throws InterruptedException, ExecutionException {
    ExecutorService threads = Executors.newFixedThreadPool(tasks.size());
    try {
      for (Future<Long> future : threads.invokeAll(tasks)) {
        future.get();
      }
    } finally {
      threads.shutdownNow();
    }
  }
}

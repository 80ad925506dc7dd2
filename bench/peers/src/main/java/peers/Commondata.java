package peers;

import commondata.database.Database;
import commondata.database.Login;
import commondata.event.EventCodec;
import commondata.event.Outbox;
import commondata.schedule.Poll;
import commondata.schedule.PollClock;
import commondata.subscription.Poller;
import commondata.subscription.Sequencer;
import commondata.subscription.Subscription;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The product, used as a service uses it: its login, {@link Outbox}, {@link Poller}. Sequencing and
 * receipts are included. Two pollers drain, one a core.
 */
final class Commondata implements Contestant {

  static final String LOGIN = "peers_service";

  private static final int POLLERS = 2;
  private static final int BATCH = 500;
  private static final Duration POLL_INTERVAL = Duration.ofMillis(100);
  private static final Duration STAMP_INTERVAL = Duration.ofMillis(20);

  private final Setting setting;
  private final boolean batchHandler;
  private final Database database;
  private final Login login;
  private final Tables tables;
  private final EventCodec codec = new EventCodec();
  private final Outbox outbox;
  private final Loops loops = new Loops();
  private @Nullable PollClock clock;

  Commondata(Setting setting, boolean batchHandler) {
    this.setting = setting;
    this.batchHandler = batchHandler;
    this.database = new Database(setting.place().url(), setting.place().passwords(), 40);
    this.login = database.login(LOGIN);
    this.tables = new Tables(login.dataSource());
    this.outbox = new Outbox(login, codec);
  }

  @Override
  public void publish(long id) {
    login.inTransactionDo(
        () -> {
          tables.business(id);
          outbox.publish(Done.keyOf(id), Done.now(id));
        });
  }

  @Override
  public void fill(long count) {
    long left = count;
    while (left > 0) {
      long now = Math.min(left, 10_000);
      fillOnce(count - left + 1, now);
      left -= now;
    }
  }

  private void fillOnce(long first, long count) {
    login
        .jdbc()
        .sql(
            """
            SELECT commondata.publish_all(array_agg(
                ROW(
                    :type,
                    'key-' || n % 5000,
                    jsonb_set(CAST(:payload AS jsonb), '{id}', to_jsonb(n)),
                    1, NULL, NULL, NULL, NULL, NULL
                )::commondata.new_event
            ))
            FROM generate_series(:first, :first + :count - 1) AS n
            """)
        .param("type", Done.TYPE)
        .param("payload", Done.now(0).json())
        .param("first", first)
        .param("count", count)
        .query(Long.class)
        .single();
  }

  @Override
  public void start() {
    if (setting.pace() == Pace.BACKLOG) {
      Sequencer sequencer = new Sequencer(login, 1);
      List<Loops.Look> looks = new ArrayList<>();
      for (Subscription subscription : subscriptions()) {
        for (int n = 0; n < Math.max(1, POLLERS / setting.readers()); n++) {
          Poller poller = poller(subscription, sequencer);
          looks.add(() -> poller.pollOnce().worked());
        }
      }
      loops.start(looks);
    } else {
      Sequencer sequencer = new Sequencer(login, STAMP_INTERVAL.toMillis());
      List<Poll> polls = new ArrayList<>();
      for (Subscription subscription : subscriptions()) {
        polls.add(poll(poller(subscription, sequencer)));
      }
      clock = new PollClock("peers", polls, POLL_INTERVAL);
      clock.start();
    }
  }

  private Poller poller(Subscription subscription, Sequencer sequencer) {
    return new Poller(subscription, login, codec, "peers", BATCH, sequencer);
  }

  private static Poll poll(Poller poller) {
    return new Poll() {
      @Override
      public String name() {
        return poller.subscription().name();
      }

      @Override
      public boolean pollOnce() {
        return poller.pollOnce().worked();
      }
    };
  }

  private List<Subscription> subscriptions() {
    List<Subscription> subscriptions = new ArrayList<>();
    for (int reader = 1; reader <= setting.readers(); reader++) {
      subscriptions.add(subscription(reader));
    }
    return subscriptions;
  }

  private Subscription subscription(int reader) {
    Subscription.Builder builder = Subscription.named("peers-" + reader).login(LOGIN);
    if (batchHandler) {
      return builder
          .onBatch(
              events -> {
                List<Done> done =
                    events.stream().map(event -> codec.read(event, Done.class)).toList();
                tables.effects(reader, done);
                done.forEach(setting.tally()::handled);
              })
          .build();
    }
    return builder
        .on(
            Done.class,
            (done, event) -> {
              tables.effect(reader, done);
              setting.tally().handled(done);
            })
        .build();
  }

  @Override
  public void stop() throws InterruptedException {
    loops.stop();
    if (clock != null) {
      clock.close();
    }
  }

  @Override
  public void close() {
    database.close();
  }
}

package peers;

import commondata.database.Database;
import commondata.database.Login;
import commondata.event.Event;
import commondata.event.EventCodec;
import commondata.event.Outbox;
import commondata.schedule.PollClock;
import commondata.subscription.Poller;
import commondata.subscription.Reading;
import commondata.subscription.Sequencer;
import commondata.subscription.Subscription;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The product, used as a service and a node use it: a login, {@link Outbox}, {@link Reading} with
 * the default settings. Sequencing and receipts are included. A backlog is drained by two pollers,
 * one a core, in batches of 1,000.
 */
final class Commondata implements Contestant {

  static final String LOGIN = "peers_service";

  /** How its rows are written, the business row and those of its handler. */
  enum Handling {
    ONE_BY_ONE,
    /** One by one, and they wait to be sent together: {@link Login#write}. */
    WRITES_TOGETHER,
    BATCH,
    /** As {@code BATCH}, but takes a second for a batch of part 0, which is not counted. */
    SLOW_IN_ONE_PART
  }

  private static final int POLLERS = 2;
  private static final int BATCH_OF_BACKLOG = 1_000;
  private static final int SLOW_PART = 0;
  private static final int POOL_SIZE = 40;
  private static final Duration POLL_INTERVAL = Duration.ofMillis(100);
  private static final Duration IDLE_INTERVAL = Duration.ofMillis(500);

  private final Setting setting;
  private final Handling handling;
  private final boolean wakesNodes;
  private final Database database;

  /** The same one, unless nothing may be told of a commit. */
  private final Database publishing;

  private final Login login;
  private final Tables tables;
  private final Login reading;
  private final Tables effects;
  private final EventCodec codec = new EventCodec();
  private final Outbox outbox;
  private final Loops loops = new Loops();
  private @Nullable PollClock clock;

  Commondata(Setting setting, Handling handling, boolean wakesNodes) throws SQLException {
    this.setting = setting;
    this.handling = handling;
    this.wakesNodes = wakesNodes;
    this.database = open(setting.place());
    this.publishing = setting.pace() == Pace.POLL ? open(setting.place()) : database;
    this.login = publishing.login(LOGIN);
    this.tables = new Tables(login.dataSource());
    this.reading = database.login(LOGIN);
    this.effects = new Tables(reading.dataSource());
    this.outbox = new Outbox(login, codec);
    for (int reader = 2; reader <= setting.readers(); reader++) {
      subscribe("peers-" + reader);
    }
  }

  private static Database open(Place place) {
    return new Database(place.url(), place.passwords(), POOL_SIZE);
  }

  private void subscribe(String subscription) throws SQLException {
    Place place = setting.place();
    String owner = Server.OWNER;
    try (Connection connection =
            DriverManager.getConnection(place.url(), owner, place.passwords().of(owner));
        PreparedStatement statement =
            connection.prepareStatement(
                """
                SELECT commondata.create_subscription(?, ?, ARRAY[?])
                """)) {
      statement.setString(1, subscription);
      statement.setString(2, LOGIN);
      statement.setString(3, Done.TYPE);
      statement.execute();
    }
  }

  @Override
  public void publish(long id) {
    login.inTransactionDo(
        () -> {
          if (handling == Handling.WRITES_TOGETHER) {
            login.write(Tables.INSERT_BUSINESS, id, Done.keyOf(id), id);
          } else {
            tables.business(id);
          }
          outbox.publish(Done.keyOf(id), Done.now(id));
        });
  }

  @Override
  public void fill(long count) {
    long atOnce = 10_000;
    for (long first = 1; first <= count; first += atOnce) {
      fillOnce(first, Math.min(count, first + atOnce - 1));
    }
  }

  private void fillOnce(long first, long last) {
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
            FROM generate_series(:first, :last) AS n
            """)
        .param("type", Done.TYPE)
        .param("payload", Done.now(0).json())
        .param("first", first)
        .param("last", last)
        .query(Long.class)
        .single();
  }

  @Override
  public void start() {
    if (setting.pace() == Pace.BACKLOG) {
      startPollers();
    } else {
      Reading node =
          new Reading(
              database,
              "peers",
              codec,
              new Reading.Settings(200, 4, wakesNodes, POLL_INTERVAL, IDLE_INTERVAL));
      clock = new PollClock("peers", node.polls(subscriptions()), POLL_INTERVAL);
      clock.start();
    }
  }

  private void startPollers() {
    Sequencer sequencer = new Sequencer(database.login(Sequencer.LOGIN), 1);
    List<Loops.Look> looks = new ArrayList<>();
    for (Subscription subscription : subscriptions()) {
      for (int n = 0; n < Math.max(1, POLLERS / setting.readers()); n++) {
        Poller poller =
            new Poller(subscription, reading, codec, "peers", BATCH_OF_BACKLOG, sequencer);
        looks.add(() -> poller.pollOnce().worked());
      }
    }
    loops.start(looks);
  }

  private List<Subscription> subscriptions() {
    if (setting.readers() == 0) {
      return List.of(Subscription.named("peers-0").login(LOGIN).onBatch(events -> {}).build());
    }
    List<Subscription> subscriptions = new ArrayList<>();
    for (int reader = 1; reader <= setting.readers(); reader++) {
      subscriptions.add(subscription(reader));
    }
    return subscriptions;
  }

  private Subscription subscription(int reader) {
    Subscription.Builder builder = Subscription.named("peers-" + reader).login(LOGIN);
    return switch (handling) {
      case ONE_BY_ONE ->
          builder
              .on(
                  Done.class,
                  (done, event) -> {
                    effects.effect(reader, done);
                    setting.tally().handled(done);
                  })
              .build();
      case WRITES_TOGETHER ->
          builder
              .on(
                  Done.class,
                  (done, event) -> {
                    reading.write(Tables.INSERT_EFFECT, reader, done.id(), done.key());
                    setting.tally().handled(done);
                  })
              .build();
      case BATCH -> builder.onBatch(events -> handle(reader, events)).build();
      case SLOW_IN_ONE_PART ->
          builder
              .onBatch(
                  events -> {
                    if (events.get(0).part() == SLOW_PART) {
                      LockSupport.parkNanos(Duration.ofSeconds(1).toNanos());
                    } else {
                      handle(reader, events);
                    }
                  })
              .build();
    };
  }

  private void handle(int reader, List<Event> events) {
    List<Done> done = events.stream().map(event -> codec.read(event, Done.class)).toList();
    effects.effects(reader, done);
    done.forEach(setting.tally()::handled);
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
    publishing.close();
  }
}

package commondata.subscription;

import commondata.database.Login;
import commondata.event.Event;
import commondata.event.EventCodec;
import commondata.fault.DeliveryCheck.Numbered;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import testkit.TestDatabase;

/** A subscription to what {@link Producers} publish, its readers, and what has reached them. */
final class LogExperiment {

  static final String LOGIN = "order_service";

  private final TestDatabase database;
  private final Login login;

  private LogExperiment(TestDatabase database) {
    this.database = database;
    this.login = database.login(LOGIN);
  }

  /** Makes the tables of the experiment, and the subscription. */
  static LogExperiment on(TestDatabase database) {
    Producers.prepare(database);
    database
        .superuser()
        .sql(
            """
            SELECT commondata.create_subscription('log-test', 'order_service', ARRAY['log.tested'])
            """)
        .query()
        .listOfRows();
    return new LogExperiment(database);
  }

  /** Reads until it is told to stop; it also stamps, and then rests so long. */
  void readUntil(AtomicBoolean stop, String node, int batchSizeMax, long restMs) {
    Subscription subscription =
        Subscription.named("log-test")
            .login(LOGIN)
            .onBatch(events -> events.forEach(this::receive))
            .build();
    Poller poller =
        new Poller(
            subscription,
            login,
            new EventCodec(),
            node,
            batchSizeMax,
            new Sequencer(login, restMs));
    while (!stop.get()) {
      if (!poller.pollOnce().worked()) {
        Thread.onSpinWait();
      }
    }
  }

  private void receive(Event event) {
    login
        .jdbc()
        .sql(
            """
            INSERT INTO experiment.received (key, n)
            VALUES (:key, CAST(CAST(:payload AS jsonb) ->> 'n' AS bigint))
            """)
        .param("key", event.key())
        .param("payload", event.payload())
        .update();
  }

  List<Numbered> received() {
    return database
        .superuser()
        .sql("SELECT key, n FROM experiment.received ORDER BY position")
        .query((row, i) -> new Numbered(row.getString(1), row.getLong(2)))
        .list();
  }

  /** Events without a position. */
  long unstamped() {
    return count(
        """
        SELECT count(*)
        FROM commondata.outbox AS o
        WHERE NOT EXISTS (
            SELECT
            FROM commondata.log_position AS q
            WHERE (q.tx, q.id) = (o.tx, o.id)
        )
        """);
  }

  private long count(String sql) {
    return database.superuser().sql(sql).query(Long.class).single();
  }
}

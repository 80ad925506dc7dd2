package commondata.subscription;

import commondata.database.Database;
import commondata.database.Login;
import commondata.event.EventCodec;
import commondata.schedule.Poll;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.SingleConnectionDataSource;

/** All polls by which a node reads its subscriptions: a lookout, and a crew a subscription. */
public final class Reading {

  /** Connections of a login that are left for what is not a worker. */
  private static final int SPARE_CONNECTIONS = 2;

  private static final int LEAVE_SECONDS = 1;
  private static final Logger LOG = LoggerFactory.getLogger(Reading.class);

  private final Database database;
  private final String node;
  private final EventCodec codec;
  private final Settings settings;
  private final List<Poller> pollers = new CopyOnWriteArrayList<>();
  private PollObserver observer = PollObserver.NOBODY;

  /**
   * How a node reads.
   *
   * @param batchSizeMax events a transaction, at most
   * @param workers threads a subscription, at most
   * @param wakeNodes whether nodes tell each other of stamps
   * @param pollInterval rest of the lookout after a look
   * @param idleInterval rest of the lookout after many looks that found nothing
   */
  public record Settings(
      int batchSizeMax,
      int workers,
      boolean wakeNodes,
      Duration pollInterval,
      Duration idleInterval) {}

  /**
   * @param node name of this process, for receipts
   */
  public Reading(Database database, String node, EventCodec codec, Settings settings) {
    this.database = database;
    this.node = node;
    this.codec = codec;
    this.settings = settings;
  }

  /** Tells {@code value} what each poll comes to, and each transaction in it. */
  public Reading observedBy(PollObserver value) {
    observer = value;
    return this;
  }

  /**
   * The polls, not started. Without a subscription there is still the look: what this process
   * publishes is stamped, and that a node is there can be seen.
   *
   * @throws IllegalStateException if a subscription does not fit its row, or there are more workers
   *     than connections; the message says what to change
   */
  public List<Poll> polls(List<Subscription> subscriptions) {
    SubscriptionCheck.checkNames(subscriptions);
    checkConnections(subscriptions);
    Login looking = database.login(Sequencer.LOGIN);
    Sequencer sequencer = new Sequencer(looking, Crew.SLOW_TICK.toMillis());
    subscriptions.stream()
        .limit(1)
        .forEach(first -> SubscriptionCheck.checkParts(database.login(first.login())));
    // Not the node's name: two processes may be given the same one.
    String self = UUID.randomUUID().toString();
    List<Crew> crews = new ArrayList<>();
    for (Subscription subscription : subscriptions) {
      crews.add(crew(subscription, sequencer));
    }
    Lookout lookout =
        new Lookout(
            sequencer,
            self,
            settings.wakeNodes(),
            crews,
            settings.pollInterval(),
            settings.idleInterval());
    database.onPublished(lookout::ring);
    List<Poll> polls = new ArrayList<>();
    polls.add(lookout);
    if (settings.wakeNodes()) {
      polls.add(new StampListener(looking, self, lookout::tell));
    }
    crews.forEach(crew -> polls.addAll(crew.workers()));
    return polls;
  }

  /**
   * Says that the process ends because it is told to: what its workers are at is rolled back, and
   * others take it up; without this, they would think that it has died of an event, and the second
   * restart would be held against the event. On connections of its own, since handlers that hang
   * may have all of a pool. A server that does not answer in a second is left alone.
   */
  public void leave() {
    Map<String, List<Poller>> leaving =
        pollers.stream()
            .filter(Poller::mayBeThoughtDead)
            .collect(Collectors.groupingBy(poller -> poller.subscription().login()));
    leaving.forEach(
        (login, those) -> {
          try (Connection apart = database.connectInHaste(login, LEAVE_SECONDS)) {
            JdbcClient jdbc = JdbcClient.create(new SingleConnectionDataSource(apart, true));
            those.forEach(poller -> poller.leave(jdbc));
          } catch (SQLException | DataAccessException e) {
            LOG.warn(
                "the marks of \"{}\" stay: its end may count as a failure of the events under way: {}",
                login,
                e.getMessage());
          }
        });
  }

  private Crew crew(Subscription subscription, Sequencer sequencer) {
    Login login = database.login(subscription.login());
    SubscriptionCheck.check(subscription, login);
    return new Crew(
        subscription.name(),
        settings.workers(),
        n -> {
          Poller poller =
              new Poller(subscription, login, codec, node, settings.batchSizeMax(), sequencer)
                  .observedBy(observer);
          pollers.add(poller);
          return poller;
        },
        observer);
  }

  private void checkConnections(List<Subscription> subscriptions) {
    Map<String, Integer> workers = new HashMap<>();
    subscriptions.forEach(s -> workers.merge(s.login(), settings.workers(), Integer::sum));
    int most = database.poolSize() - SPARE_CONNECTIONS;
    workers.forEach(
        (login, needed) -> {
          if (needed > most) {
            throw new IllegalStateException(
                "commondata.workers is %d: the subscriptions of login \"%s\" would need %d connections, and it has %d for them. Set a lower number"
                    .formatted(settings.workers(), login, needed, most));
          }
        });
  }
}

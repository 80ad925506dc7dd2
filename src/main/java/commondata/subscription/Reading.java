package commondata.subscription;

import commondata.database.Database;
import commondata.database.Login;
import commondata.event.EventCodec;
import commondata.schedule.Poll;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** All polls by which a node reads its subscriptions: a lookout, and a crew a subscription. */
public final class Reading {

  /** Connections of a login that are left for what is not a worker. */
  private static final int SPARE_CONNECTIONS = 2;

  private final Database database;
  private final String node;
  private final EventCodec codec;
  private final Settings settings;
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
   * The polls, not started.
   *
   * @throws IllegalStateException if a subscription does not fit its row, or there are more workers
   *     than connections; the message says what to change
   */
  public List<Poll> polls(List<Subscription> subscriptions) {
    if (subscriptions.isEmpty()) {
      return List.of();
    }
    SubscriptionCheck.checkNames(subscriptions);
    checkConnections(subscriptions);
    Login looking = database.login(Sequencer.LOGIN);
    Sequencer sequencer = new Sequencer(looking, Crew.SLOW_TICK.toMillis());
    SubscriptionCheck.checkParts(database.login(subscriptions.get(0).login()));
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

  private Crew crew(Subscription subscription, Sequencer sequencer) {
    Login login = database.login(subscription.login());
    SubscriptionCheck.check(subscription, login);
    return new Crew(
        subscription.name(),
        settings.workers(),
        n ->
            new Poller(subscription, login, codec, node, settings.batchSizeMax(), sequencer)
                .observedBy(observer),
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

package testkit;

import commondata.database.Login;
import commondata.event.EventCodec;
import commondata.schedule.Poll;
import commondata.subscription.PollOutcome;
import commondata.subscription.Poller;
import commondata.subscription.Sequencer;
import commondata.subscription.Subscription;
import java.util.ArrayList;
import java.util.List;

/**
 * A node without a clock: the test ticks it, on its own thread.
 *
 * <pre>{@code
 * Node node = Node.of(DATABASE, payment, order).with(mailWriter);
 * node.untilQuiet();
 * }</pre>
 */
public final class Node {

  private static final int BATCH_SIZE_MAX = 100;
  private static final int ROUNDS_MAX = 10_000;

  private final List<Poll> polls = new ArrayList<>();

  private Node() {}

  /** Reads these subscriptions, each under the login that owns it. */
  public static Node of(TestDatabase database, Subscription... subscriptions) {
    Node node = new Node();
    EventCodec codec = new EventCodec();
    for (Subscription subscription : subscriptions) {
      Login login = database.login(subscription.login());
      Sequencer sequencer = new Sequencer(login, 0);
      node.polls.add(
          new Reading(new Poller(subscription, login, codec, "test", BATCH_SIZE_MAX, sequencer)));
    }
    return node;
  }

  /** Ticks this, too: a feed, the mail writer. */
  public Node with(Poll... more) {
    polls.addAll(List.of(more));
    return this;
  }

  /** Polls each once; returns whether any had work. */
  public boolean tick() {
    boolean worked = false;
    for (Poll poll : polls) {
      worked |= poll.pollOnce();
    }
    return worked;
  }

  /** Ticks until nothing moves any more. Parked keys that are not due yet count as quiet. */
  public void untilQuiet() {
    for (int round = 0; round < ROUNDS_MAX; round++) {
      if (!tick()) {
        return;
      }
    }
    throw new AssertionError(
        "still busy after " + ROUNDS_MAX + " rounds: do two handlers play ball?");
  }

  private record Reading(Poller poller) implements Poll {

    @Override
    public String name() {
      return poller.subscription().name();
    }

    @Override
    public boolean pollOnce() {
      PollOutcome outcome = poller.pollOnce();
      if (outcome instanceof PollOutcome.Interrupted interrupted) {
        throw new AssertionError(name() + " was interrupted: " + interrupted.error());
      }
      return outcome.worked();
    }
  }
}

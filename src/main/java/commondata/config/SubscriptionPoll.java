package commondata.config;

import commondata.schedule.Poll;
import commondata.subscription.PollOutcome;
import commondata.subscription.Poller;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A poller as the clock sees it. */
final class SubscriptionPoll implements Poll {

  private static final Logger LOG = LoggerFactory.getLogger(SubscriptionPoll.class);

  private final Poller poller;
  private boolean interrupted;

  SubscriptionPoll(Poller poller) {
    this.poller = poller;
  }

  @Override
  public String name() {
    return poller.subscription().name();
  }

  @Override
  public boolean pollOnce() {
    PollOutcome outcome = poller.pollOnce();
    if (outcome instanceof PollOutcome.Interrupted outage) {
      if (!interrupted) {
        LOG.warn("{}: the database can't be used, polling goes on: {}", name(), outage.error());
      }
      interrupted = true;
    } else {
      interrupted = false;
    }
    return outcome.worked();
  }
}

package commondata.subscription;

import commondata.schedule.Pace;
import commondata.schedule.Poll;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One of a {@link Crew}: a poller as the clock sees it. */
final class Worker implements Poll {

  private static final Logger LOG = LoggerFactory.getLogger(Worker.class);

  private final String name;
  private final Poller poller;
  private final Crew crew;
  private boolean isOut;
  private boolean triesAgain;

  Worker(String name, Poller poller, Crew crew) {
    this.name = name;
    this.poller = poller.whenGivenUp(part -> crew.giveUp(this, part));
    this.crew = crew;
  }

  void beCareful(int part) {
    poller.beCareful(part);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Optional<Pace> pace() {
    return Optional.of(crew.paceOf(this));
  }

  @Override
  public boolean pollOnce() {
    long wakes = crew.wakes();
    PollOutcome outcome = crew.atWork(this, poller::pollOnce);
    if (outcome instanceof PollOutcome.Interrupted outage) {
      tell(outage);
    } else {
      if (isOut) {
        LOG.info("{}: the database can be used again", name);
      }
      isOut = false;
      triesAgain = false;
    }
    return outcome.worked() || (outcome instanceof PollOutcome.Idle && crew.wakes() != wakes);
  }

  /** Each kind once, until a poll works again. */
  private void tell(PollOutcome.Interrupted outage) {
    if (outage.event() == null) {
      if (!isOut) {
        LOG.warn("{}: the database can't be used, polling goes on: {}", name, outage.error());
      }
      isOut = true;
    } else {
      if (!triesAgain) {
        LOG.warn("{}: {} is tried again: {}", name, outage.event(), outage.error());
      }
      triesAgain = true;
    }
  }
}

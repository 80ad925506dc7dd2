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
  private boolean interrupted;

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
      if (!interrupted) {
        LOG.warn("{}: the database can't be used, polling goes on: {}", name, outage.error());
      }
      interrupted = true;
    } else {
      if (interrupted) {
        LOG.info("{}: the database can be used again", name);
      }
      interrupted = false;
    }
    return outcome.worked() || (outcome instanceof PollOutcome.Idle && crew.wakes() != wakes);
  }
}

package commondata.job;

import commondata.database.Database;
import commondata.job.DueDates.Due;
import commondata.schedule.Bell;
import commondata.schedule.Pace;
import commondata.schedule.Poll;
import commondata.schedule.ScheduledJob;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sees to it that a job gets a run for each business date for which its schedule was due. Any
 * number of nodes may poll for one job.
 *
 * <p>A poll computes the times that are past and not settled, and asks the runs what became of
 * them. A date is done when a run of it that was started since, by the clock or by hand, has
 * succeeded, or has failed for a cause that a person must mend (exit codes 8 and 12, of which the
 * alarm {@code run-failed} tells). One that failed for its surroundings (16), or whose node died,
 * is tried again, after ten seconds that double up to ten minutes. What is done up to the oldest
 * date that is not is written as settled.
 *
 * <p>The clock's ring wakes the poll of one node at the very time. The others look a little later,
 * which makes up for a ring that was lost, and for whatever was due while no node was there. Two
 * nodes at once do no harm: a job runs once at a time, and a run that is there already is seen.
 *
 * <p>On a crash
 *
 * <ul>
 *   <li>before the run is started, the date is still due;
 *   <li>while it runs, the server drops the run's lock: the next node to look begins anew;
 *   <li>after its commit, the run itself says that the date is done; what is settled is written
 *       late, at most.
 * </ul>
 */
public final class ScheduledRuns implements Poll {

  private static final Logger LOG = LoggerFactory.getLogger(ScheduledRuns.class);

  /** Leaves the start to the node that hears the ring. */
  private static final Duration GRACE = Duration.ofSeconds(2);

  /** Runs say what is done: the row need not be written for each. */
  private static final Duration SETTLE_EVERY = Duration.ofMinutes(10);

  /** The machine's clock may be set. */
  private static final Duration LOOK_AT_LEAST_EVERY = Duration.ofMinutes(1);

  private static final Duration TICK = Duration.ofSeconds(1);

  /** Behind its time, so that it is worth a line. */
  private static final Duration LATE = Duration.ofMinutes(1);

  private final ScheduledJob job;
  private final JobTimes times;
  private final DueLedger ledger;
  private final DueDates dates;
  private final JobRunner runner;
  private final Clock clock;
  private final AtomicBoolean isRung = new AtomicBoolean();
  private final Pace pace = new Pace(new Bell(), Duration.ZERO, TICK, TICK);

  private Instant askAt = Instant.MIN;
  private Instant settledHere = Instant.MIN;

  /** By business date: for which of its times there was nothing to do. */
  private final Map<LocalDate, Instant> nothingToDo = new HashMap<>();

  private ScheduledRuns(
      JobDefinition job, Schedule schedule, JobRunner runner, Database database, Clock clock) {
    this.job = schedule.of(job.name(), job.owner());
    this.times = new JobTimes(this.job, schedule);
    this.ledger = new DueLedger(database.login(job.owner()), job.name());
    this.dates = new DueDates(times, ledger);
    this.runner = runner;
    this.clock = clock;
  }

  /**
   * One for each of those jobs that has a schedule.
   *
   * @throws commondata.schedule.ClockException if a cron expression is none
   */
  public static List<ScheduledRuns> all(
      List<JobDefinition> jobs, JobRunner runner, Database database, Clock clock) {
    return jobs.stream()
        .flatMap(
            job ->
                Optional.ofNullable(job.schedule())
                    .map(schedule -> new ScheduledRuns(job, schedule, runner, database, clock))
                    .stream())
        .toList();
  }

  /** What a clock needs to know of it. */
  public ScheduledJob job() {
    return job;
  }

  /** It is due now: its poll looks at once. Called by any thread. */
  public void ring() {
    isRung.set(true);
    pace.bell().ring();
  }

  @Override
  public String name() {
    return "job-" + job.name();
  }

  @Override
  public Optional<Pace> pace() {
    return Optional.of(pace);
  }

  /** Runs the job for the oldest business date that is due; false if none is. */
  @Override
  public boolean pollOnce() {
    if (!isRung.getAndSet(false) && clock.instant().isBefore(askAt)) {
      return false;
    }
    DueLedger.Settled settled = ledger.settled();
    if (settled.until() == null) {
      // Seen for the first time: what lies before was never due.
      settle(settled.now());
      return false;
    }
    Instant from = later(settled.until(), settledHere);
    List<Due> due = due(from, settled.now());
    for (Due date : due) {
      if (!date.runAt().isAfter(settled.now())) {
        return run(date.run(), settled.now());
      }
    }
    settledHere = settledBy(due).orElse(from);
    if (settledHere.isAfter(settled.until())
        && settled.now().isAfter(settled.until().plus(SETTLE_EVERY))) {
      settle(settledHere);
    }
    askAt = clock.instant().plus(Duration.between(settled.now(), nextLook(due, settled.now())));
    return false;
  }

  private List<Due> due(Instant from, Instant now) {
    return dates.between(from, now).stream().map(this::known).toList();
  }

  private Due known(Due date) {
    Instant forNothing = nothingToDo.get(date.run().businessDate());
    return date.run().dueAt().equals(forNothing) ? date.done() : date;
  }

  /** Up to just before the oldest date that is not done. */
  private static Optional<Instant> settledBy(List<Due> due) {
    return due.stream()
        .filter(date -> !date.isDone())
        .findFirst()
        .map(date -> date.run().dueAt().minusMillis(1))
        .or(() -> due.stream().map(date -> date.run().dueAt()).reduce(ScheduledRuns::later));
  }

  private Instant nextLook(List<Due> due, Instant now) {
    Stream<Instant> again = due.stream().map(Due::runAt);
    Stream<Instant> next = times.next(now).map(time -> time.plus(GRACE)).stream();
    return Stream.concat(again, next).reduce(now.plus(LOOK_AT_LEAST_EVERY), ScheduledRuns::earlier);
  }

  private static Instant later(Instant one, Instant other) {
    return one.isAfter(other) ? one : other;
  }

  private static Instant earlier(Instant one, Instant other) {
    return one.isBefore(other) ? one : other;
  }

  private boolean run(DueRun due, Instant now) {
    if (now.isAfter(due.dueAt().plus(LATE))) {
      LOG.info(
          "{}: was due for {} at {}, which is made up for",
          job.name(),
          due.businessDate(),
          due.dueAt());
    }
    RunResult result = runner.runDue(job.name(), due);
    if (result instanceof RunResult.AlreadyRunning) {
      askAt = clock.instant().plus(DueDates.RETRY);
      return false;
    }
    if (result instanceof RunResult.NothingToDo) {
      nothingToDo.put(due.businessDate(), due.dueAt());
    } else if (!(result instanceof RunResult.Finished)) {
      throw new IllegalStateException("job \"%s\" can't be run: %s".formatted(job.name(), result));
    }
    return true;
  }

  private void settle(Instant until) {
    ledger.settle(until, times.next(until).orElse(null));
    nothingToDo.values().removeIf(dueAt -> !dueAt.isAfter(until));
  }
}

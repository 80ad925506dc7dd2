package commondata.job;

import commondata.database.Login;
import commondata.job.DueLedger.Tried;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The business dates that a job with a schedule was due for, and what became of them. */
public final class DueDates {

  /** When a date that is done may be run. */
  static final Instant NEVER = Instant.MAX;

  /** The first rest after a failure, and how soon the run of a node that died is begun anew. */
  static final Duration RETRY = Duration.ofSeconds(10);

  private static final int DOUBLINGS_MAX = 6;

  private final JobTimes times;
  private final DueLedger ledger;

  DueDates(JobTimes times, DueLedger ledger) {
    this.times = times;
    this.ledger = ledger;
  }

  /**
   * Those that no run has done yet, with the last time at which each was due; empty if the job has
   * no schedule, or no node has ever clocked it. One that has failed for its own fault counts as
   * done: the alarm {@code run-failed} tells of it.
   *
   * @param login any that may read jobs and runs
   */
  public static SortedMap<LocalDate, Instant> open(JobDefinition job, Login login) {
    SortedMap<LocalDate, Instant> open = new TreeMap<>();
    Schedule schedule = job.schedule();
    if (schedule == null) {
      return open;
    }
    DueLedger ledger = new DueLedger(login, job.name());
    DueLedger.Settled settled = ledger.settled();
    if (settled.until() != null) {
      new DueDates(new JobTimes(schedule.of(job.name(), job.owner()), schedule), ledger)
          .between(settled.until(), settled.now()).stream()
              .filter(date -> !date.isDone())
              .forEach(date -> open.put(date.run().businessDate(), date.run().dueAt()));
    }
    return open;
  }

  /**
   * A business date that the job was due for.
   *
   * @param runAt when it may be run; {@link #NEVER} if it is done
   */
  record Due(DueRun run, Instant runAt) {

    boolean isDone() {
      return runAt.equals(NEVER);
    }

    Due done() {
      return new Due(run, NEVER);
    }
  }

  /** Those with a time in this span, the oldest first. */
  List<Due> between(Instant from, Instant until) {
    SortedMap<LocalDate, Instant> due = times.between(from, until);
    if (due.isEmpty()) {
      return List.of();
    }
    Map<LocalDate, Tried> tried = ledger.tried(due);
    return due.entrySet().stream()
        .map(each -> due(each.getKey(), each.getValue(), tried.get(each.getKey())))
        .toList();
  }

  private static Due due(LocalDate businessDate, Instant dueAt, @Nullable Tried tried) {
    DueRun run = new DueRun(businessDate, dueAt, tried == null ? 0 : tried.runs());
    return new Due(run, runAt(dueAt, tried));
  }

  private static Instant runAt(Instant dueAt, @Nullable Tried tried) {
    if (tried == null) {
      return dueAt;
    }
    if (tried.succeeded()) {
      return NEVER;
    }
    if (tried.lastExitCode() == null) {
      // Running, or its node has died: whoever starts it finds out.
      return dueAt;
    }
    if (tried.lastExitCode() != RunExitCode.ENVIRONMENT) {
      return NEVER;
    }
    long doublings = Math.min(tried.runs() - 1, DOUBLINGS_MAX);
    return tried.lastAt().plus(RETRY.multipliedBy(1L << doublings));
  }
}

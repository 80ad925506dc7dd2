package commondata.feed;

import commondata.fault.FaultPoint;
import commondata.job.Counts;
import commondata.job.Plural;
import commondata.job.RejectLimit;
import commondata.job.RunExitCode;
import commondata.job.Step;
import commondata.job.StepClock;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.springframework.jdbc.core.JdbcTemplate;

/**
 * Ends a file whose records lie in the feed's tables, in the open transaction: checks, then the
 * job's SQL or the refusal. Rows of a table that is appended to are there already; a refusal takes
 * them away again.
 */
final class StagedFile {

  private static final int REFUSALS_MAX = 10;

  private final Feed feed;
  private final long file;
  private final boolean large;
  private final boolean append;
  private final long run;
  private final LocalDate businessDate;
  private final JdbcTemplate jdbc;
  private final Rejects rejects;
  private final FileErrors written;
  private final FileTables tables;
  private final Map<String, Object> values = new HashMap<>();
  private Long[] superseded = {};
  private long repeated;
  private long rejectedUnchecked;

  StagedFile(Feed feed, FileLedger.Entry entry, long run, LocalDate businessDate) {
    this(feed, entry.id(), entry.size(), run, businessDate);
  }

  /**
   * @param size bytes of the file
   */
  StagedFile(Feed feed, long file, long size, long run, LocalDate businessDate) {
    this.feed = feed;
    this.file = file;
    this.large = feed.isLarge(size);
    this.append = feed.layout().appends();
    this.run = run;
    this.businessDate = businessDate;
    this.jdbc = new JdbcTemplate(feed.login().dataSource());
    this.rejects = new Rejects(jdbc, file);
    this.written = new FileErrors(feed.login());
    this.tables = new FileTables(feed, file);
    values.put("file_id", file);
    values.put("run_id", run);
    values.put("business_date", businessDate);
    values.put("superseded_files", superseded);
    feed.job().params().forEach(p -> values.put(p.name(), p.defaultValue()));
  }

  /**
   * Checks the records and then loads or refuses the file.
   *
   * @param path where it lies
   * @param requireAsClaimed fails if it is not what was claimed
   */
  LoadOutcome finish(WholeFile read, Path path, Runnable requireAsClaimed) {
    List<FileError> errors = new ArrayList<>(read.errors());
    if (feed.source().supersedes()) {
      superseded = feed.files().loadedFor(businessDate);
      values.put("superseded_files", superseded);
    }
    List<String> refusals = List.of();
    if (errors.isEmpty()) {
      check(read.rows());
      refusals = refusalsOfChecks();
      // A file that the limit refuses is shown with its records, too: they say what is wrong.
      new RejectedRecords(feed, file).locate(path, read.slices(), requireAsClaimed);
    }
    long rejected = written.lines(file);
    RejectLimit limit = feed.job().rejects();
    if (errors.isEmpty() && !limit.allows(rejected, read.records())) {
      errors.add(
          new FileError(
              0,
              Code.LIMIT,
              "%d of %d %s %s refused; allowed are %s"
                  .formatted(
                      rejected,
                      read.records(),
                      Plural.of(read.records(), "record"),
                      Plural.of(rejected, "is", "are"),
                      limit)));
    }
    return errors.isEmpty() && refusals.isEmpty()
        ? load(read, rejected)
        : refuse(read, rejected, errors, refusals);
  }

  /** What checks have against the file as a whole: they say so of line 0. */
  private List<String> refusalsOfChecks() {
    return written.first(file, REFUSALS_MAX).stream()
        .filter(error -> error.line() == 0)
        .map(error -> error.code() + ": " + error.message())
        .toList();
  }

  /**
   * All rows are there: their keys and the job's checks may refuse further records.
   *
   * @param rows how many there are
   */
  void check(long rows) {
    repeated = tables.complete(rows);
    // What is refused before it is checked has no row in a table that is appended to.
    rejectedUnchecked = append ? written.lines(file) : 0;
    StepClock.limitEach(jdbc, feed.job());
    runSteps(Step.Check.class);
    FaultPoint.FILE_CHECKED.reached();
  }

  /** Loads what is not refused. */
  LoadOutcome load(WholeFile read, long rejected) {
    StepClock.limitEach(jdbc, feed.job());
    supersede();
    long removed = rejected > rejectedUnchecked ? tables.removeRejected() : 0;
    Counts counts = new Counts(read.records(), 0, rejected, 0).plus(runSteps(Step.Sql.class));
    boolean owesEvents = feed.eventStep() != null && read.records() > feed.cutLines();
    if (!owesEvents) {
      values.put("line_from", 1L);
      values.put("line_to", read.endLine());
      counts = counts.plus(runSteps(Step.Events.class));
    }
    FaultPoint.FILE_MERGED.reached();
    long loaded = append ? appended(read.rows() - repeated - removed) : empty();
    if (loaded + rejected != read.records()) {
      throw new IllegalStateException(
          "%d %s read, but %d loaded and %d refused: a step removed rows from %s"
              .formatted(
                  read.records(),
                  Plural.of(read.records(), "record was", "records were"),
                  loaded,
                  rejected,
                  String.join(", ", feed.layout().tables())));
    }
    int exitCode = rejected == 0 ? RunExitCode.CLEAN : RunExitCode.WITH_REJECTS;
    end(FileLedger.State.LOADED, read.records(), read.control(), loaded, rejected, "");
    feed.runs().finish(run, exitCode, counts, counts.toString());
    if (owesEvents) {
      feed.events().owe(file, read.endLine());
    }
    return new LoadOutcome.Loaded(run, exitCode, owesEvents);
  }

  /** What the ledger will say must be there: a step of the job may have removed some. */
  private long appended(long rows) {
    boolean mayBeLess = feed.job().steps().stream().anyMatch(Step.Sql.class::isInstance);
    return mayBeLess ? tables.count() : rows;
  }

  private void supersede() {
    if (superseded.length > 0) {
      feed.files().supersede(file, superseded);
      if (append) {
        tables.remove(superseded);
      }
    }
  }

  private LoadOutcome refuse(
      WholeFile read, long rejected, List<FileError> errors, List<String> refusals) {
    StepClock.lift(jdbc);
    errors.forEach(rejects::add);
    rejects.write();
    discard(true);
    // Of a slice that was not read to its end, only what it refused is known.
    long records = Math.max(read.records(), rejected);
    String reason =
        Stream.concat(errors.stream().map(FileError::toString), refusals.stream())
            .collect(Collectors.joining("; "));
    end(FileLedger.State.REJECTED, records, read.control(), 0, rejected, reason);
    Counts counts = new Counts(records, 0, rejected, 0);
    feed.runs().finish(run, RunExitCode.REJECTED, counts, reason);
    return new LoadOutcome.Rejected(reason);
  }

  /** Ends a file that could not be loaded and whose load was rolled back, but for its slices. */
  void refuseUnread(FileError reason, int exitCode) {
    rejects.add(reason);
    rejects.write();
    new FormerTables(feed, file).discard();
    List<SliceResult> slices = new LoadLedger(feed.login(), file, run).slices();
    discard(!slices.isEmpty());
    long rejected = written.lines(file);
    long records = Math.max(slices.stream().mapToLong(SliceResult::records).sum(), rejected);
    String control = WholeFile.refused(reason).control();
    end(FileLedger.State.REJECTED, records, control, 0, rejected, reason.toString());
    feed.runs().finish(run, exitCode, new Counts(records, 0, rejected, 0), reason.message());
  }

  /** Removes the file's rows from staging, and no other's; returns how many there were. */
  private long empty() {
    return large && !areOthersStaged() && tables.isLocked() && !areOthersStaged()
        ? tables.truncate()
        : tables.empty();
  }

  private boolean areOthersStaged() {
    return new LoadLedger(feed.login(), file, run).areOthersBegun(feed.layout().tables());
  }

  /**
   * Removes what a file that is refused has left.
   *
   * @param some whether rows of it may be there
   */
  private void discard(boolean some) {
    if (append) {
      tables.discard(some);
    } else if (some) {
      empty();
    }
  }

  private Counts runSteps(Class<? extends Step> kind) {
    Counts counts = Counts.NONE;
    for (Step step : feed.job().steps()) {
      if (kind.isInstance(step)) {
        counts = counts.plus(run(step));
      }
    }
    return counts;
  }

  private Counts run(Step step) {
    if (step instanceof Step.Check check) {
      check.script().run(jdbc, values);
      // What it has inserted are refused records: these are counted where they lie.
      return Counts.NONE;
    }
    if (step instanceof Step.Sql sql) {
      return sql.script().run(jdbc, values);
    }
    if (step instanceof Step.Events events) {
      return events.script().run(jdbc, values);
    }
    throw new IllegalStateException("a feed has no step " + step);
  }

  private void end(
      FileLedger.State state,
      long records,
      String control,
      long loaded,
      long rejected,
      String reason) {
    feed.files()
        .finish(
            file,
            new FileLedger.End(
                state, run, businessDate, records, loaded, rejected, control, reason));
  }
}

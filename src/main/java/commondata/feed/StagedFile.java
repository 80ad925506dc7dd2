package commondata.feed;

import commondata.fault.FaultPoint;
import commondata.job.Counts;
import commondata.job.ExitCode;
import commondata.job.RejectLimit;
import commondata.job.Step;
import commondata.job.StepClock;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.springframework.jdbc.core.JdbcTemplate;

/**
 * Ends a file whose records lie in the feed's tables, in the open transaction: checks, then the
 * job's SQL or the refusal. Rows of a table that is appended to are there already; a refusal takes
 * them away again.
 */
final class StagedFile {

  /**
   * IS TRUE keeps the planner from making a join of it: without statistics of rows that were copied
   * a moment ago it scanned all of them for each reject. So it hashes the rejects and scans once.
   */
  private static final String REMOVE_REJECTED =
      """
      DELETE FROM %s AS s
      WHERE s.file = ?
        AND (
            s.line IN (
                SELECT r.line
                FROM commondata.file_reject AS r
                WHERE r.file = ?
            )
        ) IS TRUE
      """;

  private static final String EMPTY =
      """
      DELETE FROM %s AS s
      WHERE s.file = ?
      """;

  /** Many rows go with their file: deleting them one by one would cost more than loading them. */
  private static final String TRUNCATE = "TRUNCATE %s";

  private static final String REMOVE_SUPERSEDED =
      """
      DELETE FROM %s AS s
      WHERE s.file = ANY (?)
      """;

  private static final String COUNT =
      """
      SELECT count(*)
      FROM %s AS s
      WHERE s.file = ?
      """;

  private final Feed feed;
  private final long file;
  private final boolean large;
  private final boolean append;
  private final long run;
  private final LocalDate businessDate;
  private final JdbcTemplate jdbc;
  private final Rejects rejects;
  private final Map<String, Object> values = new HashMap<>();
  private Long[] superseded = {};

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
   */
  LoadOutcome finish(WholeFile read, Path path) {
    List<FileError> errors = new ArrayList<>(read.errors());
    if (feed.source().supersedes()) {
      superseded = feed.files().loadedFor(businessDate);
      values.put("superseded_files", superseded);
    }
    if (errors.isEmpty()) {
      check();
      // A file that the limit refuses is shown with its records, too: they say what is wrong.
      new RejectedRecords(feed, file).locate(path, read.slices());
    }
    long rejected = feed.files().rejectedLines(file);
    RejectLimit limit = feed.job().rejects();
    if (errors.isEmpty() && !limit.allows(rejected, read.records())) {
      errors.add(
          new FileError(
              0,
              Code.LIMIT,
              "%d of %d records are refused; allowed are %s"
                  .formatted(rejected, read.records(), limit)));
    }
    return errors.isEmpty() ? load(read, rejected) : refuse(read, rejected, errors);
  }

  /** Runs the job's checks: each may refuse further records. */
  void check() {
    StepClock.limitEach(jdbc, feed.job());
    runSteps(Step.Check.class);
    FaultPoint.FILE_CHECKED.reached();
  }

  /** Loads what is not refused. */
  LoadOutcome load(WholeFile read, long rejected) {
    StepClock.limitEach(jdbc, feed.job());
    supersede();
    long removed = rejected > 0 ? update(REMOVE_REJECTED, file, file) : 0;
    Counts counts = new Counts(read.records(), 0, rejected, 0).plus(runSteps(Step.Sql.class));
    boolean owesEvents = feed.eventStep() != null && read.records() > feed.cutLines();
    if (!owesEvents) {
      values.put("line_from", 1L);
      values.put("line_to", read.endLine());
      counts = counts.plus(runSteps(Step.Events.class));
    }
    FaultPoint.FILE_MERGED.reached();
    long loaded = append ? read.rows() - removed : empty();
    if (loaded + rejected != read.records()) {
      throw new IllegalStateException(
          "%d records were read, but %d loaded and %d refused: a step removed rows from %s"
              .formatted(read.records(), loaded, rejected, String.join(", ", tables())));
    }
    int exitCode = rejected == 0 ? ExitCode.CLEAN : ExitCode.WITH_REJECTS;
    end(FileLedger.State.LOADED, read.records(), read.control(), loaded, rejected, "");
    feed.runs().finish(run, exitCode, counts, counts.toString());
    if (owesEvents) {
      feed.events().owe(file, read.endLine());
    }
    return new LoadOutcome.Loaded(run, exitCode, owesEvents);
  }

  private void supersede() {
    if (superseded.length > 0) {
      feed.files().supersede(file, superseded);
      if (append) {
        update(REMOVE_SUPERSEDED, (Object) superseded);
      }
    }
  }

  private LoadOutcome refuse(WholeFile read, long rejected, List<FileError> errors) {
    StepClock.lift(jdbc);
    errors.forEach(rejects::add);
    rejects.write();
    discard();
    // Of a slice that was not read to its end, only what it refused is known.
    long records = Math.max(read.records(), rejected);
    String reason = errors.stream().map(FileError::toString).collect(Collectors.joining("; "));
    end(FileLedger.State.REJECTED, records, read.control(), 0, rejected, reason);
    Counts counts = new Counts(records, 0, rejected, 0);
    feed.runs().finish(run, ExitCode.REJECTED, counts, reason);
    return new LoadOutcome.Rejected(reason);
  }

  /** Ends a file that could not be loaded and whose load was rolled back. */
  void refuseUnread(FileError reason, int exitCode) {
    rejects.add(reason);
    rejects.write();
    if (!new LoadLedger(feed.login(), file, run).slices().isEmpty()) {
      discard();
    }
    WholeFile none = WholeFile.refused(reason);
    end(FileLedger.State.REJECTED, none.records(), none.control(), 0, 0, reason.toString());
    feed.runs().finish(run, exitCode, Counts.NONE, reason.message());
  }

  /** Removes the file's rows from staging; returns how many there were. */
  private long empty() {
    if (!large) {
      return update(EMPTY, file);
    }
    long rows = 0;
    for (String table : tables()) {
      Long count = jdbc.queryForObject(COUNT.formatted(table), Long.class, file);
      jdbc.execute(TRUNCATE.formatted(table));
      rows += count == null ? 0 : count;
    }
    return rows;
  }

  /** Removes what a file that is refused has left. */
  private void discard() {
    if (append) {
      update(EMPTY, file);
    } else {
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
      return check.script().run(jdbc, values);
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

  /** Runs a statement on each of the tables; returns how many rows it met. */
  private long update(String statement, Object... parameters) {
    long rows = 0;
    for (String table : tables()) {
      rows += jdbc.update(statement.formatted(table), parameters);
    }
    return rows;
  }

  /** Their names can't be parameters; the layout's schema lets only names through. */
  private List<String> tables() {
    return feed.layout().tables();
  }
}

package commondata.feed;

import commondata.database.Database;
import commondata.database.Login;
import commondata.job.Counts;
import commondata.job.DeclaredEvents;
import commondata.job.JobDefinition;
import commondata.job.RunExitCode;
import commondata.job.RunFailure;
import commondata.job.StartedBy;
import commondata.operate.Act;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.springframework.jdbc.core.JdbcTemplate;

/**
 * Loads refused records of a file once somebody has corrected them: a run of its own under the
 * feed's login, and in one commit with the act. The records go the way of all others: typed,
 * copied, checked, merged, published. They are loaded under a number of their own and their old
 * lines, all of them or none: if one is still wrong, every error of each is told and nothing is
 * changed.
 *
 * <p>Control totals are those of the file that came, so they are not asked again; nor is the limit
 * of rejects, because there may be none.
 *
 * <p>On a crash before the commit nothing has happened but a run that was begun; the next start
 * marks it ABANDONED. Thread-safe.
 */
public final class Corrections {

  private final Feed feed;
  private final CorrectionLedger ledger;

  Corrections(Feed feed) {
    this.feed = feed;
    this.ledger = new CorrectionLedger(feed.login(), feed.name());
  }

  /**
   * Corrections of one feed.
   *
   * @param dropRoot directory that holds the drop directories of all feeds
   * @param node name of this process
   */
  public static Corrections of(JobDefinition job, Database database, Path dropRoot, String node) {
    return new Corrections(
        FeedCheck.fit(Feed.of(job, database.bulkLogin(job.owner()), dropRoot, node)));
  }

  /**
   * Loads corrected records.
   *
   * @param file number of the file that had them
   * @param corrected each as it should have come, by its line; not empty
   */
  public CorrectionOutcome resubmit(long file, SortedMap<Long, String> corrected, Act act) {
    return prepared(file, corrected, act, this::start);
  }

  /**
   * Does all that {@link #resubmit} does but the commit: no run, act or row is left behind, but a
   * number that no file gets. Meanwhile the feed counts as busy.
   *
   * @param file number of the file that had them
   * @param corrected each as it should have come, by its line; not empty
   */
  public CorrectionOutcome dryRun(long file, SortedMap<Long, String> corrected) {
    return prepared(file, corrected, new Act("dry run", "dry run"), this::tryOut);
  }

  private CorrectionOutcome prepared(
      long file,
      SortedMap<Long, String> corrected,
      Act act,
      Function<Work, CorrectionOutcome> next) {
    SortedMap<Long, String> records = new TreeMap<>(corrected);
    CorrectionLedger.Corrected original = ledger.find(file).orElse(null);
    if (original == null) {
      return new CorrectionOutcome.Refused(
          "file %d is none of feed \"%s\"".formatted(file, feed.name()));
    }
    if (!original.isLoaded()) {
      return new CorrectionOutcome.Refused(
          "file %d (%s) is %s: only records of a file that came and was loaded can be corrected; drop the corrected file instead"
              .formatted(file, original.name(), original.state()));
    }
    if (!original.hasRejects()) {
      return new CorrectionOutcome.Refused(
          "file %d (%s): its refused records were kept long enough and are removed; drop a file with the corrected ones instead"
              .formatted(file, original.name()));
    }
    String contradiction = ledger.contradiction(file, records);
    if (contradiction != null) {
      return new CorrectionOutcome.Refused(
          "file %d (%s): %s; see its rejects".formatted(file, original.name(), contradiction));
    }
    return feed.events().owed().isPresent()
        ? new CorrectionOutcome.Busy()
        : next.apply(new Work(file, original, records, act));
  }

  private CorrectionOutcome tryOut(Work work) {
    try {
      return feed.login()
          .inTransactionKeptIf(
              done -> false,
              () -> {
                OptionalLong started = feed.runs().startDry(feed.name(), work.businessDate());
                return started.isEmpty()
                    ? new CorrectionOutcome.Busy()
                    : tried(work, started.getAsLong());
              });
    } catch (RuntimeException e) {
      RunFailure failure = RunFailure.of(e, feed.job().timeout());
      return new CorrectionOutcome.Failed(0, failure.exitCode(), failure.message());
    }
  }

  private CorrectionOutcome tried(Work work, long run) {
    CorrectionOutcome outcome = loadHeld(work, run);
    return outcome instanceof CorrectionOutcome.Loaded loaded
        ? new CorrectionOutcome.Tried(DryRun.ended(feed, loaded.file(), run, 0))
        : outcome;
  }

  private record Work(
      long file, CorrectionLedger.Corrected original, SortedMap<Long, String> records, Act act) {

    LocalDate businessDate() {
      return original.businessDate();
    }
  }

  private CorrectionOutcome start(Work work) {
    String lines =
        work.records().keySet().stream().map(String::valueOf).collect(Collectors.joining(","));
    OptionalLong started =
        feed.runs()
            .start(
                feed.name(),
                work.businessDate(),
                StartedBy.HAND,
                Map.of("corrects", Long.toString(work.file()), "lines", lines));
    if (started.isEmpty()) {
      return new CorrectionOutcome.Busy();
    }
    long run = started.getAsLong();
    Login login = feed.login();
    try {
      CorrectionOutcome outcome =
          login.inTransactionKeptIf(
              done -> done instanceof CorrectionOutcome.Loaded, () -> loadHeld(work, run));
      if (outcome instanceof CorrectionOutcome.StillWrong wrong) {
        refused(run, work.records().size(), wrong.errors());
      }
      return outcome;
    } catch (RuntimeException e) {
      RunFailure failure = RunFailure.of(e, feed.job().timeout());
      feed.runs().fail(run, failure, Counts.NONE);
      return new CorrectionOutcome.Failed(run, failure.exitCode(), failure.message());
    }
  }

  private CorrectionOutcome loadHeld(Work work, long run) {
    if (!feed.runs().hold(run)) {
      return new CorrectionOutcome.Busy();
    }
    CorrectedRecords records = new CorrectedRecords(feed.layout(), work.records());
    if (!records.errors().isEmpty()) {
      return new CorrectionOutcome.StillWrong(run, records.errors());
    }
    String sha256 = records.sha256(work.file());
    long file = ledger.begin(work.file(), work.records(), sha256, records.size(), work.act());
    try {
      WholeFile read = read(work, records, file);
      StagedFile staged = new StagedFile(feed, file, records.size(), run, work.businessDate());
      staged.check(read.rows());
      List<RecordError> errors = new FileErrors(feed.login()).first(file, Integer.MAX_VALUE);
      if (!errors.isEmpty()) {
        return new CorrectionOutcome.StillWrong(run, errors);
      }
      staged.load(read, 0);
      DeclaredEvents.require(feed.job(), feed.login());
      return new CorrectionOutcome.Loaded(file, run, read.records());
    } catch (BrokenFileException e) {
      FileError why = e.error();
      return new CorrectionOutcome.StillWrong(
          run, List.of(new RecordError(why.line(), "", why.code(), why.message())));
    }
  }

  private WholeFile read(Work work, CorrectedRecords records, long file) {
    Layout layout = feed.layout();
    List<String> order = work.original().columnOrder();
    FileHeader header =
        order.isEmpty() ? new FileHeader(layout) : FileHeader.ordered(layout, order);
    Rejects rejects = new Rejects(new JdbcTemplate(feed.login().dataSource()), file);
    List<SliceRows> rows = SliceRows.of(layout);
    SliceResult slice =
        new SliceReading(layout, file, header).read(records.slice(), rows, rejects::add, () -> {});
    if (slice.trailer() != null) {
      RecordError notOne = CorrectedRecords.notOne(slice.trailer().line());
      throw new BrokenFileException(notOne.line(), notOne.code(), notOne.message());
    }
    List<String> tables = new FileTables(feed, file).open();
    RefusedSoFar refused = new RefusedSoFar(feed.job().rejects(), Long.MAX_VALUE);
    CopiedRows copied = new CopiedRows(feed, tables, rows, rejects, refused);
    copied.copy();
    rejects.write();
    return new WholeFile(
        slice.records(), copied.count(), slice.nextLine(), List.of(slice), List.of(), "{}");
  }

  private void refused(long run, int records, List<RecordError> errors) {
    long wrong = errors.stream().map(RecordError::line).distinct().count();
    RecordError first = errors.get(0);
    String message =
        "%d of %d corrected records are still wrong; line %d: %s: %s"
            .formatted(wrong, records, first.line(), first.code(), first.message());
    feed.login()
        .inTransactionDo(
            () -> {
              if (feed.runs().hold(run)) {
                feed.runs()
                    .finish(run, RunExitCode.REJECTED, new Counts(records, 0, wrong, 0), message);
              }
            });
  }
}

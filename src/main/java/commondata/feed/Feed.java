package commondata.feed;

import commondata.database.Login;
import commondata.job.DefinitionException;
import commondata.job.FileName;
import commondata.job.JobDefinition;
import commondata.job.RunLedger;
import commondata.job.Source;
import commondata.job.Step;
import java.nio.file.Path;
import java.time.LocalDate;
import org.jspecify.annotations.Nullable;

/** Everything about one feed: its job, its layout, its login, its directories, its ledgers. */
record Feed(
    JobDefinition job,
    Layout layout,
    Login login,
    DropDirectory drop,
    FileLedger files,
    RunLedger runs,
    int sliceBytes,
    int largeBytes,
    int cutLines,
    int workers,
    Source source) {

  /** Larger slices sort better; in a small heap some must fit, as bytes and as rows, at a time. */
  private static final int SLICE_BYTES =
      (int) Math.min(32 * 1024 * 1024, Runtime.getRuntime().maxMemory() / 16);

  /** Does not depend on this process: another one may have begun with the file. */
  private static final int LARGE_BYTES = 8 * 1024 * 1024;

  /** Text and numbers unpack to some ten times their size, and to rarely more than this. */
  private static final int PACKED_RATIO = 16;

  /** Lines whose events one commit publishes. */
  private static final int CUT_LINES = 10_000;

  /** Threads that load slices of one file; behind four, the server is what they wait for. */
  private static final int WORKERS =
      Math.max(1, Math.min(4, Runtime.getRuntime().availableProcessors()));

  static Feed of(JobDefinition job, Login login, Path dropRoot, String node) {
    Source source = source(job);
    return new Feed(
        job,
        layout(job),
        login,
        new DropDirectory(dropRoot, source.feed()),
        new FileLedger(login, job.name()),
        new RunLedger(login, node),
        SLICE_BYTES,
        LARGE_BYTES,
        CUT_LINES,
        WORKERS,
        source);
  }

  private static Source source(JobDefinition job) {
    Source source = job.source();
    if (source == null) {
      throw new DefinitionException("job \"" + job.name() + "\" has no source");
    }
    return source;
  }

  /** The file of its folder that says what a job loads. */
  static String layoutFile(JobDefinition job) {
    return source(job).layout();
  }

  /** Reads and checks the layout of what a job loads. */
  static Layout layout(JobDefinition job) {
    String file = layoutFile(job);
    Layout layout = Layout.read(job.folder(), file);
    if (!layout.isForFeed()) {
      throw new DefinitionException(
          job.folder().locationOf(file)
              + ": needs one of the keys \"staging\", the table that records are merged from, and"
              + " \"append\", the table that they stay in");
    }
    if (!layout.appends() && job.steps().stream().noneMatch(Step.Sql.class::isInstance)) {
      throw new DefinitionException(
          job.folder().locationOf("job.yaml")
              + ": needs a step \"sql\" that takes the records from their staging table, or a layout"
              + " that says \"append\": a staging table is emptied at the end of each run");
    }
    return layout;
  }

  String name() {
    return job.name();
  }

  /** The same feed with slices of another size. */
  Feed withSliceBytes(int bytes) {
    return new Feed(job, layout, login, drop, files, runs, bytes, bytes, cutLines, workers, source);
  }

  /** The same feed, publishing the events of so many lines a commit. */
  Feed withCutLines(int lines) {
    return new Feed(
        job, layout, login, drop, files, runs, sliceBytes, largeBytes, lines, workers, source);
  }

  /** The same feed, whose large files so many threads load. */
  Feed withWorkers(int threads) {
    return new Feed(
        job, layout, login, drop, files, runs, sliceBytes, largeBytes, cutLines, threads, source);
  }

  /** Events that its files owe. */
  EventLedger events() {
    return new EventLedger(login, job.name());
  }

  /** The step that publishes events of lines; null if there is none. */
  Step.@Nullable Events eventStep() {
    return job.steps().stream()
        .filter(Step.Events.class::isInstance)
        .map(Step.Events.class::cast)
        .findFirst()
        .orElse(null);
  }

  /**
   * Gives content its row, in a transaction of its own if none is open.
   *
   * @param came day on which the file came: business date of one whose name has none
   */
  ClaimOutcome claim(String fileName, Digests.Content content, LocalDate came) {
    FileName says = source.says(fileName);
    LocalDate businessDate = BusinessDate.of(fileName, says, came);
    return files.claim(fileName, content, says, businessDate, source.supersedes());
  }

  /** Refuses content that is not what its writer declared; as {@link #claim}. */
  FileLedger.Entry refuse(
      String fileName, Digests.Content content, LocalDate came, FileError reason) {
    FileName says = source.says(fileName);
    LocalDate businessDate = BusinessDate.of(fileName, says, came);
    return files.refuse(fileName, content, says, businessDate, reason, runs.node());
  }

  /** Whether a file of this size is loaded in more than one commit. */
  boolean isLarge(long size) {
    boolean packed = layout.compression() != Compression.NONE;
    return size > (packed ? largeBytes / PACKED_RATIO : largeBytes);
  }
}

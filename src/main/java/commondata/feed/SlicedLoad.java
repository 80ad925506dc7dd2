package commondata.feed;

import commondata.database.Login;
import commondata.fault.FaultPoint;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;

/**
 * Brings the records of one file into their tables: staging, or the tables they stay in.
 *
 * <p>A file of one slice is loaded in the transaction that is open, and ends with it. A larger one
 * is loaded by some workers, each with a connection of its own. A worker cuts the next slice, reads
 * its records, copies its rows in the order of their key, writes its rejects and its checkpoint,
 * and commits: one commit a slice. What is loaded so far is seen by nobody: staging is no target, a
 * table that is appended to is read through a view that waits for the ledger's LOADED, and one of a
 * partition a file has no such partition yet.
 *
 * <p>The transaction that is open meanwhile holds the locks that say the node lives, a {@link
 * Lease}; if the node stops (or is stopped) for a minute, the server ends that transaction, and
 * another node may go on.
 *
 * <ul>
 *   <li>Killed within a slice: its transaction is undone. The next run passes over the slices that
 *       were committed, wherever they lie, and loads the rest.
 *   <li>Stopped, taken over, and woken up: the next checkpoint of the old run fails, because it
 *       shows its run's number and the file is another's; rows and rejects go with it. What it was
 *       in the midst of is ended by whoever takes over, so that its locks are gone.
 *   <li>The server itself crashes: it empties staging, which is not logged. The next run sees that
 *       the rows of the checkpoints are gone, and begins anew.
 *   <li>The layout is not the one of the slices that are loaded: the next run begins anew, too.
 *   <li>The file is not what was claimed: its hash tells, at the end, before anything is visible.
 * </ul>
 */
final class SlicedLoad {

  private static final String LEASE =
      """
      SELECT set_config('idle_in_transaction_session_timeout', '60s', true)
      """;
  private static final String NAME =
      """
      SELECT set_config('application_name', ?, true)
      """;

  private final Feed feed;
  private final long file;
  private final String sha256;
  private final long size;
  private final LoadLedger ledger;
  private final JdbcTemplate jdbc;
  private final FileTables tables;
  private final Lease lease;
  private final RefusedSoFar refused;
  private List<String> targets = List.of();
  private volatile boolean stopped;

  SlicedLoad(Feed feed, FileLedger.Entry entry, long run) {
    this.feed = feed;
    this.file = entry.id();
    this.sha256 = entry.sha256();
    this.size = entry.size();
    this.ledger = new LoadLedger(feed.login(), file, run);
    this.jdbc = new JdbcTemplate(feed.login().dataSource());
    this.tables = new FileTables(feed, file);
    this.lease = new Lease(jdbc, application());
    this.refused = new RefusedSoFar(feed.job().rejects(), feed.layout().acceptedMax(entry.size()));
  }

  /**
   * Loads a file in the open transaction, of one slice or for a dry run.
   *
   * @param told how far it is, after each slice
   */
  WholeFile inOne(Path path, Consumer<LoadProgress> told) {
    targets = tables.open();
    long began = System.nanoTime();
    try (SliceSource source = open(path, List.of())) {
      List<SliceResult> slices = new ArrayList<>();
      FileError broken = work(source, slices, false, () -> told.accept(progress(slices, began)));
      return loaded(source, slices, broken);
    }
  }

  /**
   * Loads a file slice by slice, each in a commit of its own, from where an earlier run stopped.
   */
  WholeFile inSlices(Path path) {
    jdbc.queryForObject(LEASE, String.class);
    ExecutorService workers =
        Executors.newFixedThreadPool(
            feed.workers(), task -> new Thread(task, "load-" + feed.name()));
    try {
      targets = take(workers);
      List<SliceResult> slices = new ArrayList<>(ledger.slices());
      refused.add(new FileErrors(feed.login()).lines(file));
      if (!slices.isEmpty()) {
        await(List.of(workers.submit(() -> requireSame(path))));
      }
      try (SliceSource source = open(path, slices)) {
        List<SliceResult> fresh = new ArrayList<>();
        FileError broken = share(workers, source, fresh);
        slices.addAll(fresh);
        return loaded(source, slices, broken);
      }
    } finally {
      stopped = true;
      Lease.end(workers);
    }
  }

  private LoadProgress progress(List<SliceResult> slices, long began) {
    return new LoadProgress(
        slices.stream().mapToLong(SliceResult::rawBytes).sum(),
        size,
        slices.stream().mapToLong(SliceResult::records).sum(),
        refused.count(),
        Duration.ofNanos(System.nanoTime() - began));
  }

  /** Even a header may be long in coming: one line may be all of the file. */
  private SliceSource open(Path path, List<SliceResult> slices) {
    return lease.during(() -> SliceSource.open(path, feed.layout(), feed.sliceBytes(), slices));
  }

  private WholeFile loaded(
      SliceSource source, List<SliceResult> slices, @Nullable FileError broken) {
    FileError why = broken == null ? source.error() : broken;
    // A file that could not be read on is read to its end here.
    if (!lease.during(source::sha256).equals(sha256)) {
      throw new ChangedContentException(file);
    }
    List<String> order = source.header().otherOrder();
    if (order != null) {
      feed.files().noteColumns(file, order);
    }
    return WholeFile.of(feed.layout(), slices, source.header().declared(), why);
  }

  private List<String> take(ExecutorService workers) {
    Takeover takeover = new Takeover(feed, file, ledger);
    List<String> taken =
        await(
            List.of(
                workers.submit(
                    () -> feed.login().turns().inside(() -> takeover.take(application())))));
    return Objects.requireNonNull(taken);
  }

  /** What the server knows the connections by that load this file. */
  private String application() {
    return "load of file " + file;
  }

  /** What is loaded already was of the content that was claimed; the rest must be too. */
  private boolean requireSame(Path path) {
    try {
      if (!Digests.of(path).sha256().equals(sha256)) {
        throw new ChangedContentException(file);
      }
      return true;
    } catch (IOException e) {
      throw new UncheckedIOException("\"" + path + "\" can't be read: " + e.getMessage(), e);
    }
  }

  private @Nullable FileError share(
      ExecutorService workers, SliceSource source, List<SliceResult> loaded) {
    List<Future<@Nullable FileError>> futures = new ArrayList<>();
    for (int n = 0; n < feed.workers(); n++) {
      futures.add(
          workers.submit(() -> work(source, loaded, true, FaultPoint.SLICE_COMMITTED::reached)));
    }
    return await(futures);
  }

  /** Waits for all; what one of them throws is thrown when the others have stopped. */
  private <T> @Nullable T await(List<Future<T>> futures) {
    T result = null;
    Throwable failure = null;
    for (Future<T> future : futures) {
      try {
        T one = lease.await(future);
        result = result == null ? one : result;
      } catch (ExecutionException e) {
        stopped = true;
        failure = failure == null ? e.getCause() : failure;
      } catch (RuntimeException e) {
        stopped = true;
        throw e;
      }
    }
    if (failure != null) {
      throw Lease.unchecked(failure);
    }
    return result;
  }

  private @Nullable FileError work(
      SliceSource source, List<SliceResult> loaded, boolean shared, Runnable onSlice) {
    Login login = feed.login();
    SliceReading reading = new SliceReading(feed.layout(), file, source.header());
    List<SliceRows> rows = SliceRows.of(feed.layout());
    try {
      for (Slice slice = next(source); slice != null; slice = next(source)) {
        Slice one = slice;
        SliceResult result =
            shared
                ? login
                    .turns()
                    .inside(() -> login.inTransaction(() -> load(one, reading, rows, true)))
                : load(one, reading, rows, false);
        if (result == null) {
          break;
        }
        synchronized (loaded) {
          loaded.add(result);
        }
        onSlice.run();
      }
      return refused.isTooMany() ? refused.error() : null;
    } catch (BrokenFileException e) {
      stopped = true;
      return e.error();
    } catch (RuntimeException | Error e) {
      stopped = true;
      throw e;
    }
  }

  private @Nullable Slice next(SliceSource source) {
    return stopped || refused.isTooMany() ? null : source.next();
  }

  /** Loads a slice; null if too many of its records are refused: then only these are kept. */
  private @Nullable SliceResult load(
      Slice slice, SliceReading reading, List<SliceRows> rows, boolean shared) {
    if (shared && !ledger.isHeld()) {
      throw new IllegalStateException("another run took file " + file + " over");
    }
    if (shared) {
      jdbc.queryForObject(NAME, String.class, application());
    }
    rows.forEach(SliceRows::clear);
    Rejects rejects = new Rejects(jdbc, file);
    CopiedRows copied = new CopiedRows(feed, targets, rows, rejects, refused);
    SliceResult read = read(slice, reading, rows, rejects, copied);
    SliceResult result = null;
    if (read != null) {
      copied.copy();
      result = read.withRows(copied.count());
    }
    rejects.write();
    if (shared) {
      FaultPoint.SLICE_COPIED.reached();
      if (result == null) {
        ledger.requireHeld();
      } else {
        ledger.finish(result, feed.layout());
      }
    }
    return result;
  }

  private @Nullable SliceResult read(
      Slice slice, SliceReading reading, List<SliceRows> rows, Rejects rejects, CopiedRows copied) {
    try {
      return reading.read(
          slice,
          rows,
          record -> {
            rejects.add(record);
            refused.add(record);
          },
          copied::copyMany);
    } catch (BrokenFileException e) {
      // Rows that are in the tables already must go with their slice.
      if (!refused.isTooMany() || copied.isBegun()) {
        throw e;
      }
      return null;
    }
  }
}

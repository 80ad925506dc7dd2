package commondata.fault;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A place between two steps of the kit's work, at which a crash must do no harm. Chaos runs kill a
 * process at each of them; what the step before has committed must be all there is.
 *
 * <p>Without a hook a point costs one read of a static field, and does nothing. Each point stands
 * at one place in the code, at the moment its constant tells.
 */
public enum FaultPoint {
  /** An event is about to be appended, in a transaction or alone. */
  PUBLISH_BEGUN,
  /** The event is appended; its transaction is open still, if there is one. */
  PUBLISH_DONE,

  /** A login's transaction has done its work; the commit is not sent yet. */
  TRANSACTION_DONE,
  /** The commit was acknowledged; nobody has been told. */
  TRANSACTION_COMMITTED,

  /** Positions are about to be given. */
  STAMP_BEGUN,
  /** Positions were given and committed, or there was nothing to give. */
  STAMP_DONE,

  /** A worker has said that it begins with a part; nobody has the part yet. */
  WORK_MARKED,
  /** A part is locked and its next events are read. */
  BATCH_CLAIMED,
  /** The handlers are through; cursor and receipt are as before. */
  BATCH_HANDLED,
  /** Cursor and receipt are written, not committed. */
  BATCH_FINISHED,
  /** The batch was committed. */
  BATCH_COMMITTED,

  /** A batch failed and was rolled back; its events are about to be done one by one. */
  ONE_BY_ONE_BEGUN,
  /** One of them was done and committed; the others are to come. */
  ONE_BY_ONE_DONE,

  /** The culprit was rolled back; its key is about to be parked. */
  PARK_BEGUN,
  /** The key is parked, the attempt counted; a last attempt has made a dead letter. */
  PARK_DONE,

  /** A worker has said that it tries a parked key; nobody has its part yet. */
  RETRY_MARKED,
  /** The head of a parked key is taken once more. */
  RETRY_CLAIMED,
  /** Its handler is through; nothing is recorded. */
  RETRY_HANDLED,
  /** It is taken off its chain and receipted, not committed. */
  RETRY_FINISHED,
  /** The retry was committed. */
  RETRY_COMMITTED,
  /** It failed again and was rolled back; the attempt is not counted. */
  RETRY_FAILED,
  /** The attempt is counted; the last one has made a dead letter. */
  RETRY_COUNTED,

  /** An operator's act on a dead letter is about to be done. */
  HOSPITAL_BEGUN,
  /** The act and its record are committed. */
  HOSPITAL_DONE,

  /** A file's content has its row; the file is in {@code incoming}. */
  FILE_CLAIMED,
  /** It lies in a directory of this node in {@code claimed}, not in its place. */
  FILE_TAKEN,
  /** The file is in its place in {@code claimed}, or another node was faster. */
  FILE_MOVED,
  /** The run of a file has its row. */
  FILE_STARTED,
  /** Run and file are locked. */
  FILE_LOCKED,
  /** No earlier run may commit slices of the file any more. */
  SLICE_TAKEN,
  /** Rows and errors of a slice are copied; it is not recorded. */
  SLICE_COPIED,
  /** A slice was committed. */
  SLICE_COMMITTED,
  /** All records and errors are copied. */
  FILE_STAGED,
  /** The job's checks are through. */
  FILE_CHECKED,
  /** Target rows and events are written. */
  FILE_MERGED,
  /** File and run are ended, not committed. */
  FILE_FINISHED,
  /** How the file ended is committed; it lies in {@code claimed} still. */
  FILE_COMMITTED,
  /** The file lies where such files go. */
  FILE_SETTLED,

  /** Events of some lines of a large file are published, not committed. */
  EVENTS_PUBLISHED,
  /** They are committed, and with them how far they go. */
  EVENTS_COMMITTED,

  /** A job's run has its row; no step has begun. */
  JOB_STARTED,
  /** The steps and the run's end are written, not committed. */
  JOB_FINISHED,
  /** The run was committed; its outgoing files are hidden still. */
  JOB_COMMITTED,

  /** An outgoing file is on disk under its hidden name; no row knows it. */
  EXPORT_WRITTEN,
  /** Its row is written, not committed. */
  EXPORT_RECORDED,
  /** Its row is committed; the file is about to get its name. */
  EXPORT_COMMITTED,
  /** The file has its name. */
  EXPORT_SETTLED,
  /** That the other side has taken it is committed; it lies in {@code outgoing} still. */
  EXPORT_ACKNOWLEDGED,
  /** The file lies in {@code sent}; the acknowledgement still lies where it was. */
  EXPORT_MOVED,

  /** Something has left the database, such as a mail; the row that asked for it says not yet. */
  OUTBOUND_WRITTEN;

  private static volatile @Nullable FaultHook hook;

  /** Says that work has come to this place. */
  public void reached() {
    FaultHook now = hook;
    if (now != null) {
      now.reached(this);
    }
  }

  /** Calls {@code next} at every point of this process from now on; null calls nobody. */
  public static void hook(@Nullable FaultHook next) {
    hook = next;
  }

  /** The name in plans and reports, such as {@code batch.handled}. */
  public String label() {
    int last = name().lastIndexOf('_');
    return name().substring(0, last).replace('_', '-').toLowerCase(Locale.ROOT)
        + "."
        + name().substring(last + 1).toLowerCase(Locale.ROOT);
  }

  /** The point of that label. */
  public static Optional<FaultPoint> labelled(String label) {
    return Arrays.stream(values()).filter(point -> point.label().equals(label)).findFirst();
  }
}

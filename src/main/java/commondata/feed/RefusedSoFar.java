package commondata.feed;

import commondata.job.RejectLimit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Counts the records of a file that are refused while it is read. When there are more than {@value
 * #SHOWN_MAX}, and whatever follows can't make a file of it that the job's limit allows, it is not
 * read on: every further record would only be one more row of rejects. Thread-safe.
 */
final class RefusedSoFar {

  /** As many are kept in any case, so that people see what is wrong. */
  static final int SHOWN_MAX = RejectedRecords.LOCATED_MAX;

  private final RejectLimit limit;
  private final long acceptedMax;
  private final AtomicLong refused = new AtomicLong();

  /**
   * None so far.
   *
   * @param acceptedMax records without errors that the file can hold at most
   */
  RefusedSoFar(RejectLimit limit, long acceptedMax) {
    this.limit = limit;
    this.acceptedMax = acceptedMax;
  }

  void add(long records) {
    refused.addAndGet(records);
  }

  /**
   * Counts a record while it is read.
   *
   * @throws BrokenFileException if the file is lost with it
   */
  void add(RawRecord record) {
    add(1);
    if (isTooMany()) {
      throw new BrokenFileException(record.line, Code.LIMIT, error().message());
    }
  }

  long count() {
    return refused.get();
  }

  /** Whether the file is lost, even if all that follows is in order. */
  boolean isTooMany() {
    long now = refused.get();
    // The sum is too large for a long where nobody knows how many the file can hold.
    return now > SHOWN_MAX && !limit.allows(now, Math.max(acceptedMax, acceptedMax + now));
  }

  FileError error() {
    return new FileError(
        0,
        Code.LIMIT,
        "%d records are refused, and allowed are %s: the rest was not read"
            .formatted(refused.get(), limit));
  }
}

package commondata.feed;

import commondata.job.Plural;
import java.time.Duration;

/**
 * How far the reading of a file is, as {@code commondata.file_progress} tells it of a load whose
 * slices are committed.
 *
 * @param done bytes of the file as it lies there, packed or not, that are read
 * @param size bytes it has
 * @param records records read
 * @param rejected records refused
 * @param took since it began
 */
record LoadProgress(long done, long size, long records, long rejected, Duration took) {

  /** All of it in words. */
  String inWords() {
    if (done >= size) {
      return "all %d bytes are read, %d %s, %d rejected; indexes, checks and SQL follow"
          .formatted(size, records, Plural.of(records, "record"), rejected);
    }
    long seconds = Math.max(1, took.toSeconds());
    return "%d of %d bytes, %d %s, %d rejected, %d a second, %s s left"
        .formatted(
            done,
            size,
            records,
            Plural.of(records, "record"),
            rejected,
            records / seconds,
            done == 0 ? "?" : Math.round((double) (size - done) * seconds / done));
  }
}

package commondata.feed;

import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;

/**
 * Finds the records in the file that a check or the table refused: of those the ledger knows the
 * line only, because a row carries neither the bytes it was made of nor where they stood. What is
 * missing is read once more: only the slices, and in them only the blocks, that such records lie
 * in. They are written in the open transaction; a crash leaves nothing, and the next run finds them
 * anew.
 *
 * <p>Only the first {@value #LOCATED_MAX} are looked for: nobody looks at more one by one, and they
 * are all in memory at a time.
 */
final class RejectedRecords {

  static final int LOCATED_MAX = 10_000;

  /** Lines of refused records whose place is not known. */
  private static final String NOT_LOCATED =
      """
      SELECT DISTINCT r.line
      FROM commondata.file_reject AS r
      WHERE r.file = ?
        AND r.line > 0
        AND r.byte_offset IS NULL
      ORDER BY r.line
      LIMIT ?
      """;

  private final Feed feed;
  private final Framing framing;
  private final RecordReader reader;
  private final Lease lease;
  private final Rejects rejects;
  private final long[] lines;
  private final BitSet located = new BitSet();

  /**
   * @param file of the ledger; its rejects are looked up now
   */
  RejectedRecords(Feed feed, long file) {
    this.feed = feed;
    this.framing = feed.layout().framing();
    this.reader = feed.layout().reader();
    JdbcTemplate jdbc = new JdbcTemplate(feed.login().dataSource());
    this.lease = new Lease(jdbc, "look for rejects of file " + file);
    this.rejects = new Rejects(jdbc, file);
    this.lines =
        jdbc.queryForList(NOT_LOCATED, Long.class, file, LOCATED_MAX).stream()
            .mapToLong(Long::longValue)
            .toArray();
  }

  /**
   * Notes where they stand and what they are.
   *
   * @param slices all of the file
   * @param requireAsClaimed fails if the file is not what was claimed; asked if one is not found
   */
  void locate(Path path, List<SliceResult> slices, Runnable requireAsClaimed) {
    if (lines.length == 0) {
      return;
    }
    try {
      lease.during(() -> look(path, slices));
    } catch (UncheckedIOException e) {
      requireAsClaimed.run();
      throw e;
    }
    requireAll(requireAsClaimed);
    rejects.writeLocations();
  }

  /** Else records and rows would not add up, and nobody would know why. */
  private void requireAll(Runnable requireAsClaimed) {
    int missing = located.nextClearBit(0);
    if (missing < lines.length) {
      requireAsClaimed.run();
      throw new IllegalStateException(
          "a check refuses line %d, where no record begins; line 0 refuses the file as a whole"
              .formatted(lines[missing]));
    }
  }

  private int look(Path path, List<SliceResult> slices) {
    List<SliceResult> others =
        slices.stream().filter(slice -> !has(slice.line(), slice.nextLine())).toList();
    try (SliceSource source = SliceSource.open(path, feed.layout(), feed.sliceBytes(), others)) {
      for (Slice slice = next(source); slice != null; slice = next(source)) {
        long end = slice.nextLine();
        for (Block block = slice.blocks().poll(); block != null; block = slice.blocks().poll()) {
          Block after = slice.blocks().peek();
          if (has(block.line(), after == null ? end : after.line())) {
            read(block);
          }
        }
      }
    }
    return located.cardinality();
  }

  private @Nullable Slice next(SliceSource source) {
    return located.cardinality() == lines.length ? null : source.next();
  }

  /** The records of a block are told apart; only those that are looked for are read. */
  private void read(Block block) {
    long line = block.line();
    int next = firstFrom(line);
    int at = 0;
    while (at < block.length() && next < lines.length) {
      int end = framing.end(block.bytes(), at, block.length(), true);
      if (lines[next] == line) {
        reader.open(block.only(at, end, line));
        RawRecord record = reader.next();
        if (record != null && record.kind != RawRecord.Kind.TRAILER) {
          rejects.locate(record);
          located.set(next);
        }
      }
      line += framing.lines();
      while (next < lines.length && lines[next] < line) {
        next++;
      }
      at = end;
    }
  }

  /** Whether one of them begins at a line of a range. */
  private boolean has(long from, long until) {
    int first = firstFrom(from);
    return first < lines.length && lines[first] < until;
  }

  /** Index of the first of them that is not before a line. */
  private int firstFrom(long line) {
    int at = Arrays.binarySearch(lines, line);
    return at >= 0 ? at : -at - 1;
  }
}

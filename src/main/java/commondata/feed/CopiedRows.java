package commondata.feed;

import java.util.List;
import org.springframework.jdbc.datasource.DataSourceUtils;

/**
 * Rows of one slice on their way into the tables, in the open transaction: at its end, and before,
 * when they need more memory than the slice itself may: what was one byte in the file may be three
 * in a row.
 */
final class CopiedRows {

  private final Feed feed;
  private final List<String> tables;
  private final List<SliceRows> rows;
  private final Rejects rejects;
  private final RefusedSoFar refused;
  private long count;
  private boolean begun;

  /**
   * None so far.
   *
   * @param tables where each of the layout's types goes, as {@link FileTables#open} says
   * @param rows that wait, of each type apart
   * @param rejects gets those that a table refuses
   */
  CopiedRows(
      Feed feed, List<String> tables, List<SliceRows> rows, Rejects rejects, RefusedSoFar refused) {
    this.feed = feed;
    this.tables = tables;
    this.rows = rows;
    this.rejects = rejects;
    this.refused = refused;
  }

  /** Copies what waits if it is much. */
  void copyMany() {
    if (rows.stream().mapToLong(SliceRows::bytes).sum() > feed.sliceBytes()) {
      copy();
    }
  }

  /** Copies what waits. */
  void copy() {
    begun = true;
    var connection = DataSourceUtils.getConnection(feed.login().dataSource());
    try {
      count += SliceCopy.all(connection, feed.layout(), tables, rows, rejects, refused);
    } finally {
      DataSourceUtils.releaseConnection(connection, feed.login().dataSource());
    }
    rows.forEach(SliceRows::clear);
  }

  /** Whether some may be in the tables. */
  boolean isBegun() {
    return begun;
  }

  /** How many the tables took. */
  long count() {
    return count;
  }
}

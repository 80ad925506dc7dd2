package commondata.feed;

import commondata.database.SqlStates;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.springframework.jdbc.core.ConnectionCallback;
import org.springframework.jdbc.core.JdbcTemplate;

/**
 * The tables that the rows of one file go into: staging, or tables that are appended to. Of the
 * latter, one that is partitioned by file gives each file a table of its own, which stands apart
 * and without an index until {@link #complete}. All in the open transaction.
 *
 * <p>Names of tables can't be parameters; the layout's schema lets only names through.
 */
final class FileTables {

  private static final String OPEN =
      """
      SELECT commondata.open_file_table(?, ?)
      """;
  private static final String ATTACH =
      """
      SELECT commondata.attach_file_table(?, ?)
      """;
  private static final String ANALYZE =
      """
      SELECT commondata.analyze_staged(?, ?)
      """;
  private static final String DROP =
      """
      SELECT commondata.drop_file_table(?, ?)
      """;
  private static final String COUNT =
      """
      SELECT count(*)
      FROM %s AS s
      WHERE s.file = ?
      """;
  static final String EMPTY =
      """
      DELETE FROM %s AS s
      WHERE s.file = ?
      """;

  private static final String LOCK = "LOCK TABLE %s IN ACCESS EXCLUSIVE MODE";

  /** Long enough for the server to end a vacuum that is in the way: it does so after a second. */
  private static final String PATIENCE = "SET LOCAL lock_timeout = '3s'";

  private static final String GET_PATIENCE = "SELECT current_setting('lock_timeout')";
  private static final String RESTORE_PATIENCE = "SELECT set_config('lock_timeout', ?, true)";

  /** Many rows go with their file: deleting them one by one would cost more than loading them. */
  private static final String TRUNCATE = "TRUNCATE %s";

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

  private static final String REMOVE_FILES =
      """
      DELETE FROM %s AS s
      WHERE s.file = ANY (?)
      """;

  /** So few rows are read in a moment, whatever the planner thinks of them. */
  private static final int ANALYZED_FROM = 1_000;

  private final Layout layout;
  private final long file;
  private final JdbcTemplate jdbc;

  FileTables(Feed feed, long file) {
    this.layout = feed.layout();
    this.file = file;
    this.jdbc = new JdbcTemplate(feed.login().dataSource());
  }

  /** Where the rows of each of the layout's types are to be copied; the same at every call. */
  List<String> open() {
    List<String> names = new ArrayList<>();
    for (RecordType type : layout.types()) {
      names.add(
          layout.appends()
              ? jdbc.queryForObject(OPEN, String.class, file, type.table())
              : type.table());
    }
    return names;
  }

  /**
   * All rows are copied: from here on statements on the layout's tables meet them, and the planner
   * knows of many that are staged.
   *
   * @param rows how many there are
   * @return how many rows were refused, because the file has their key twice
   */
  long complete(long rows) {
    long refused = 0;
    for (String table : layout.tables()) {
      if (layout.appends()) {
        refused += number(ATTACH, file, table);
      } else if (rows >= ANALYZED_FROM) {
        jdbc.queryForObject(ANALYZE, Boolean.class, file, table);
      }
    }
    return refused;
  }

  /** How many rows of the file there are. */
  long count() {
    return layout.tables().stream().mapToLong(table -> number(COUNT.formatted(table), file)).sum();
  }

  /** Removes the rows of refused records; returns how many there were. */
  long removeRejected() {
    return update(REMOVE_REJECTED, file, file);
  }

  /** Removes the rows of other files. */
  void remove(Long[] files) {
    update(REMOVE_FILES, (Object) files);
  }

  /** Removes the file's rows from staging one by one; returns how many there were. */
  long empty() {
    return update(EMPTY, file);
  }

  /**
   * Whether the tables are this transaction's alone now, so that nobody commits rows there between
   * a look and {@link #truncate}. False: others are at work in them.
   */
  boolean isLocked() {
    String patience = jdbc.queryForObject(GET_PATIENCE, String.class);
    boolean isLocked =
        Boolean.TRUE.equals(jdbc.execute((ConnectionCallback<Boolean>) this::isLocked));
    if (isLocked) {
      jdbc.queryForObject(RESTORE_PATIENCE, String.class, patience);
    }
    return isLocked;
  }

  private boolean isLocked(Connection connection) throws SQLException {
    Savepoint before = connection.setSavepoint();
    try (Statement statement = connection.createStatement()) {
      statement.execute(PATIENCE);
      statement.execute(LOCK.formatted(String.join(", ", layout.tables())));
      return true;
    } catch (SQLException e) {
      if (!SqlStates.isConflict(e.getSQLState())) {
        throw e;
      }
      // What was set before the roll-back is undone with it.
      connection.rollback(before);
      return false;
    }
  }

  /**
   * Removes everything from staging, where no other file has rows that count; returns how many of
   * the file there were.
   */
  long truncate() {
    long rows = count();
    layout.tables().forEach(table -> jdbc.execute(TRUNCATE.formatted(table)));
    return rows;
  }

  /**
   * Removes what a file that is refused, or begun again, has left in tables that are appended to.
   *
   * @param some whether rows of it may be there
   */
  void discard(boolean some) {
    for (String table : layout.tables()) {
      boolean dropped = Boolean.TRUE.equals(jdbc.queryForObject(DROP, Boolean.class, file, table));
      if (some && !dropped) {
        jdbc.update(EMPTY.formatted(table), file);
      }
    }
  }

  private long update(String statement, Object... parameters) {
    long rows = 0;
    for (String table : layout.tables()) {
      rows += jdbc.update(statement.formatted(table), parameters);
    }
    return rows;
  }

  private long number(String query, Object... parameters) {
    Long number = jdbc.queryForObject(query, Long.class, parameters);
    return number == null ? 0 : number;
  }
}

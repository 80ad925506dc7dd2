package commondata.feed;

import commondata.job.Plural;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.JdbcTemplate;

/**
 * Tables that slices of a file went into under an earlier layout of its feed, and that the layout
 * no longer names. Nobody would look there again: but a view over an old and a new table shows the
 * file's records twice. All in the open transaction.
 */
final class FormerTables {

  private static final Logger LOG = LoggerFactory.getLogger(FormerTables.class);

  private static final String NAMES =
      """
      SELECT DISTINCT t.name
      FROM commondata.file_slice AS s
      CROSS JOIN LATERAL unnest(s.tables) AS t (name)
      WHERE s.file = ?
      ORDER BY t.name
      """;

  /** No row: it is gone. Looked up by name: its schema may be closed to this login by now. */
  private static final String IS_OPEN =
      """
      SELECT has_schema_privilege(n.oid, 'USAGE')
          AND has_table_privilege(c.oid, 'SELECT')
          AND has_table_privilege(c.oid, 'DELETE')
      FROM pg_class AS c
      JOIN pg_namespace AS n ON n.oid = c.relnamespace
      WHERE ARRAY[n.nspname, c.relname] = CAST(parse_ident(?) AS name[])
      """;

  /** One of its own goes; a file that has ended has none that is its feed's to drop at once. */
  private static final String DROP =
      """
      SELECT CASE f.state
          WHEN 'CLAIMED' THEN commondata.drop_file_table(f.id, ?)
          ELSE commondata.sweep_file_tables(f.feed, ?) > 0
      END
      FROM commondata.file AS f
      WHERE f.id = ?
      """;

  private final Feed feed;
  private final long file;
  private final JdbcTemplate jdbc;

  FormerTables(Feed feed, long file) {
    this.feed = feed;
    this.file = file;
    this.jdbc = new JdbcTemplate(feed.login().dataSource());
  }

  /** Removes the file's rows from them; says so of a table that this login may not delete from. */
  void discard() {
    List<String> now = feed.layout().tables();
    jdbc.queryForList(NAMES, String.class, file).stream()
        .filter(table -> !now.contains(table))
        .forEach(this::discard);
  }

  private void discard(String table) {
    List<Boolean> open = jdbc.queryForList(IS_OPEN, Boolean.class, table);
    if (open.contains(false)) {
      LOG.warn(
          "{}: rows of file {} are left in {}, which the layout no longer names and \"{}\" may not delete from: as its owner, DELETE FROM {} WHERE file = {}",
          feed.name(),
          file,
          table,
          feed.login(),
          table,
          file);
    } else if (!open.isEmpty()) {
      jdbc.queryForList(DROP, Boolean.class, table, table, file);
      int rows = jdbc.update(FileTables.EMPTY.formatted(table), file);
      LOG.info(
          "{}: {} {} of file {} removed from {}, which the layout no longer names",
          feed.name(),
          rows,
          Plural.of(rows, "row"),
          file,
          table);
    }
  }
}

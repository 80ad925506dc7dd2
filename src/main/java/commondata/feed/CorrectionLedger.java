package commondata.feed;

import commondata.database.Login;
import commondata.operate.Act;
import java.sql.Array;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The rows of {@code commondata.file_correction}, written under the feed's own login. */
final class CorrectionLedger {

  /**
   * A file of which records are to be corrected.
   *
   * @param isLoaded whether it came in and was loaded, and is no correction itself
   * @param hasRejects false: they were kept long enough, and are removed
   * @param columnOrder its columns as they came; empty: as the layout has them
   */
  record Corrected(
      String name,
      String state,
      boolean isLoaded,
      boolean hasRejects,
      LocalDate businessDate,
      List<String> columnOrder) {}

  private static final String FIND =
      """
      SELECT
          f.name,
          f.state,
          f.state = 'LOADED' AND f.direction = 'IN' AND f.corrects IS NULL AS is_loaded,
          f.rejects_removed_at IS NULL AS has_rejects,
          coalesce(f.business_date, CAST(f.arrived_at AS date)) AS business_date,
          f.column_order
      FROM commondata.file AS f
      WHERE f.feed = :feed
        AND f.id = :file
      """;

  private static final String NOT_REFUSED =
      """
      SELECT w.line
      FROM unnest(:lines) AS w (line)
      WHERE NOT EXISTS (
          SELECT
          FROM commondata.file_reject AS r
          WHERE r.file = :file
            AND r.line = w.line
      )
      ORDER BY w.line
      """;

  private static final String CORRECTED_BEFORE =
      """
      SELECT format('%s (as file %s)', c.line, c.file)
      FROM commondata.file_correction AS c
      WHERE c.corrected_file = :file
        AND c.line = ANY (:lines)
      ORDER BY c.line
      """;

  private static final String BEGIN =
      """
      SELECT commondata.begin_correction(
          :file,
          :lines,
          :records,
          :sha256,
          :size_bytes,
          :actor,
          :reason
      )
      """;

  private final Login login;
  private final String feed;

  CorrectionLedger(Login login, String feed) {
    this.login = login;
    this.feed = feed;
  }

  /** The file, if it is one of this feed. */
  Optional<Corrected> find(long file) {
    return login
        .jdbc()
        .sql(FIND)
        .param("feed", feed)
        .param("file", file)
        .query((row, n) -> corrected(row))
        .optional();
  }

  private static Corrected corrected(ResultSet row) throws SQLException {
    Array order = row.getArray("column_order");
    return new Corrected(
        row.getString("name"),
        row.getString("state"),
        row.getBoolean("is_loaded"),
        row.getBoolean("has_rejects"),
        row.getObject("business_date", LocalDate.class),
        order == null ? List.of() : List.of((String[]) order.getArray()));
  }

  /** Why these lines can't be corrected; null if they can. */
  @Nullable String contradiction(long file, SortedMap<Long, String> records) {
    Long[] lines = records.keySet().toArray(Long[]::new);
    String loaded = lines(NOT_REFUSED, file, lines);
    if (!loaded.isEmpty()) {
      return "no record was refused at line " + loaded;
    }
    String before = lines(CORRECTED_BEFORE, file, lines);
    return before.isEmpty() ? null : "corrected before: line " + before;
  }

  private String lines(String sql, long file, Long[] lines) {
    return login
        .jdbc()
        .sql(sql)
        .param("file", file)
        .param("lines", lines)
        .query(String.class)
        .list()
        .stream()
        .collect(Collectors.joining(", "));
  }

  /** Writes the row of a correction, in the open transaction; returns its number. */
  long begin(long file, SortedMap<Long, String> records, String sha256, long sizeBytes, Act act) {
    return login
        .jdbc()
        .sql(BEGIN)
        .param("file", file)
        .param("lines", records.keySet().toArray(Long[]::new))
        .param("records", records.values().toArray(String[]::new))
        .param("sha256", sha256)
        .param("size_bytes", sizeBytes)
        .param("actor", act.actor())
        .param("reason", act.reason())
        .query(Long.class)
        .single();
  }
}

package commondata.feed;

import commondata.database.Login;
import java.sql.Array;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.util.List;

/** The rows of {@code commondata.file_load} and {@code file_slice} of one file and one run. */
final class LoadLedger {

  private static final String TAKE =
      """
      SELECT CAST(commondata.take_load(:file, :run) AS text)
      """;

  private static final String HELD =
      """
      SELECT count(*)
      FROM commondata.file_load AS l
      WHERE l.file = :file
        AND l.run = :run
      """;

  private static final String FINISH =
      """
      SELECT CAST(commondata.finish_slice(
          :file,
          :run,
          :byte_from,
          :byte_to,
          :line_from,
          :line_to,
          :records,
          :rows,
          CAST(:totals AS bigint[]),
          :trailer,
          :trailer_line,
          :raw_bytes,
          :layout,
          CAST(:tables AS text[])
      ) AS text)
      """;

  private static final String FORGET =
      """
      SELECT CAST(commondata.forget_slices(:file, :run) AS text)
      """;

  private static final String SLICES =
      """
      SELECT
          s.byte_from,
          s.byte_to,
          s.line_from,
          s.line_to,
          s.raw_bytes,
          s.record_count,
          s.row_count,
          s.totals,
          s.trailer,
          s.trailer_line
      FROM commondata.file_slice AS s
      WHERE s.file = :file
      ORDER BY s.byte_from
      """;

  private static final String OF_ANOTHER_LAYOUT =
      """
      SELECT count(*)
      FROM commondata.file_slice AS s
      WHERE s.file = :file
        AND s.layout <> :layout
      """;

  private static final String OTHERS =
      """
      SELECT commondata.are_others_staged(:file, CAST(:tables AS text[]))
      """;

  private static final String REQUIRE_HELD =
      """
      SELECT CAST(commondata.held_load(:file, :run) AS text)
      """;

  private final Login login;
  private final long file;
  private final long run;

  LoadLedger(Login login, long file, long run) {
    this.login = login;
    this.file = file;
    this.run = run;
  }

  /** Makes this run the only one that may commit slices. */
  void take() {
    login.jdbc().sql(TAKE).param("file", file).param("run", run).query().listOfRows();
  }

  /** Whether other files, of whatever feed, are loaded in part into some of these tables. */
  boolean areOthersBegun(List<String> tables) {
    return login
        .jdbc()
        .sql(OTHERS)
        .param("tables", tables.toArray(String[]::new))
        .param("file", file)
        .query(Boolean.class)
        .single();
  }

  /** Fails if another run has taken the file; none can until the open transaction ends. */
  void requireHeld() {
    login.jdbc().sql(REQUIRE_HELD).param("file", file).param("run", run).query().listOfRows();
  }

  /** Whether no other run has taken the file; {@link #finish} makes sure of it. */
  boolean isHeld() {
    return login.jdbc().sql(HELD).param("file", file).param("run", run).query(Long.class).single()
        == 1;
  }

  /**
   * Writes the checkpoint of a slice, in the transaction that holds its rows.
   *
   * @param layout the layout it was read by
   */
  void finish(SliceResult slice, Layout layout) {
    Block trailer = slice.trailer();
    login
        .jdbc()
        .sql(FINISH)
        .param("file", file)
        .param("run", run)
        .param("byte_from", slice.offset())
        .param("byte_to", slice.end())
        .param("line_from", slice.line())
        .param("line_to", slice.nextLine())
        .param("records", slice.records())
        .param("rows", slice.rows())
        .param("totals", slice.totals().toArray(Long[]::new))
        .param("trailer", trailer == null ? null : trailer.bytes(), Types.BINARY)
        .param("trailer_line", trailer == null ? 0 : trailer.line())
        .param("raw_bytes", slice.rawBytes())
        .param("layout", layout.identity())
        .param("tables", layout.tables().toArray(String[]::new))
        .query()
        .listOfRows();
  }

  /** How many slices were read by another layout than that of this identity. */
  long slicesOfAnotherLayout(String layout) {
    return login
        .jdbc()
        .sql(OF_ANOTHER_LAYOUT)
        .param("file", file)
        .param("layout", layout)
        .query(Long.class)
        .single();
  }

  /** Removes all checkpoints and rejects. */
  void forget() {
    login.jdbc().sql(FORGET).param("file", file).param("run", run).query().listOfRows();
  }

  /** The slices that are loaded, in order. */
  List<SliceResult> slices() {
    return login.jdbc().sql(SLICES).param("file", file).query((row, n) -> slice(row)).list();
  }

  private static SliceResult slice(ResultSet row) throws SQLException {
    Array totals = row.getArray("totals");
    byte[] trailer = row.getBytes("trailer");
    return new SliceResult(
        row.getLong("byte_from"),
        row.getLong("byte_to"),
        row.getLong("line_from"),
        row.getLong("line_to"),
        row.getLong("raw_bytes"),
        row.getLong("record_count"),
        row.getLong("row_count"),
        List.of((Long[]) totals.getArray()),
        trailer == null
            ? null
            : new Block(trailer, trailer.length, 0, row.getLong("trailer_line")));
  }
}

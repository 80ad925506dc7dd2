package commondata.feed;

import commondata.database.Login;
import java.util.List;

/** What was found wrong with files and their records, as {@link Rejects} has written it. */
final class FileErrors {

  private static final String LINES =
      """
      SELECT count(DISTINCT r.line)
      FROM commondata.file_reject AS r
      WHERE r.file = :file
        AND r.line > 0
      """;

  private static final String FIRST =
      """
      SELECT
          r.line,
          r.column_name,
          r.code,
          r.message
      FROM commondata.file_reject AS r
      WHERE r.file = :file
      ORDER BY
          r.line,
          r.id
      LIMIT :limit
      """;

  private final Login login;

  FileErrors(Login login) {
    this.login = login;
  }

  /** Number of records of the file that have errors. */
  long lines(long file) {
    return login.jdbc().sql(LINES).param("file", file).query(Long.class).single();
  }

  /** The first errors of the file and of its records, by line. */
  List<RecordError> first(long file, int limit) {
    return login
        .jdbc()
        .sql(FIRST)
        .param("file", file)
        .param("limit", limit)
        .query(
            (row, n) ->
                new RecordError(
                    row.getLong("line"),
                    row.getString("column_name"),
                    row.getString("code"),
                    row.getString("message")))
        .list();
  }
}

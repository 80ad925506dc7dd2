package commondata.feed;

import java.sql.Array;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.ConnectionCallback;
import org.springframework.jdbc.core.JdbcTemplate;

/** Errors of refused records on their way to the ledger, a thousand at a time. */
final class Rejects {

  private static final int BATCH = 1_000;
  private static final int RAW_MAX = 1_000;

  private static final String WRITE =
      """
      SELECT commondata.reject_read_records(?, ?, ?, ?, ?, ?, ?)
      """;

  private static final String LOCATE =
      """
      SELECT commondata.locate_rejects(?, ?, ?, ?)
      """;

  private final JdbcTemplate jdbc;
  private final long fileId;
  private final List<Long> lines = new ArrayList<>();
  private final List<@Nullable Long> offsets = new ArrayList<>();
  private final List<String> columns = new ArrayList<>();
  private final List<String> codes = new ArrayList<>();
  private final List<String> messages = new ArrayList<>();
  private final List<String> raws = new ArrayList<>();

  Rejects(JdbcTemplate jdbc, long fileId) {
    this.jdbc = jdbc;
    this.fileId = fileId;
  }

  /** Notes the errors of a record; writes when there are many, so no COPY may be under way. */
  void add(RawRecord record) {
    String raw = cut(record);
    for (RecordErrors.Entry error : record.errors.entries()) {
      add(record.line, record.place(), error.column(), error.code(), error.message(), raw);
    }
    writeMany();
  }

  private void writeMany() {
    if (lines.size() >= BATCH) {
      write();
    }
  }

  /** Notes where a record stands that is refused already, until {@link #writeLocations}. */
  void locate(RawRecord record) {
    lines.add(record.line);
    offsets.add(record.place());
    raws.add(cut(record));
  }

  private static String cut(RawRecord record) {
    return StrictText.beginOf(StrictText.visible(record.raw()), RAW_MAX);
  }

  /** Notes why a file is refused, or a record that was read without error; else as the other. */
  void add(FileError error) {
    add(error.line(), null, "", error.code(), error.message(), "");
    writeMany();
  }

  private void add(
      long line, @Nullable Long offset, String column, String code, String message, String raw) {
    lines.add(line);
    offsets.add(offset);
    columns.add(column);
    codes.add(code);
    messages.add(message);
    raws.add(raw);
  }

  /** Writes what is noted, in the open transaction. */
  void write() {
    if (lines.isEmpty()) {
      return;
    }
    jdbc.execute(
        (ConnectionCallback<Boolean>)
            connection -> {
              try (var statement = connection.prepareStatement(WRITE)) {
                statement.setLong(1, fileId);
                statement.setArray(2, array(connection, "bigint", lines));
                statement.setArray(3, array(connection, "bigint", offsets));
                statement.setArray(4, array(connection, "text", columns));
                statement.setArray(5, array(connection, "text", codes));
                statement.setArray(6, array(connection, "text", messages));
                statement.setArray(7, array(connection, "text", raws));
                return statement.execute();
              }
            });
    clear();
  }

  /** Writes the places that are noted, in the open transaction. */
  void writeLocations() {
    for (int from = 0; from < lines.size(); from += BATCH) {
      writeLocations(from, Math.min(from + BATCH, lines.size()));
    }
    clear();
  }

  private void writeLocations(int from, int to) {
    jdbc.execute(
        (ConnectionCallback<Boolean>)
            connection -> {
              try (var statement = connection.prepareStatement(LOCATE)) {
                statement.setLong(1, fileId);
                statement.setArray(2, array(connection, "bigint", lines.subList(from, to)));
                statement.setArray(3, array(connection, "bigint", offsets.subList(from, to)));
                statement.setArray(4, array(connection, "text", raws.subList(from, to)));
                return statement.execute();
              }
            });
  }

  private void clear() {
    List.of(lines, offsets, columns, codes, messages, raws).forEach(List::clear);
  }

  private static Array array(Connection connection, String type, List<?> values)
      throws java.sql.SQLException {
    return connection.createArrayOf(type, values.toArray());
  }
}

package commondata.feed;

import commondata.database.Login;
import commondata.job.SqlScript;
import commondata.job.SqlStatement;
import commondata.job.StepClock;
import commondata.job.StepException;
import de.siegmar.fastcsv.writer.CsvWriter;
import de.siegmar.fastcsv.writer.LineDelimiter;
import java.io.BufferedWriter;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.JdbcTemplate;

/** A CSV file being written: column names, rows, and a trailer with the totals its layout names. */
final class OutgoingFile implements Closeable {

  private static final int FETCH = 1_000;
  private static final int BUFFER = 64 * 1024;

  /** A trailer may begin with a number sign, which the writer would quote as a comment's begin. */
  private static final char NO_COMMENT = '\u0001';

  private final Layout layout;
  private final FileChannel channel;
  private final MessageDigest digest = Digests.sha256();
  private final CsvWriter csv;
  private final BigDecimal[] totals;
  private long rows;

  /**
   * @param path where nothing lies yet: others may write there, too, and lay links
   */
  OutgoingFile(Path path, Layout layout) throws IOException {
    this.layout = layout;
    this.totals = new BigDecimal[layout.control().size()];
    java.util.Arrays.fill(totals, BigDecimal.ZERO);
    this.channel =
        FileChannel.open(
            path,
            StandardOpenOption.CREATE_NEW,
            StandardOpenOption.WRITE,
            LinkOption.NOFOLLOW_LINKS);
    this.csv =
        CsvWriter.builder()
            .lineDelimiter(LineDelimiter.LF)
            .commentCharacter(NO_COMMENT)
            .build(
                new BufferedWriter(
                    new OutputStreamWriter(
                        new DigestOutputStream(Channels.newOutputStream(channel), digest),
                        StandardCharsets.UTF_8),
                    BUFFER));
  }

  /** Why files can't be written as a layout says; null if they can. */
  static @Nullable String whyNot(Layout layout) {
    if (!layout.named()) {
      return "a file that goes out is CSV whose first line names the columns";
    }
    if (!layout.dialect().equals(new Dialect((byte) ',', '"', Dialect.NONE))) {
      return "a file that goes out has commas and double quotes:"
          + " \"separator\" and \"quote\" can't be others, and nothing is an \"escape\"";
    }
    if (!layout.charset().equals(StandardCharsets.UTF_8)) {
      return "a file that goes out is in UTF-8: \"charset\" can't be another";
    }
    if (layout.compression() != Compression.NONE) {
      return "a file that goes out is not packed: \"compression\" can't be asked for";
    }
    if (layout.control().stream().anyMatch(control -> control.digits() > 0)) {
      return "a file that goes out has counts and sums: \"hash\" can't be asked for";
    }
    RecordShape trailer = layout.trailer();
    return Stream.concat(
            layout.onlyShape().columns().stream(),
            trailer == null ? Stream.of() : trailer.columns().stream())
        .filter(OutgoingFile::isWrittenOtherwise)
        .map(
            column ->
                "column \"%s\" goes out as the query gives it: \"nulls\", \"sign\", \"decimal\", \"group\", \"implied_point\", \"format\", \"zone\" and the \"values\" of a boolean are for files that come in"
                    .formatted(column.name()))
        .findFirst()
        .orElse(null);
  }

  private static boolean isWrittenOtherwise(Column column) {
    return !column.nulls().isEmpty()
        || column.sign() != Column.Sign.MINUS
        || column.impliedPoint()
        || !column.numerals().equals(Numerals.USUAL)
        || column.format() != null
        || column.zone() != null
        || (column.type() == Column.Type.BOOLEAN && !column.values().isEmpty());
  }

  /** Writes the rows of a query, in the open transaction; returns how many. */
  long write(Login login, SqlScript query, Map<String, Object> values, StepClock clock) {
    SqlStatement statement = query.statements().get(0);
    clock.limitNext();
    try {
      new JdbcTemplate(login.dataSource())
          .query(
              connection -> prepare(connection, statement, values),
              (ResultSet row) -> {
                write(row);
                if (rows % FETCH == 0) {
                  clock.limitNext();
                }
              });
    } catch (DataAccessException e) {
      throw new StepException(query.location(), statement.line(), e);
    }
    return rows;
  }

  private static PreparedStatement prepare(
      Connection connection, SqlStatement statement, Map<String, Object> values)
      throws SQLException {
    PreparedStatement prepared = connection.prepareStatement(statement.sql());
    prepared.setFetchSize(FETCH);
    statement.bind(prepared, values);
    return prepared;
  }

  private void write(ResultSet row) throws SQLException {
    if (rows++ == 0) {
      csv.writeRecord(layout.onlyShape().titles());
    }
    List<String> fields = new ArrayList<>();
    for (Column column : layout.onlyShape().columns()) {
      fields.add(text(column, row));
    }
    csv.writeRecord(fields);
    for (int i = 0; i < totals.length; i++) {
      String sumOf = layout.control().get(i).sumOf();
      BigDecimal value = sumOf == null ? BigDecimal.ONE : row.getBigDecimal(sumOf);
      totals[i] = value == null ? totals[i] : totals[i].add(value);
    }
  }

  private static String text(Column column, ResultSet row) throws SQLException {
    if (column.type() == Column.Type.BOOLEAN) {
      boolean value = row.getBoolean(column.name());
      return row.wasNull() ? "" : Boolean.toString(value);
    }
    String value = row.getString(column.name());
    return value == null ? "" : value;
  }

  /** Writes the trailer and forces everything to disk. */
  Digests.Content finish() throws IOException {
    RecordShape trailer = layout.trailer();
    if (trailer != null) {
      List<String> fields = new ArrayList<>(List.of(String.valueOf(trailer.mark())));
      for (String name : trailer.names()) {
        fields.add(total(name));
      }
      csv.writeRecord(fields);
    }
    csv.flush();
    channel.force(true);
    return new Digests.Content(Digests.hex(digest), channel.size());
  }

  private String total(String column) {
    for (int i = 0; i < totals.length; i++) {
      if (layout.control().get(i).declared().equals(column)) {
        return totals[i].toPlainString();
      }
    }
    return "";
  }

  @Override
  public void close() {
    try {
      csv.close();
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

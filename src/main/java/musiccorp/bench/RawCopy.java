package musiccorp.bench;

import commondata.database.Login;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import org.postgresql.PGConnection;
import org.springframework.jdbc.core.ConnectionCallback;
import org.springframework.jdbc.core.JdbcTemplate;

/**
 * What {@code \copy} of psql does, for scale: the good rows alone, sent as they stand in one COPY
 * on one connection. No row is looked at, none is refused, nothing says where it came from.
 */
final class RawCopy {

  private static final String COPY =
      """
      COPY bench.raw_order (
          order_id,
          customer_id,
          order_date,
          sku,
          quantity,
          unit_price,
          note
      )
      FROM STDIN
      WITH (FORMAT csv, HEADER)
      """;

  private final Login login;
  private final long rows;
  private final Path file;

  RawCopy(Login login, long rows, Path directory) {
    this.login = login;
    this.rows = rows;
    this.file = directory.resolve("raw.csv");
  }

  /**
   * Makes the file of a seed and copies it; returns how many seconds the copy took. The table is
   * empty afterwards: else autovacuum would go through it while the next load is measured.
   */
  double measure(long seed) throws IOException {
    BenchFile.writeGood(file, rows, seed);
    long start = System.nanoTime();
    new JdbcTemplate(login.dataSource())
        .execute(
            (ConnectionCallback<Long>) connection -> copy(connection.unwrap(PGConnection.class)));
    double seconds = (System.nanoTime() - start) / 1e9;
    empty();
    return seconds;
  }

  private void empty() {
    login
        .jdbc()
        .sql(
            """
            TRUNCATE bench.raw_order
            """)
        .update();
  }

  private long copy(PGConnection connection) throws SQLException {
    try (InputStream in = Files.newInputStream(file)) {
      return connection.getCopyAPI().copyIn(COPY, in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

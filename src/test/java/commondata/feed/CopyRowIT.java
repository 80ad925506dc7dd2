package commondata.feed;

import static org.assertj.core.api.Assertions.assertThat;

import commondata.job.JobFolder;
import commondata.job.RejectLimit;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyIn;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.SingleConnectionDataSource;
import testkit.TestDatabase;

/** What goes through COPY comes out as it was, whatever it is. */
final class CopyRowIT {

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();

  private static final String[] PIECES = {
    "\\",
    "\\.",
    "\\N",
    "\t",
    "\n",
    "\r",
    "\r\n",
    "\b",
    "\f",
    "\u000b",
    "\u0001",
    "\u007f",
    "a",
    "N",
    ".",
    ",",
    "\"",
    "é",
    "ß",
    "€",
    "\u0800",
    "\uFFFD",
    "\uFEFF",
    "😀",
    "\uDBFF\uDFFF",
    " ",
    ""
  };

  @Test
  void bringsEveryTextThrough() throws SQLException {
    Random random = new Random(20_261_121);
    List<String> texts = new ArrayList<>(List.of(PIECES));
    for (int n = 0; n < 5_000; n++) {
      StringBuilder text = new StringBuilder();
      for (int i = random.nextInt(12); i > 0; i--) {
        boolean piece = random.nextBoolean();
        text.append(
            piece ? PIECES[random.nextInt(PIECES.length)] : Character.toString(point(random)));
      }
      texts.add(text.toString());
    }

    assertThat(throughTheServer(texts)).isEqualTo(texts);
  }

  private static int point(Random random) {
    int point = 1 + random.nextInt(0x10FFFF);
    return point >= 0xD800 && point <= 0xDFFF ? 'x' : point;
  }

  private static List<String> throughTheServer(List<String> texts) throws SQLException {
    try (Connection connection =
            DriverManager.getConnection(DATABASE.url(), DATABASE.owner(), DATABASE.password());
        var statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute("CREATE TABLE public.through (n bigint, a text, b text)");
      CopyIn copy =
          connection
              .unwrap(PGConnection.class)
              .getCopyAPI()
              .copyIn("COPY public.through (n, a, b) FROM STDIN");
      CopyRow row = new CopyRow(16);
      for (int n = 0; n < texts.size(); n++) {
        row.number(n);
        row.text(texts.get(n));
        row.nothing();
        row.end();
      }
      copy.writeToCopy(row.bytes(), 0, row.size());
      assertThat(copy.endCopy()).isEqualTo(texts.size());
      List<String> back = new ArrayList<>();
      try (var rows =
          statement.executeQuery("SELECT a FROM public.through WHERE b IS NULL ORDER BY n")) {
        while (rows.next()) {
          back.add(rows.getString(1));
        }
      }
      connection.rollback();
      return back;
    }
  }

  @Test
  void copiesColumnsThatAreNamedAsWordsOfSql() throws SQLException {
    String yaml =
        """
        format: csv
        append: public.words
        columns: [{name: order, type: text}, {name: user, type: text}, {name: end, type: text}]
        """;
    Layout layout = Layout.read(new JobFolder("j", "j", name -> yaml), "layout.yaml");
    List<SliceRows> rows = SliceRows.of(layout);
    CopyRow row = rows.get(0).begin();
    row.number(1);
    row.number(2);
    List.of("a", "b", "c").forEach(row::text);
    rows.get(0).end(2);
    try (Connection connection =
            DriverManager.getConnection(DATABASE.url(), DATABASE.owner(), DATABASE.password());
        var statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute(
          "CREATE TABLE public.words (file bigint, line bigint, \"order\" text, \"user\" text, \"end\" text)");
      Rejects rejects =
          new Rejects(new JdbcTemplate(new SingleConnectionDataSource(connection, true)), 1);
      RefusedSoFar refused = new RefusedSoFar(new RejectLimit(0, 0, false), 1);

      assertThat(SliceCopy.all(connection, layout, layout.tables(), rows, rejects, refused))
          .isEqualTo(1);
      connection.rollback();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"a\0", "a\uD800", "\uDC00a", "\uD83D\uD83D\uDE00"})
  void leavesOutWhatNoTextCanHold(String value) {
    CopyRow row = new CopyRow(8);

    assertThat(row.text("b")).isTrue();
    assertThat(row.text(value)).isFalse();
    assertThat(row.text("😀")).isTrue();
    row.end();

    assertThat(new String(row.bytes(), 0, row.size(), StandardCharsets.UTF_8))
        .isEqualTo("b\t\\N\t😀\n");
  }
}

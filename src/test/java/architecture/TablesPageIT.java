package architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import testkit.TestDatabase;

/** docs/reference/tables.md names every table, and none that is not there. */
final class TablesPageIT {

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();

  private static final Pattern FIRST_COLUMN = Pattern.compile("(?m)^\\| (`[^|]*) \\|");
  private static final Pattern NAME = Pattern.compile("`([^`]+)`");

  /** Schemas whose tables the page does not name one by one. */
  private static final String IN_SUM = "'quartz', 'staging'";

  @Test
  void namesEveryTable() throws IOException {
    assertThat(namesOnThePage())
        .as("first columns of docs/reference/tables.md")
        .containsExactlyInAnyOrderElementsOf(tables());
  }

  /** A name without a schema is one of the kit's; {@code published.*} stands for a schema. */
  private static List<String> namesOnThePage() throws IOException {
    String page = Files.readString(Path.of("docs", "reference", "tables.md"));
    return FIRST_COLUMN
        .matcher(page)
        .results()
        .flatMap(row -> names(row.group(1)))
        .filter(name -> !name.endsWith(".*"))
        .map(name -> name.contains(".") ? name : "commondata." + name)
        .toList();
  }

  private static Stream<String> names(String cell) {
    return NAME.matcher(cell).results().map(name -> name.group(1));
  }

  private static List<String> tables() {
    return DATABASE
        .superuser()
        .sql(
            """
            SELECT n.nspname || '.' || c.relname
            FROM pg_class AS c
            JOIN pg_namespace AS n ON n.oid = c.relnamespace
            WHERE c.relkind IN ('r', 'p')
              AND NOT c.relispartition
              AND n.nspname !~ '^pg_'
              AND n.nspname NOT IN ('information_schema', %s)
            """
                .formatted(IN_SUM))
        .query(String.class)
        .list();
  }
}

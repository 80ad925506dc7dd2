package architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import testkit.TestDatabase;

/** docs/reference/alarms.md names the alarms that the database can raise, each once. */
final class AlarmsPageIT {

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();

  private static final Pattern ROW = Pattern.compile("(?m)^\\| `([a-z-]+)` \\|");

  @Test
  void namesEveryAlarm() throws IOException {
    String page = Files.readString(Path.of("docs", "reference", "alarms.md"));

    assertThat(ROW.matcher(page).results().map(row -> row.group(1)).toList())
        .containsExactlyInAnyOrderElementsOf(alarms());
  }

  /** An alarm's name is the first column of its SELECT: in a view, or in a function. */
  private static List<String> alarms() {
    return DATABASE
        .superuser()
        .sql(
            """
            SELECT DISTINCT name[1]
            FROM (
                SELECT pg_get_viewdef('commondata.file_alarm'::regclass)
                UNION ALL
                SELECT pg_get_viewdef('commondata.job_alarm'::regclass)
                UNION ALL
                SELECT pg_get_function_sqlbody(p.oid)
                FROM pg_proc AS p
                WHERE p.pronamespace = 'commondata'::regnamespace AND p.proname LIKE '%alarms'
            ) AS source (text)
            CROSS JOIN LATERAL regexp_matches(source.text, 'SELECT ''([a-z-]+)''', 'g') AS name
            """)
        .query(String.class)
        .list();
  }
}

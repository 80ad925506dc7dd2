package architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import testkit.TestDatabase;

/** docs/reference/sql.md names every function that a service may call, as the catalogue has it. */
final class SqlReferenceIT {

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();

  private static final Pattern SIGNATURE =
      Pattern.compile("(?ms)^```sql\n(commondata\\..*?)\n```$");

  @Test
  void documentsFunctionsAsTheCatalogueHasThem() throws IOException {
    List<String> documented = new ArrayList<>();
    Matcher signature = SIGNATURE.matcher(page());
    while (signature.find()) {
      documented.add(
          signature.group(1).replaceAll("\\s+", " ").replace("( ", "(").replace(" )", ")"));
    }

    assertThat(documented)
        .as("signatures in docs/reference/sql.md")
        .containsExactlyInAnyOrderElementsOf(
            strings(
                """
                SELECT format(
                    'commondata.%s(%s) RETURNS %s',
                    p.proname, pg_get_function_arguments(p.oid), pg_get_function_result(p.oid))
                """));
  }

  @Test
  void saysOfEachWhatTheDatabaseSays() throws IOException {
    String page = page().replaceAll("\\s+", " ");
    assertThat(
            strings(
                """
                SELECT obj_description(p.oid, 'pg_proc') || '.'
                """))
        .as("comments of functions that docs/reference/sql.md lacks")
        .allMatch(page::contains);
  }

  private static String page() throws IOException {
    return Files.readString(Path.of("docs", "reference", "sql.md"));
  }

  private static List<String> strings(String select) {
    return DATABASE
        .superuser()
        .sql(
            select
                + """

                FROM pg_proc AS p
                WHERE p.pronamespace = 'commondata'::regnamespace
                  AND has_function_privilege('commondata_service', p.oid, 'EXECUTE')
                """)
        .query(String.class)
        .list();
  }
}

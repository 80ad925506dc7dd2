package commondata.feed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import commondata.job.DefinitionException;
import commondata.job.JobCatalog;
import commondata.job.JobDefinition;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import testkit.TestDatabase;

/** SQL that the server can't run stops the start of its feed, and a dry run. */
final class SqlCheckIT {

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();

  @TempDir private Path directory = Path.of("");

  @BeforeAll
  static void makeStaging() {
    DATABASE
        .superuser()
        .sql("CREATE TABLE staging.planned (file bigint, line bigint, c text)")
        .update();
    DATABASE.superuser().sql("GRANT ALL ON staging.planned TO catalog_service").update();
    register("catalog_service");
  }

  @Test
  void aNameThatIsNotThereIsToldWithItsLine() {
    String check =
        """
        -- Refuses what is there twice.

        /* In two
           lines. */
        DELETE FROM staging.planned AS s
        WHERE s.file = :file_id
          /* of no
             meaning */
          AND s.line > :run_id AND s.nosuch = 1;
        """;

    assertThatThrownBy(() -> start(check, "SELECT 1;\n"))
        .isInstanceOf(DefinitionException.class)
        .hasMessageEndingWith("planned/check.sql, line 9: column s.nosuch does not exist");
    assertThatThrownBy(() -> dryRun(check))
        .isInstanceOf(DefinitionException.class)
        .hasMessageEndingWith("planned/check.sql, line 9: column s.nosuch does not exist");
  }

  @Test
  void everyScriptThatIsWrongIsTold() {
    assertThatThrownBy(() -> start("SELECT\n  1 +;\n", "SELECT nosuch.f(:business_date);\n"))
        .isInstanceOf(DefinitionException.class)
        .hasMessageContaining("check.sql, line 2: syntax error at end of input\n")
        .hasMessageEndingWith("merge.sql, line 1: schema \"nosuch\" does not exist");
  }

  @Test
  void aRightThatTheOwnerLacksIsTold() {
    assertThatThrownBy(() -> start("SELECT 1;\n", "\nDELETE FROM orders.customer_order;\n"))
        .isInstanceOf(DefinitionException.class)
        .hasMessageEndingWith("merge.sql, line 2: permission denied for schema orders");
  }

  @Test
  void aJobThatIsNotRegisteredForItsOwnerIsTold() {
    register("order_service");
    assertThatThrownBy(() -> start("SELECT 1;\n", "SELECT 1;\n"))
        .isInstanceOf(DefinitionException.class)
        .hasMessageContainingAll(
            "\"planned\" has the owner \"catalog_service\"", "registered for \"order_service\"");

    register(null);
    assertThatThrownBy(() -> start("SELECT 1;\n", "SELECT 1;\n"))
        .isInstanceOf(DefinitionException.class)
        .hasMessageContaining("commondata.register_job('planned', 'catalog_service')");

    register("catalog_service");
    assertThatCode(() -> start("SELECT 1;\n", "SELECT 1;\n")).doesNotThrowAnyException();
  }

  private static void register(@Nullable String owner) {
    DATABASE.superuser().sql("DELETE FROM commondata.job WHERE name = 'planned'").update();
    if (owner != null) {
      DATABASE
          .superuser()
          .sql("INSERT INTO commondata.job (name, owner) VALUES ('planned', :owner)")
          .param("owner", owner)
          .update();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT 1 / (:file_id - :file_id);",
        "CREATE TEMPORARY TABLE made (n int); DELETE FROM made;",
        "SELECT s.c INTO TEMPORARY made FROM staging.planned AS s; DELETE FROM made;",
        "DELETE FROM staging.planned AS s WHERE s.file = ANY (:superseded_files) AND s.c <> '?';",
        "INSERT INTO staging.planned (file, c) VALUES (:file_id, :word);",
      })
  void whatMayGoWellIsLeftForItsTime(String sql) throws IOException {
    assertThat(start("SELECT 1;\n", sql + "\n")).isNotNull();
    assertThat(DATABASE.superuser().sql("SELECT 1 FROM staging.planned").query().listOfRows())
        .isEmpty();
  }

  private Object start(String check, String merge) throws IOException {
    return FeedPoll.of(
        job(check, merge), DATABASE.database(), directory, "test", Clock.systemUTC());
  }

  private Object dryRun(String check) throws IOException {
    return DryRun.of(job(check, "SELECT 1;\n"), DATABASE.database(), directory, "test");
  }

  private JobDefinition job(String check, String merge) throws IOException {
    Path folder = Files.createDirectories(directory.resolve("jobs/planned"));
    Files.writeString(
        folder.resolve("job.yaml"),
        """
        id: planned
        owner: catalog_service
        source: {feed: planned, layout: layout.yaml}
        params: {word: {type: text, value: a}}
        steps: [{check: check.sql}, {sql: merge.sql}]
        """);
    Files.writeString(folder.resolve("check.sql"), check);
    Files.writeString(folder.resolve("merge.sql"), merge);
    Files.writeString(
        folder.resolve("layout.yaml"),
        "format: csv\nstaging: staging.planned\ncolumns: [{name: c, type: text}]\n");
    return JobCatalog.of(directory.resolve("jobs")).find("planned").orElseThrow();
  }
}

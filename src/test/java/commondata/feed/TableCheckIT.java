package commondata.feed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import commondata.job.DefinitionException;
import commondata.job.JobCatalog;
import commondata.job.JobDefinition;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import testkit.TestDatabase;

/** A layout that does not fit its table stops the start of its feed, and a dry run. */
final class TableCheckIT {

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();

  @TempDir private Path directory = Path.of("");

  private static void table(String columns) {
    DATABASE.superuser().sql("DROP TABLE IF EXISTS staging.fitted").update();
    DATABASE.superuser().sql("DROP DOMAIN IF EXISTS public.cents").update();
    DATABASE.superuser().sql("CREATE DOMAIN public.cents AS numeric(12, 2)").update();
    DATABASE.superuser().sql("CREATE TABLE staging.fitted (" + columns + ")").update();
  }

  private JobDefinition job(String column) throws IOException {
    Path folder = Files.createDirectories(directory.resolve("jobs/fitted"));
    Files.writeString(
        folder.resolve("job.yaml"),
        "id: fitted\nowner: catalog_service\nsource: {feed: fitted, layout: layout.yaml}\nsteps:"
            + " [{sql: a.sql}]\n");
    Files.writeString(folder.resolve("a.sql"), "-- counts: nothing\nSELECT 1;\n");
    Files.writeString(
        folder.resolve("layout.yaml"),
        "format: csv\nstaging: staging.fitted\ncolumns: [{name: c, " + column + "}]\n");
    return JobCatalog.of(directory.resolve("jobs")).find("fitted").orElseThrow();
  }

  private Object start(String column) throws IOException {
    return FeedPoll.of(job(column), DATABASE.database(), directory, "test", Clock.systemUTC());
  }

  @ParameterizedTest
  @CsvSource({
    "type: integer, bigint",
    "type: integer, 'numeric(9)'",
    "type: decimal, 'numeric(12, 2)'",
    "'type: decimal, scale: 4', numeric",
    "type: decimal, public.cents",
    "type: date, date",
    "type: timestamp, timestamptz",
    "'type: timestamp, zone: UTC', timestamptz(3)",
    "'type: timestamp, zone: none', timestamp",
    "type: boolean, boolean",
    "type: uuid, uuid",
    "type: uuid, varchar(40)",
    "type: text, timestamptz"
  })
  void takesWhatFits(String column, String type) throws IOException {
    table("file bigint, line bigint, c " + type);

    assertThat(start(column)).isNotNull();
  }

  @ParameterizedTest
  @CsvSource({
    "type: integer, boolean, is a integer",
    "type: decimal, integer, is a decimal",
    "'type: decimal, scale: 6', 'numeric(8, 3)', has 6 decimals",
    "'type: decimal, scale: 3', public.cents, has 3 decimals",
    "type: date, timestamptz, is a date",
    "'type: timestamp, zone: none', timestamptz, is a timestamp of no zone (zone: none)",
    "type: timestamp, timestamp, is a timestamp that is a moment (unless zone: none)",
    "type: boolean, integer, is a boolean",
    "type: uuid, bytea, is a uuid"
  })
  void refusesWhatWouldKeepOtherValues(String column, String type, String message)
      throws IOException {
    table("file bigint, line bigint, c " + type);

    assertThatThrownBy(() -> start(column))
        .isInstanceOf(DefinitionException.class)
        .hasMessageContaining("layout.yaml: column \"c\" " + message)
        .hasMessageContaining("table staging.fitted");
    assertThatThrownBy(
            () -> DryRun.of(job(column), DATABASE.database(), directory.resolve("dry"), "test"))
        .isInstanceOf(DefinitionException.class);
    assertThatThrownBy(() -> Corrections.of(job(column), DATABASE.database(), directory, "test"))
        .isInstanceOf(DefinitionException.class);
  }

  @Test
  void namesEveryColumnThatIsMissing() throws IOException {
    table("file bigint, cc text");

    assertThatThrownBy(() -> start("type: text"))
        .isInstanceOf(DefinitionException.class)
        .hasMessageContaining("table staging.fitted has no column \"line\"")
        .hasMessageContaining("table staging.fitted has no column \"c\"");
  }

  @Test
  void namesATableThatIsMissing() {
    DATABASE.superuser().sql("DROP TABLE IF EXISTS staging.fitted").update();

    assertThatThrownBy(() -> start("type: text"))
        .isInstanceOf(DefinitionException.class)
        .hasMessageContaining("layout.yaml: table staging.fitted does not exist");
  }
}

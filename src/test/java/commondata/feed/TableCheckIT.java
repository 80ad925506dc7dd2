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
import org.junit.jupiter.api.BeforeAll;
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
    DATABASE.superuser().sql("GRANT ALL ON staging.fitted TO catalog_service").update();
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

  @BeforeAll
  static void register() {
    DATABASE
        .superuser()
        .sql("INSERT INTO commondata.job (name, owner) VALUES ('fitted', 'catalog_service')")
        .update();
  }

  @ParameterizedTest
  @CsvSource({
    "type: integer, bigint",
    "type: integer, 'numeric(10)'",
    "'type: integer, min: -32768, max: 32767', smallint",
    "'type: decimal, min: -99, max: 99.99', 'numeric(4, 2)'",
    "'type: decimal, max: 3000000000, min: 0', double precision",
    "'type: decimal, max: 9999999999999.99, min: -9999999999999.99', double precision",
    "type: integer, double precision",
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
    "'type: text, max_length: 10', varchar(10)",
    "'type: text, values: [aa, b]', char(2)",
    "type: text, varchar"
  })
  void takesWhatFits(String column, String type) throws IOException {
    table("file bigint, line bigint, c " + type);

    assertThat(start(column)).isNotNull();
  }

  @ParameterizedTest
  @CsvSource({
    "type: integer, boolean, is a integer",
    "type: decimal, integer, is a decimal",
    "type: decimal, real, is a decimal",
    "type: integer, real, is a integer",
    "'type: decimal, max: 10000000000000, min: 0', double precision, 'may have 16 digits, but in"
        + " table staging.fitted it is double precision, which keeps 15: make it numeric'",
    "'type: integer, max: 9, min: -1000000000000000', double precision, 'may have 16 digits'",
    "'type: decimal, scale: 6', 'numeric(8, 3)', has 6 decimals",
    "'type: decimal, scale: 3', public.cents, has 3 decimals",
    "type: date, timestamptz, is a date",
    "'type: timestamp, zone: none', timestamptz, is a timestamp of no zone (zone: none)",
    "type: timestamp, timestamp, is a timestamp that is a moment (unless zone: none)",
    "type: boolean, integer, is a boolean",
    "type: text, timestamptz, is a text",
    "type: text, jsonb, is a text",
    "type: text, text NOT NULL, 'may be empty, but in table staging.fitted it is NOT NULL: give it"
        + " required: true'",
    "type: uuid, bytea, is a uuid",
    "type: text, varchar(10), 'may have 1000 characters, but in table staging.fitted it is"
        + " character varying(10): give it max_length: 10'",
    "'type: text, max_length: 3', char(2), 'may have 3 characters'",
    "'type: text, values: [aa, b]', char(1), 'may have 2 characters'",
    "type: integer, 'numeric(9)', 'may be 2147483647, but in table staging.fitted it is"
        + " numeric(9,0): give it max: 999999999'",
    "'type: integer, max: 40000, min: 0', smallint, 'may be 40000, but in table staging.fitted it is"
        + " smallint: give it max: 32767'",
    "'type: integer, max: 9', smallint, 'may be -2147483648, but in table staging.fitted it is"
        + " smallint: give it min: -32768'",
    "type: decimal, 'numeric(10, 2)', 'may be 9999999999.99, but in table staging.fitted it is"
        + " numeric(10,2): give it max: 99999999.99'",
    "'type: decimal, min: -100, max: 9', 'numeric(4, 2)', 'may be -100.00, but in table"
        + " staging.fitted it is numeric(4,2): give it min: -99.99'"
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

  /** Places in a record leave room for no more; a table that is appended to costs a record only. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "format: fixed | staging | type: text, at: 1, length: 10 | varchar(10)",
        "format: fixed | staging | type: integer, at: 1, length: 4 | smallint",
        "format: fixed | staging | type: decimal, at: 1, length: 4, implied_point: true | numeric(4, 2)",
        "format: fixed | staging | type: integer, at: 1, length: 15, max: 999999999999999999 | float8",
        "format: csv | append | type: text | varchar(10)",
        "format: csv | append | type: text | timestamptz NOT NULL UNIQUE",
        "format: csv | staging | type: text, required: true | text NOT NULL",
        "format: csv | staging | type: text | text, UNIQUE (c, file, line)",
        "format: csv | staging | type: text | text, at timestamptz NOT NULL DEFAULT now()",
        "format: csv | append | type: integer | smallint"
      })
  void takesWhatCantBeLargerOrCostsARecord(String format, String key, String column, String type)
      throws IOException {
    table("file bigint, line bigint, c " + type);
    JobDefinition job = job(column);
    Path layout = directory.resolve("jobs/fitted/layout.yaml");
    Files.writeString(
        layout,
        Files.readString(layout).replace("format: csv", format).replace("staging:", key + ":"));

    assertThat(FeedPoll.of(job, DATABASE.database(), directory, "test", Clock.systemUTC()))
        .isNotNull();
  }

  /** One record that breaks it would refuse the whole file. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "text CONSTRAINT no_x CHECK (c <> 'x') | CHECK \"no_x\"",
        "public.short_text | CHECK \"is_short\"",
        "text UNIQUE | unique index \"fitted_c_key\"",
        "text, UNIQUE (c, line) | unique index \"fitted_c_line_key\"",
        "text, UNIQUE (c) INCLUDE (file, line) | unique index \"fitted_c_file_line_key\"",
        "text REFERENCES public.known | foreign key \"fitted_c_fkey\"",
        "text, EXCLUDE USING hash (c WITH =) | exclusion \"fitted_c_excl\""
      })
  void refusesRulesOfAStagingTable(String rule, String named) throws IOException {
    table("file bigint, line bigint");
    DATABASE
        .superuser()
        .sql(
            """
            DROP DOMAIN IF EXISTS public.short_text;
            CREATE DOMAIN public.short_text AS text CONSTRAINT is_short CHECK (length(VALUE) < 9);
            CREATE TABLE IF NOT EXISTS public.known (c text PRIMARY KEY);
            """)
        .update();
    table("file bigint, line bigint, c " + rule);

    assertThatThrownBy(() -> start("type: text"))
        .isInstanceOf(DefinitionException.class)
        .hasMessageContaining("layout.yaml: table staging.fitted has the " + named)
        .hasMessageContaining("would refuse the whole file");
  }

  /** The ledger would go on to say what a crash of the server has taken. */
  @Test
  void refusesToAppendToAnUnloggedTable() throws IOException {
    table("file bigint, line bigint, c text");
    DATABASE.superuser().sql("ALTER TABLE staging.fitted SET UNLOGGED").update();
    assertThat(start("type: text")).isNotNull();
    JobDefinition job = job("type: text");
    Path layout = directory.resolve("jobs/fitted/layout.yaml");
    Files.writeString(layout, Files.readString(layout).replace("staging:", "append:"));

    assertThatThrownBy(
            () -> FeedPoll.of(job, DATABASE.database(), directory, "test", Clock.systemUTC()))
        .isInstanceOf(DefinitionException.class)
        .hasMessageContaining("table staging.fitted is UNLOGGED");
  }

  /** The server refuses no record for digits that it leaves out. */
  @Test
  void refusesToAppendNumbersThatATableWouldRound() throws IOException {
    table("file bigint, line bigint, c double precision");
    JobDefinition job = job("type: integer, max: 1000000000000000");
    Path layout = directory.resolve("jobs/fitted/layout.yaml");
    Files.writeString(layout, Files.readString(layout).replace("staging:", "append:"));

    assertThatThrownBy(
            () -> FeedPoll.of(job, DATABASE.database(), directory, "test", Clock.systemUTC()))
        .isInstanceOf(DefinitionException.class)
        .hasMessageContaining("column \"c\" may have 16 digits");
  }

  /** Some of it would be missed by the first large file only. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "staging | REVOKE TRUNCATE ON staging.fitted FROM catalog_service"
            + " | login catalog_service may not TRUNCATE in table staging.fitted: GRANT TRUNCATE ON"
            + " staging.fitted TO catalog_service",
        "staging | REVOKE ALL ON staging.fitted FROM catalog_service"
            + " | GRANT SELECT, INSERT, DELETE, TRUNCATE ON staging.fitted TO catalog_service",
        "append | REVOKE ALL ON staging.fitted FROM catalog_service"
            + " | GRANT SELECT, INSERT, DELETE ON staging.fitted TO catalog_service",
        "append | ALTER TABLE staging.fitted ENABLE ROW LEVEL SECURITY"
            + " | ALTER TABLE staging.fitted DISABLE ROW LEVEL SECURITY"
      })
  void refusesATableWhereTheLoginMayNotDoWhatALoadDoes(String key, String sql, String wanted)
      throws IOException {
    table("file bigint, line bigint, c text");
    JobDefinition job = job("type: text");
    Path layout = directory.resolve("jobs/fitted/layout.yaml");
    Files.writeString(layout, Files.readString(layout).replace("staging:", key + ":"));
    DATABASE.superuser().sql(sql).update();

    assertThatThrownBy(
            () -> FeedPoll.of(job, DATABASE.database(), directory, "test", Clock.systemUTC()))
        .isInstanceOf(DefinitionException.class)
        .hasMessageStartingWith(layout.toString())
        .hasMessageEndingWith(wanted);
  }

  @Test
  void refusesASchemaThatTheLoginMayNotUse() throws IOException {
    table("file bigint, line bigint, c text");
    DATABASE.superuser().sql("REVOKE USAGE ON SCHEMA staging FROM commondata_service").update();
    try {
      assertThatThrownBy(() -> start("type: text"))
          .isInstanceOf(DefinitionException.class)
          .hasMessageEndingWith("GRANT USAGE ON SCHEMA staging TO catalog_service");
    } finally {
      DATABASE.superuser().sql("GRANT USAGE ON SCHEMA staging TO commondata_service").update();
    }
  }

  @Test
  void refusesAColumnThatNobodyFills() throws IOException {
    table("file bigint, line bigint, c text, more text NOT NULL");

    assertThatThrownBy(() -> start("type: text"))
        .isInstanceOf(DefinitionException.class)
        .hasMessageContaining("column \"more\" may be empty, but in table staging.fitted");
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

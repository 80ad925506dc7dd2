package commondata.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import commondata.home.SetupException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import testkit.TestDatabase;

final class MigratorIT {

  private static final int NODES = 4;

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.empty();

  @TempDir private Path directory = Path.of("");

  @BeforeAll
  static void severalNodesMigrateOnce() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(NODES);
    try {
      Callable<Migrator.Result> migrate = () -> migrator().migrate();
      List<Future<Migrator.Result>> nodes = threads.invokeAll(Collections.nCopies(NODES, migrate));

      int migrated = 0;
      for (Future<Migrator.Result> node : nodes) {
        migrated += node.get().migrations() > 0 ? 1 : 0;
      }
      assertThat(migrated).isEqualTo(1);
    } finally {
      threads.shutdown();
    }
  }

  @Test
  void changesNothingTheSecondTime() {
    assertThat(migrator().migrate().changedNothing()).isTrue();
    assertThat(migrator().pending()).isEmpty();
  }

  @Test
  void letsEveryLoginIn() {
    List<String> logins =
        DATABASE
            .superuser()
            .sql(
                """
                SELECT rolname
                FROM pg_roles
                WHERE rolcanlogin
                    AND (rolname LIKE '%\\_service' OR rolname LIKE 'commondata\\_%')
                """)
            .query(String.class)
            .list();

    assertThat(logins).contains("order_service", "commondata_console", "commondata_quartz");
    assertThat(logins)
        .allSatisfy(
            login ->
                assertThat(DATABASE.login(login).jdbc().sql("SELECT 1").query().singleValue())
                    .isEqualTo(1));
  }

  @Test
  void takesTheLocksOfANodeThatStandsStill() {
    assertThat(
            DATABASE
                .login("commondata_console")
                .jdbc()
                .sql("SHOW idle_in_transaction_session_timeout")
                .query(String.class)
                .single())
        .isEqualTo("1min");
  }

  @ParameterizedTest
  @CsvSource({
    "tcp_keepalives_idle, 60",
    "tcp_keepalives_interval, 10",
    "tcp_keepalives_count, 6",
    "client_connection_check_interval, 1s"
  })
  void seesThatANodeOrItsHostIsGone(String setting, String value) {
    assertThat(
            DATABASE
                .login("commondata_console")
                .jdbc()
                .sql("SELECT current_setting(:setting)")
                .param("setting", setting)
                .query(String.class)
                .single())
        .isEqualTo(value);
  }

  @Test
  void makesTheComingDaysOfTheLog() {
    DATABASE.superuser().sql("DROP TABLE commondata.outbox_" + tomorrow()).update();

    assertThat(migrator().migrate().partitions()).isEqualTo(1);
  }

  @Test
  void undoesAMigrationThatFailsAndNamesIt() throws Exception {
    Files.writeString(
        directory.resolve("V9000__broken.sql"), "CREATE TABLE half (n int); SELECT nonsense;");

    Migrator migrator =
        new Migrator(
            DATABASE.url(),
            DATABASE.owner(),
            login -> DATABASE.password(),
            Migrator.IN_JAR,
            "filesystem:" + directory);

    assertThatThrownBy(migrator::migrate)
        .isInstanceOf(SetupException.class)
        .hasMessageEndingWith("nonsense\" does not exist; Position: 8")
        .hasMessageContaining("V9000__broken.sql, line 1: ERROR: column");
    assertThat(
            DATABASE
                .superuser()
                .sql("SELECT to_regclass('commondata.half') IS NULL")
                .query(Boolean.class)
                .single())
        .isTrue();
  }

  @Test
  void appliesWhatJobsBringAlongOnceWithAHistoryEach() throws Exception {
    job("prices", "CREATE ROLE prices_test_service LOGIN IN ROLE commondata_service");
    job("stock-counts", "CREATE TABLE published.counted (place text DEFAULT '${no} placeholder')");
    Files.createDirectories(directory.resolve("without"));
    Migrator withJobs = migrator().withJobs(directory);

    assertThat(withJobs.pending()).containsExactly("V1__first.sql", "V1__first.sql");
    assertThat(withJobs.migrate().migrations()).isEqualTo(2);

    assertThat(withJobs.pending()).isEmpty();
    assertThat(withJobs.migrate().changedNothing()).isTrue();
    assertThat(migrator().migrate().changedNothing()).as("a node without the jobs").isTrue();
    assertThat(DATABASE.login("prices_test_service").jdbc().sql("SELECT 1").query().singleValue())
        .isEqualTo(1);
    DATABASE.superuser().sql("DROP OWNED BY prices_test_service").update();
    DATABASE.superuser().sql("DROP ROLE prices_test_service").update();
  }

  @Test
  void refusesAJobWithMigrationsWhoseNameIsNone() throws Exception {
    job("Stock Counts", "SELECT 1");

    assertThatThrownBy(() -> migrator().withJobs(directory))
        .isInstanceOf(MigrationException.class)
        .hasMessageContaining("Stock Counts/migration\" can't be migrated: a job's folder");
  }

  @Test
  void namesTheJobWhoseMigrationIsWrong() throws Exception {
    job("wrong", "SELECT 1;\nSELECT nonsense;");

    assertThatThrownBy(() -> migrator().withJobs(directory).migrate())
        .isInstanceOf(MigrationException.class)
        .hasMessageStartingWith("Migrations of job \"wrong\" can't be applied: ")
        .hasMessageContaining("wrong/migration/V1__first.sql, line 2: ERROR: column");
  }

  @Test
  void anOutageDuringAJobsMigrationIsNoMistakeOfTheJob() throws Exception {
    job("unlucky", "DO $$ BEGIN RAISE EXCEPTION 'full' USING ERRCODE = '53100'; END $$");

    assertThatThrownBy(() -> migrator().withJobs(directory).migrate())
        .isInstanceOf(SetupException.class)
        .hasMessageContaining("can't be migrated: ")
        .hasMessageContaining("ERROR: full");
  }

  @Test
  void saysOfAJobsMigrationThatWasChangedWhatToDo() throws Exception {
    job("changed", "SELECT 1;");
    Path first = directory.resolve("changed/migration/V1__first.sql");
    Files.writeString(first.resolveSibling("V3__third.sql"), "SELECT 3;");
    Migrator withJobs = migrator().withJobs(directory);
    withJobs.migrate();

    Files.writeString(first, "SELECT 2;");
    assertThatThrownBy(withJobs::migrate)
        .isInstanceOf(MigrationException.class)
        .hasMessage(
            "Migrations of job \"changed\" can't be applied: \"%s\" has run and was changed since: put it back as it was, and what is new into V4__<what>.sql"
                .formatted(first));
    Files.writeString(first, "SELECT 1;");

    Path renamed = Files.move(first, first.resolveSibling("V1__initial.sql"));
    assertThatThrownBy(withJobs::migrate)
        .hasMessageEndingWith(
            "\"%s\" has run and has another name now: give it this one back", first);
    Files.delete(renamed);
    assertThatThrownBy(withJobs::migrate)
        .hasMessageEndingWith("\"%s\" has run and is gone: put it back", first);
    job("changed", "SELECT 1;");

    Path late = Files.writeString(first.resolveSibling("V2__second.sql"), "SELECT 2;");
    assertThatThrownBy(withJobs::migrate)
        .hasMessageEndingWith(
            "\"%s\" has not run, and files of higher numbers have: call it V4__<what>.sql", late);
    Files.delete(late);
    assertThat(withJobs.migrate().changedNothing()).isTrue();
  }

  private void job(String name, String sql) throws IOException {
    Path migration = Files.createDirectories(directory.resolve(name).resolve("migration"));
    Files.writeString(migration.resolve("V1__first.sql"), sql);
  }

  @Test
  void saysWhoKeepsItFromMigrating() throws Exception {
    migrator().migrate();
    try (Connection holder = DATABASE.login("commondata_node").dataSource().getConnection();
        Statement statement = holder.createStatement()) {
      statement.execute("SELECT pg_advisory_lock(hashtext('commondata.migrate'))");

      assertThatThrownBy(() -> migrator().withPatience(Duration.ofMillis(1)).migrate())
          .isInstanceOf(SetupException.class)
          .hasMessageContaining("can't be migrated: process ")
          .hasMessageContaining("login \"commondata_node\"")
          .hasMessageContaining("has had the lock for migrations for more than");
      statement.execute("SELECT pg_advisory_unlock(hashtext('commondata.migrate'))");
    }
    migrator().withPatience(Duration.ofMinutes(1)).migrate();
  }

  @Test
  void saysThatAPasswordIsWrong() {
    Migrator migrator =
        new Migrator(DATABASE.url(), DATABASE.owner(), login -> "wrong", Migrator.IN_JAR);

    assertThatThrownBy(migrator::migrate)
        .isInstanceOf(SetupException.class)
        .hasMessageContaining("refuses login \"commondata_owner\"");
  }

  @Test
  void saysThatNoServerIsThere() {
    Migrator migrator =
        new Migrator(
            "jdbc:postgresql://127.0.0.1:1/shop", DATABASE.owner(), l -> "x", Migrator.IN_JAR);

    assertThatThrownBy(migrator::migrate)
        .isInstanceOf(SetupException.class)
        .hasMessageContaining("127.0.0.1:1/shop can't be reached: Connection refused");
  }

  private static String tomorrow() {
    return DATABASE
        .superuser()
        .sql("SELECT to_char((now() AT TIME ZONE 'UTC') + interval '1 day', 'YYYYMMDD')")
        .query(String.class)
        .single();
  }

  private static Migrator migrator() {
    return new Migrator(
        DATABASE.url(), DATABASE.owner(), login -> DATABASE.password(), Migrator.IN_JAR);
  }
}

package commondata.upkeep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import commondata.database.Database;
import commondata.database.Login;
import commondata.database.Migrator;
import commondata.event.EventCodec;
import commondata.event.NewEvent;
import commondata.event.Outbox;
import commondata.operate.Act;
import commondata.subscription.Poller;
import commondata.subscription.Sequencer;
import commondata.subscription.Subscription;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.testcontainers.containers.Container.ExecResult;
import org.testcontainers.postgresql.PostgreSQLContainer;
import org.testcontainers.utility.MountableFile;

/**
 * The commands of {@code docs/how-to/restore.md}, between two clusters. They need PostgreSQL's own
 * tools, of the server's version: only its image is sure to have them.
 */
@EnabledIfSystemProperty(named = "test.database", matches = "containers")
final class DumpIT {

  private static final String OWNER = "commondata_owner";
  private static final String PASSWORD = "only-for-tests";
  private static final String DUMP = "/tmp/commondata.dump";
  private static final String ROLES = "/tmp/roles.sql";
  private static final String BURN_IDS =
      """
      DO $$
      BEGIN
          FOR n IN 1 .. 5000 LOOP
              PERFORM pg_current_xact_id();
              COMMIT;
          END LOOP;
      END
      $$
      """;

  private final List<String> handled = new ArrayList<>();

  @Test
  void goesOnInANewClusterWhereTheDumpEnded(@TempDir Path directory) throws Exception {
    try (PostgreSQLContainer old = container();
        PostgreSQLContainer fresh = container()) {
      write(old);
      dump(old, fresh, directory);
      restore(fresh);

      try (Database database = database(fresh)) {
        assertThatThrownBy(() -> poll(database))
            .hasStackTraceContaining("restored from another cluster");
        assertThat(new Restore(database).restamp(new Act("ann", "restored last night's dump")))
            .as("ids of the old cluster; committed, and not stamped before the dump")
            .isEqualTo(new Restore.Restamped(2, 1));
        publish(database, "3");
        poll(database);
        assertThat(handled).containsExactly("2", "3");
        assertThat(violations(database)).isEmpty();
      }
    }
  }

  /** One event that is handled, one that nobody has seen yet. */
  private void write(PostgreSQLContainer old) throws Exception {
    run(old, "psql", "-U", "postgres", "-c", "CREATE ROLE commondata_owner LOGIN CREATEROLE");
    run(
        old,
        "psql",
        "-U",
        "postgres",
        "-c",
        "ALTER ROLE commondata_owner PASSWORD '%s'".formatted(PASSWORD));
    run(old, "createdb", "-U", "postgres", "--owner=" + OWNER, "commondata");
    new Migrator(url(old), OWNER, login -> PASSWORD, Migrator.IN_JAR).migrate();
    run(old, "psql", "-U", "postgres", "-c", BURN_IDS);
    try (Database database = database(old)) {
      database
          .login(OWNER)
          .jdbc()
          .sql("SELECT commondata.register_type('test.happened')")
          .query()
          .singleRow();
      database
          .login(OWNER)
          .jdbc()
          .sql(
              "SELECT commondata.create_subscription('r', 'fraud_service', ARRAY['test.happened'])")
          .query()
          .singleRow();
      publish(database, "1");
      poll(database);
      publish(database, "2");
    }
    assertThat(handled).containsExactly("1");
    handled.clear();
  }

  private static void dump(PostgreSQLContainer from, PostgreSQLContainer to, Path directory)
      throws Exception {
    run(from, "pg_dump", "-U", "postgres", "--format=custom", "--file=" + DUMP, "commondata");
    run(from, "pg_dumpall", "-U", "postgres", "--roles-only", "--file=" + ROLES);
    for (String file : List.of(DUMP, ROLES)) {
      Path here = directory.resolve(Path.of(file).getFileName());
      from.copyFileFromContainer(file, here.toString());
      to.copyFileToContainer(MountableFile.forHostPath(here), file);
    }
  }

  private static void restore(PostgreSQLContainer fresh) throws Exception {
    run(fresh, "psql", "-U", "postgres", "-f", ROLES);
    run(fresh, "pg_restore", "-U", "postgres", "--create", "--dbname=postgres", DUMP);
  }

  private void poll(Database database) {
    Subscription subscription =
        Subscription.named("r")
            .login("fraud_service")
            .onBatch(
                events -> events.forEach(event -> handled.add(event.payload().replace("\"", ""))))
            .build();
    Login login = database.login("fraud_service");
    Poller poller =
        new Poller(subscription, login, new EventCodec(), "test", 10, new Sequencer(login, 0));
    while (poller.pollOnce().worked()) {
      // Until nothing is left.
    }
  }

  private static void publish(Database database, String payload) {
    new Outbox(database.login("order_service"), new EventCodec())
        .publish(NewEvent.of("test.happened", "a", "\"" + payload + "\""));
  }

  private static List<String> violations(Database database) {
    return database
        .login(OWNER)
        .jdbc()
        .sql("SELECT c.name FROM invariant.check(5) AS c WHERE c.violations > 0")
        .query(String.class)
        .list();
  }

  private static PostgreSQLContainer container() {
    PostgreSQLContainer container =
        new PostgreSQLContainer(System.getProperty("test.database.image", "postgres:18"))
            .withUsername("postgres")
            .withPassword(PASSWORD)
            .withDatabaseName("postgres");
    container.start();
    return container;
  }

  private static Database database(PostgreSQLContainer container) {
    return new Database(url(container), login -> PASSWORD, 4);
  }

  private static String url(PostgreSQLContainer container) {
    return "jdbc:postgresql://%s:%d/commondata"
        .formatted(container.getHost(), container.getMappedPort(5432));
  }

  private static void run(PostgreSQLContainer container, String... command) throws Exception {
    ExecResult result = container.execInContainer(command);
    assertThat(result.getExitCode()).as("%s: %s", List.of(command), result.getStderr()).isZero();
  }
}

package musiccorp.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import commondata.database.GeneratedPasswords;
import commondata.database.Migrator;
import commondata.embedded.EmbeddedPostgres;
import commondata.home.Home;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who looks while another process makes the database waits for that. */
final class PreparationIT {

  @TempDir private Path home = Path.of("");

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @Test
  void aCommandWaitsForTheFirstMigration() throws SQLException {
    GeneratedPasswords passwords = new GeneratedPasswords(new Home(home).secrets());
    try (EmbeddedPostgres server =
        EmbeddedPostgres.open(new Home(home), passwords, OptionalInt.empty())) {
      assertThat(run()).as("nobody prepares it").isEqualTo(ExitCode.UNAVAILABLE);
      assertThat(err.toString()).contains("was not prepared to its end", " up mends both.");
      String owner = passwords.of(EmbeddedPostgres.OWNER);
      CompletableFuture<Integer> waiting;
      try (Connection other =
              DriverManager.getConnection(server.url(), EmbeddedPostgres.OWNER, owner);
          Statement turn = other.createStatement()) {
        turn.execute("SELECT pg_advisory_lock(hashtext('commondata.migrate'))");
        waiting = CompletableFuture.supplyAsync(this::run);
        await().until(() -> err.toString().contains("is being prepared: waiting for that"));
        assertThat(waiting).isNotDone();
      }
      new Migrator(server.url(), EmbeddedPostgres.OWNER, passwords, Migrator.IN_JAR).migrate();

      assertThat(waiting.join()).as(err.toString()).isZero();
      assertThat(out.toString()).contains("notification");
    }
  }

  private int run() {
    return Main.run(
        new PrintWriter(out, true), new PrintWriter(err, true), "--home", home.toString(), "lag");
  }
}

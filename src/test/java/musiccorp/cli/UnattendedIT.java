package musiccorp.cli;

import static org.assertj.core.api.Assertions.assertThat;

import commondata.database.Login;
import commondata.job.RunLedger;
import commondata.job.StartedBy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import musiccorp.cli.Installation.Outcome;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.jdbc.core.simple.JdbcClient;

/** Where no node is, commands say so of what waits for one, and of runs that one has left. */
final class UnattendedIT {

  @RegisterExtension static final Installation INSTALLATION = new Installation();

  @TempDir private Path directory = Path.of("");

  @AfterEach
  void empty() throws IOException {
    JdbcClient.create(INSTALLATION.owner())
        .sql("TRUNCATE commondata.outbox, commondata.run CASCADE")
        .update();
    Files.deleteIfExists(dropped());
  }

  private static Path dropped() {
    return INSTALLATION.session().home().drop().resolve("catalog/incoming/a.csv");
  }

  private Outcome drop(String... more) throws IOException {
    Path file = Files.writeString(directory.resolve("a.csv"), "sku\n");
    List<String> line = new ArrayList<>(List.of("drop", file.toString(), "--feed", "catalog"));
    line.addAll(List.of(more));
    return INSTALLATION.run(line.toArray(String[]::new));
  }

  private static void publish() {
    INSTALLATION
        .session()
        .database()
        .login("payment_service")
        .jdbc()
        .sql("SELECT commondata.publish('payment.held', 'o1', '{}')")
        .query()
        .listOfRows();
  }

  /** As every node does, over and over. */
  private static void look() {
    INSTALLATION
        .session()
        .database()
        .login("commondata_node")
        .jdbc()
        .sql("SELECT commondata.look('{}', 'test', false)")
        .query()
        .listOfRows();
  }

  @Test
  void whatWaitsIsToldWhileNoNodeRuns() throws IOException {
    assertThat(INSTALLATION.run("lag").err()).doesNotContain("No node");
    assertThat(INSTALLATION.run("file", "list").err()).doesNotContain("No node");
    assertThat(INSTALLATION.run("doctor").out()).contains("none is running, and nothing waits");
    publish();
    drop();
    String events = "events for order";
    String files = "files in \"" + dropped().getParent() + "\"";
    String next = ". Next: ./commondata --home " + INSTALLATION.home() + " up";

    assertThat(INSTALLATION.run("lag").err())
        .isEqualTo("No node is running, while these wait: " + events + ", " + files + next + "\n");
    assertThat(INSTALLATION.run("file", "list").err())
        .isEqualTo("No node is running, while these wait: " + files + next + "\n");
    assertThat(INSTALLATION.run("file", "list", "--feed", "customers").err())
        .doesNotContain("No node");
    assertThat(INSTALLATION.run("doctor").out())
        .contains("No node is running, while these wait: " + events + ", " + files + next);
    assertThat(drop("--wait", "--timeout", "1").exitCode()).isEqualTo(ExitCode.CHECK_FAILED);
    Files.delete(dropped());
    assertThat(drop("--wait", "--timeout", "1").err())
        .startsWith("No node is running: start one that takes it with ./commondata ")
        .contains("No node has loaded \"a.csv\" within 1 s. None is running: start one");

    look();

    assertThat(INSTALLATION.run("lag").err()).contains("lag, until the nodes are through");
    assertThat(INSTALLATION.run("file", "list").err()).doesNotContain("No node");
    assertThat(INSTALLATION.run("doctor").out()).contains("at least one is running");
  }

  @Test
  void aRunWhoseNodeIsGoneIsToldToBe() {
    Login login = INSTALLATION.session().database().login("fraud_service");
    RunLedger runs = new RunLedger(login, "host-1");
    OptionalLong run =
        runs.start("fraud-flags", LocalDate.of(2026, 11, 20), StartedBy.HAND, Map.of());
    JdbcClient.create(INSTALLATION.owner())
        .sql("UPDATE commondata.run SET started_at = started_at - interval '1 minute'")
        .update();
    String id = Long.toString(run.orElseThrow());

    login.inTransactionDo(
        () -> {
          assertThat(runs.hold(run.orElseThrow())).isTrue();
          assertThat(INSTALLATION.run("run", "show", id).out())
              .contains("RUNNING")
              .doesNotContain("is gone");
        });

    assertThat(INSTALLATION.run("run", "show", id).out())
        .contains("RUNNING")
        .contains("its node host-1 is gone: the next start of the job makes it ABANDONED");
    assertThat(INSTALLATION.run("run", "list").out()).contains("its node host-1 is gone");
  }
}

package musiccorp.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import commondata.operate.Operate;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.util.FileSystemUtils;

/** Real processes on one database: each with some services, sharing what both have. */
final class NodesIT {

  @RegisterExtension static final Installation INSTALLATION = new Installation();

  private static final AtomicInteger CUSTOMERS = new AtomicInteger();

  @Test
  void shareTheWorkAndTakeOverWhatOneLeaves() throws Exception {
    try (UpProcess first = UpProcess.start(INSTALLATION, "fraud");
        UpProcess second = UpProcess.start(INSTALLATION, "fraud,notification")) {
      untilReads(first);
      untilReads(second);

      untilHandled("fraud");
      untilHandled("notification");
      assertThat(nodes("notification"))
          .as("only the node that was told to")
          .hasSize(1)
          .allMatch(second::is);

      publish(500);
      first.signal("TERM");
      first.exitCodeWithin(10);
      assertThat(first.said())
          .contains("stopping, after the transactions under way\n")
          .endsWith("stopped\n");
      publish(500);
      untilHandled("fraud");

      assertThat(number("SELECT count(*) FROM commondata.parked_event")).isZero();
      assertThat(number("SELECT count(*) FROM commondata.dead_letter")).isZero();
    }
  }

  @Test
  void aTakenPortIsSaidInOneSentence() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        UpProcess node = UpProcess.start(INSTALLATION, "fraud", taken.getLocalPort())) {
      assertThat(node.exitCodeWithin(60)).isEqualTo(ExitCode.UNAVAILABLE);
      assertThat(node.said())
          .endsWith("Stop that one, or choose another with --port.\n")
          .doesNotContain("SpringApplication", "APPLICATION FAILED TO START");
    }
  }

  @Test
  void aJobsMigrationThatIsWrongStopsTheStartAsAWrongDefinitionDoes(@TempDir Path jobs)
      throws IOException {
    FileSystemUtils.copyRecursively(Path.of("batch-jobs/catalog"), jobs.resolve("catalog"));
    Path migration = Files.createDirectories(jobs.resolve("catalog/migration"));
    Files.writeString(migration.resolve("V1__wrong.sql"), "SELECT nonsense");

    Installation.Outcome up = INSTALLATION.run("up", "--jobs", jobs.toString(), "--port", "0");

    assertThat(up.exitCode()).as(up.err()).isEqualTo(ExitCode.USAGE);
    assertThat(up.err().lines().toList())
        .last()
        .asString()
        .startsWith("Migrations of job \"catalog\" can't be applied: ")
        .contains("V1__wrong.sql, line 1: ERROR: column \"nonsense\" does not exist");
  }

  /** It has a connection of a subscription's login, so it reads. */
  private static void untilReads(UpProcess node) {
    await()
        .atMost(UpProcess.PATIENCE)
        .until(
            () -> {
              assertThat(node.isAlive()).as("the node runs").isTrue();
              publish(8);
              return nodes("fraud").stream().anyMatch(node::is);
            });
  }

  private static void untilHandled(String subscription) {
    await()
        .atMost(UpProcess.PATIENCE)
        .until(
            () ->
                number(
                        "SELECT l.waiting FROM commondata.lag AS l WHERE l.subscription = '%s'"
                            .formatted(subscription))
                    == 0);
  }

  private static void publish(int count) {
    int last = CUSTOMERS.addAndGet(count);
    INSTALLATION
        .session()
        .database()
        .login("customer_service")
        .jdbc()
        .sql(
            """
            SELECT count(commondata.publish(
                'customer.registered',
                'c' || n,
                jsonb_build_object(
                    'customerId', 'c' || n,
                    'name', 'Ann',
                    'email', 'ann@example.org',
                    'street', 'Road 1',
                    'city', 'Oslo',
                    'postalCode', '1',
                    'country', 'NO')))
            FROM generate_series(:first, :last) AS n
            """)
        .param("first", last - count + 1)
        .param("last", last)
        .query(Long.class)
        .single();
  }

  private static List<String> nodes(String subscription) {
    return INSTALLATION
        .session()
        .database()
        .login(Operate.READER)
        .jdbc()
        .sql(
            """
            SELECT DISTINCT b.node
            FROM commondata.receipt_batch AS b
            WHERE b.subscription = :subscription
            """)
        .param("subscription", subscription)
        .query(String.class)
        .list();
  }

  private static long number(String sql) {
    return INSTALLATION
        .session()
        .database()
        .login(Operate.READER)
        .jdbc()
        .sql(sql)
        .query(Long.class)
        .single();
  }
}

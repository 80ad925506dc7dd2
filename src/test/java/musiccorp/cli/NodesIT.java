package musiccorp.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Real processes on one database: each with some services, sharing what both have. */
final class NodesIT {

  @RegisterExtension static final Installation INSTALLATION = new Installation();

  private static final Duration PATIENCE = Duration.ofMinutes(3);
  private static final Map<Process, Path> SAID = new HashMap<>();
  private static final AtomicInteger CUSTOMERS = new AtomicInteger();

  @Test
  void shareTheWorkAndTakeOverWhatOneLeaves() throws Exception {
    Process first = start("fraud");
    Process second = start("fraud,notification");
    try {
      untilUp(first);
      untilUp(second);

      untilHandled("fraud");
      untilHandled("notification");
      assertThat(nodes("notification"))
          .as("only the node that was told to")
          .hasSize(1)
          .allMatch(node -> node.endsWith("-" + second.pid()));

      publish(500);
      first.destroy();
      assertThat(first.waitFor(10, TimeUnit.SECONDS)).as("SIGTERM ends it in time").isTrue();
      assertThat(Files.readString(SAID.get(first)))
          .contains("stopping, after the transactions under way\n")
          .endsWith("stopped\n");
      publish(500);
      untilHandled("fraud");

      assertThat(number("SELECT count(*) FROM commondata.parked_event")).isZero();
      assertThat(number("SELECT count(*) FROM commondata.dead_letter")).isZero();
    } finally {
      first.destroyForcibly().waitFor();
      second.destroyForcibly().waitFor();
    }
  }

  @Test
  void takeOverWhatADeadOneHeld() throws Exception {
    Process first = start("fraud");
    Process second = start("fraud");
    try {
      untilUp(first);
      untilUp(second);

      publish(1_000);
      first.destroyForcibly().waitFor();
      publish(1_000);
      untilHandled("fraud");

      assertThat(
              number(
                  """
                  SELECT count(*) - count(DISTINCT (r.part, r.seq))
                  FROM commondata.receipt AS r
                  WHERE r.subscription = 'fraud'
                  """))
          .as("none twice")
          .isZero();
      assertThat(number("SELECT count(*) FROM fraud.customer"))
          .isEqualTo(
              number(
                  "SELECT count(*) FROM commondata.outbox AS o WHERE o.type = 'customer.registered'"));
    } finally {
      first.destroyForcibly().waitFor();
      second.destroyForcibly().waitFor();
    }
  }

  private static Process start(String services) throws IOException {
    Path said = Files.createTempFile(Path.of("target"), "node", ".log");
    ProcessBuilder node =
        new ProcessBuilder(
            System.getProperty("java.home") + "/bin/java",
            "-Xmx256m",
            "-cp",
            System.getProperty("java.class.path"),
            Main.class.getName(),
            "up",
            "--home",
            INSTALLATION.home().toString(),
            "--services",
            services,
            "--port",
            "0");
    Process process = node.redirectErrorStream(true).redirectOutput(said.toFile()).start();
    SAID.put(process, said);
    return process;
  }

  /** It has a connection of a subscription's login, so it reads. */
  private static void untilUp(Process node) {
    await()
        .atMost(PATIENCE)
        .until(
            () -> {
              assertThat(node.isAlive()).as("the node runs").isTrue();
              publish(8);
              return nodes("fraud").stream().anyMatch(name -> name.endsWith("-" + node.pid()));
            });
  }

  private static void untilHandled(String subscription) {
    await()
        .atMost(PATIENCE)
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
        .login(Session.READER)
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
        .login(Session.READER)
        .jdbc()
        .sql(sql)
        .query(Long.class)
        .single();
  }
}

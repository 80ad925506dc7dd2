package musiccorp.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import commondata.operate.Operate;
import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import musiccorp.cli.Installation.Outcome;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.jdbc.core.simple.JdbcClient;
import testkit.SliceLength;
import tools.jackson.databind.JsonNode;

/** The service loyalty is one SQL file: it lives beside the others and needs no Java. */
final class SqlServiceIT {

  @RegisterExtension static final Installation INSTALLATION = new Installation();

  private static final String SERVICE = "sql-services/loyalty/service.sql";

  @BeforeAll
  static void install() {
    Outcome outcome =
        INSTALLATION.run(
            "sql", "--login", "commondata_owner", "--file", "sql-services/loyalty/install.sql");

    assertThat(outcome.err()).contains("New logins have their passwords");
    assertThat(outcome.exitCode()).isZero();
    owner().sql("UPDATE commondata.subscription SET backoff_ms = 1, backoff_max_ms = 1").update();
  }

  @Test
  void sqlShowsTheOffsetOfATime() {
    assertThat(INSTALLATION.run("sql", "SELECT timestamptz '2026-11-30 09:15:00+00' AS at").out())
        .containsPattern("2026-11-30 \\d\\d:\\d\\d:00\\.000(Z|[+-]\\d\\d:\\d\\d)");
  }

  @Test
  void sqlSaysWhichColumnsATerminalHasNoRoomFor() {
    String wide = "SELECT repeat('x', 30) AS wide, NULL AS a_thing, 1 AS one, NULL AS \"b\"";
    System.setProperty("commondata.columns", "40");
    try {
      assertThat(INSTALLATION.run("sql", wide).err())
          .isEqualTo(
              "Columns without a value are left out: a_thing, b; --json shows them."
                  + System.lineSeparator());
      assertThat(INSTALLATION.run("sql", wide, "--json").err()).isEmpty();
      assertThat(INSTALLATION.run("sql", "SELECT 1 AS one, NULL AS b").err()).isEmpty();
    } finally {
      System.clearProperty("commondata.columns");
    }
  }

  @Test
  void givesPointsAndSaysWhoReachedATier() {
    String payment = publish("payment.received", "o-1", "{'customerId':'c-1','amount':60.50}");
    publish("payment.refunded", "o-1", "{'customerId':'c-1','amount':20}");

    drain();

    assertThat(account("c-1")).containsEntry("points", 40L).containsEntry("tier", "SILVER");
    assertThat(rows("SELECT e.points FROM loyalty.entry AS e WHERE e.customer_id = 'c-1'"))
        .extracting(row -> row.get("points"))
        .containsExactlyInAnyOrder(60L, -20L);
    assertThat(
            owner()
                .sql(
                    """
                SELECT o.source, o.payload ->> 'tier' AS tier, o.causation_id::text AS cause
                FROM commondata.outbox AS o
                WHERE o.type = 'loyalty.tier-reached' AND o.key = 'c-1'
                """)
                .query()
                .listOfRows())
        .containsExactly(Map.of("source", "loyalty_service", "tier", "SILVER", "cause", payment));
    assertThat(lag("waiting")).isZero();
  }

  @Test
  void handlesEachPaymentOnceHoweverOftenItIsRun() {
    publish("payment.received", "o-2", "{'customerId':'c-2','amount':5}");

    drain();
    drain();

    assertThat(account("c-2")).containsEntry("points", 5L);
    assertThat(rows("SELECT r.seq FROM commondata.receipt AS r WHERE r.subscription = 'loyalty'"))
        .hasSizeGreaterThanOrEqualTo(1);
  }

  @Test
  void refusesAPoisonousPaymentWhileOthersFlowAndItsOwnKeyWaits() {
    publish("payment.received", "o-3", "{'amount':7}");
    publish("payment.refunded", "o-3", "{'customerId':'c-3','amount':1}");
    publish("payment.received", "o-4", "{'customerId':'c-4','amount':7}");

    drain();

    assertThat(account("c-4")).containsEntry("points", 7L);
    assertThat(
            rows(
                """
                SELECT d.error_class, d.error_message
                FROM commondata.dead_letter AS d
                WHERE d.subscription = 'loyalty' AND d.key = 'o-3' AND d.state = 'OPEN'
                """))
        .singleElement()
        .satisfies(
            letter -> {
              assertThat(letter.get("error_class")).isEqualTo("23502");
              assertThat(String.valueOf(letter.get("error_message"))).contains("customer_id");
            });
    assertThat(account("c-3")).as("goes on after the dead letter").containsEntry("points", -1L);
    assertThat(INSTALLATION.run("check").exitCode())
        .as("no invariant is broken; the tier event waits for nobody")
        .isIn(ExitCode.OK, ExitCode.CANNOT_TELL_YET);
  }

  @Test
  void mayDoItsOwnWorkAndNothingElse() {
    JdbcClient loyalty = INSTALLATION.session().database().login("loyalty_service").jdbc();
    publish("payment.received", "o-5", "{'customerId':'c-5','amount':7}");
    INSTALLATION
        .session()
        .database()
        .login("order_service")
        .jdbc()
        .sql("SELECT commondata.publish('order.placed', 'o-5', '{}')")
        .query()
        .singleValue();

    assertThat(
            loyalty
                .sql("SELECT DISTINCT o.type FROM commondata.outbox AS o WHERE o.key = 'o-5'")
                .query(String.class)
                .list())
        .as("types it subscribes to")
        .containsExactly("payment.received");
    for (String forbidden :
        List.of(
            "SELECT p.order_id FROM payment.payment AS p",
            "UPDATE loyalty.entry SET points = 9",
            "DELETE FROM loyalty.account",
            "UPDATE commondata.cursor SET pos = 0",
            "INSERT INTO commondata.taken_batch (subscription) VALUES ('loyalty')",
            "SELECT commondata.take_batch('payment')",
            "CREATE TEMP TABLE t (n int)")) {
      assertThatThrownBy(() -> loyalty.sql(forbidden).query().listOfRows())
          .as(forbidden)
          .rootCause()
          .hasMessageMatching("(?s).*(permission denied|belongs to).*");
    }
  }

  @Test
  void runsInPsqlAlone() throws Exception {
    publish("payment.received", "o-6", "{'customerId':'c-6','amount':250}");
    publish("payment.received", "o-7", "{'amount':'much'}");

    Outcome outcome = runOnceInPsql();

    assertThat(outcome.exitCode()).as(outcome.out()).isZero();
    assertThat(account("c-6")).containsEntry("points", 250L).containsEntry("tier", "GOLD");
    assertThat(
            rows(
                """
                SELECT r.node
                FROM commondata.receipt AS r
                JOIN commondata.log_position AS q USING (part, seq)
                JOIN commondata.outbox AS o ON o.id = q.id
                WHERE r.subscription = 'loyalty' AND o.key = 'o-6'
                """))
        .singleElement()
        .satisfies(row -> assertThat(String.valueOf(row.get("node"))).startsWith("loyalty-"));
  }

  /** What is numbered first is not for it. */
  @Test
  void goesOnUntilNothingWaitsInPsql() throws Exception {
    drain();
    SliceLength.set(owner(), 1);
    try {
      for (int n = 0; n < 2; n++) {
        publish("catalog.item-listed", "o-8", "{'amount':9}");
      }
      publish("payment.received", "o-8", "{'customerId':'c-8','amount':9}");

      Outcome outcome = runOnceInPsql();

      assertThat(outcome.exitCode()).as(outcome.out()).isZero();
      assertThat(account("c-8")).containsEntry("points", 9L);
    } finally {
      SliceLength.set(owner(), 50_000);
    }
  }

  @Test
  void outagesInARowAreBlamedOnNoEventInPsql() throws Exception {
    outagesInARowAreBlamedOnNoEvent(SqlServiceIT::runOnceInPsql);
  }

  @Test
  void outagesInARowAreBlamedOnNoEventInJava() throws Exception {
    outagesInARowAreBlamedOnNoEvent(
        () -> INSTALLATION.run("sql", "--login", "loyalty_service", "--file", SERVICE));
  }

  /** Each time the session ends, and the next one finds what it has left long ago. */
  private static void outagesInARowAreBlamedOnNoEvent(Callable<Outcome> run) throws Exception {
    String customer = "c-" + System.nanoTime();
    publish("payment.received", "o-" + customer, "{'customerId':'" + customer + "','amount':60}");
    owner()
        .sql(
            """
            CREATE FUNCTION loyalty.conflict() RETURNS trigger
            LANGUAGE plpgsql
            AS $$
            BEGIN
                RAISE EXCEPTION 'deadlock detected' USING ERRCODE = 'deadlock_detected';
            END
            $$;
            CREATE TRIGGER conflict BEFORE INSERT ON loyalty.entry
                FOR EACH ROW EXECUTE FUNCTION loyalty.conflict()
            """)
        .update();
    try {
      for (int outage = 0; outage < 4; outage++) {
        Outcome outcome = run.call();
        assertThat(outcome.exitCode()).as("outage %d", outage).isNotZero();
        assertThat(outcome.out() + outcome.err()).contains("deadlock detected");
        owner().sql("UPDATE commondata.work_mark SET marked_at = '-infinity'").update();
      }
    } finally {
      owner().sql("DROP FUNCTION loyalty.conflict() CASCADE").update();
    }

    assertThat(
            rows(
                """
                SELECT k.key, k.attempts, k.error_message
                FROM commondata.parked_key AS k
                WHERE k.subscription = 'loyalty'
                """))
        .isEmpty();
    drain();
    assertThat(account(customer)).containsEntry("points", 60L).containsEntry("tier", "SILVER");
  }

  @Test
  void saysWhatIsWrongWithAScript() {
    assertThat(INSTALLATION.run("sql", "--file", SERVICE).err()).contains("needs both");
    assertThat(INSTALLATION.run("sql").err()).contains("Give a statement");
    assertThat(INSTALLATION.run("sql", "--login", "nobody", "--file", SERVICE).err())
        .contains("There is no login \"nobody\"");
    assertThat(INSTALLATION.home().resolve("secrets/nobody")).doesNotExist();
    assertThat(INSTALLATION.run("sql", "--login", "payment_service", "--file", SERVICE).err())
        .contains("line 14 of " + SERVICE)
        .contains("belongs to \"loyalty_service\"");
  }

  /** What it says is its {@code out}, whatever it says it by. */
  private static Outcome runOnceInPsql() throws Exception {
    assumeThat(
            Stream.of(System.getenv("PATH").split(File.pathSeparator))
                .anyMatch(directory -> Files.isExecutable(Path.of(directory, "psql"))))
        .as("psql is on the PATH")
        .isTrue();
    ProcessBuilder run =
        new ProcessBuilder("sql-services/loyalty/run.sh", "once").redirectErrorStream(true);
    run.environment().put("COMMONDATA_HOME", INSTALLATION.home().toString());
    run.environment().remove("PGHOST");
    Process process = run.start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    return new Outcome(process.exitValue(), said, "");
  }

  private static void drain() {
    long events;
    do {
      events =
          events(
              INSTALLATION.run("sql", "--login", "loyalty_service", "--file", SERVICE, "--json"));
    } while (events > 0);
  }

  private static long events(Outcome outcome) {
    assertThat(outcome.exitCode()).as(outcome.err()).isZero();
    JsonNode json = outcome.json();
    return json.get(0).get("events").asLong();
  }

  private static String publish(String type, String orderId, String payload) {
    String json =
        payload.replace('\'', '"').replaceFirst("\\{", "{\"orderId\":\"" + orderId + "\",");
    return INSTALLATION
        .session()
        .database()
        .login("payment_service")
        .jdbc()
        .sql("SELECT commondata.publish(:type, :key, CAST(:payload AS jsonb))::text")
        .param("type", type)
        .param("key", orderId)
        .param("payload", json)
        .query(String.class)
        .single();
  }

  private static long lag(String what) {
    for (JsonNode each : INSTALLATION.run("lag", "--json").json()) {
      if (each.get("subscription").asString().equals("loyalty")) {
        return each.get(what).asLong();
      }
    }
    throw new AssertionError("lag does not show loyalty");
  }

  private static Map<String, Object> account(String customer) {
    return rows(
            "SELECT a.points, a.tier FROM loyalty.account AS a WHERE a.customer_id = '%s'"
                .formatted(customer))
        .stream()
        .findFirst()
        .orElse(Map.of());
  }

  private static List<Map<String, Object>> rows(String sql) {
    return INSTALLATION
        .session()
        .database()
        .login(Operate.READER)
        .jdbc()
        .sql(sql)
        .query()
        .listOfRows();
  }

  private static JdbcClient owner() {
    return JdbcClient.create(INSTALLATION.owner());
  }
}

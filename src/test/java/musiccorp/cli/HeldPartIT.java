package musiccorp.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * Two real nodes read one subscription, and a handler is known to be at work in one: it is in the
 * midst of a statement, and holds its part. What becomes of the event when its node freezes, is
 * killed, or is told to stop; and how they share what there is.
 */
final class HeldPartIT {

  @RegisterExtension static final Installation INSTALLATION = new Installation();

  private static final int TERMINATED = 128 + 15;
  private static final int STOP_SECONDS = 10;
  private static final int PARTS = 8;
  private static final int BACKLOG = 40_000;
  private static final List<UpProcess> NODES = new ArrayList<>();

  @BeforeAll
  static void takePartsFromWhoStandsStillForTwoSeconds() {
    JdbcClient.create(INSTALLATION.owner())
        .sql(
            """
            ALTER ROLE fraud_service IN DATABASE commondata
            SET idle_in_transaction_session_timeout = '2s'
            """)
        .update();
  }

  @BeforeEach
  void runTwoNodes() throws Exception {
    NODES.removeIf(node -> !node.isAlive());
    while (NODES.size() < 2) {
      NODES.add(UpProcess.start(INSTALLATION, "fraud"));
    }
    NODES.forEach(UpProcess::untilUp);
  }

  @AfterEach
  void nobodyIsCharged() {
    assertThat(count("SELECT count(*) FROM commondata.parked_key")).isZero();
    assertThat(count("SELECT count(*) FROM commondata.dead_letter")).isZero();
  }

  @AfterAll
  static void endNodes() {
    NODES.forEach(UpProcess::close);
  }

  @Test
  void aNodeThatStandsStillLosesItsPartAndGoesOn() throws Exception {
    UpProcess node = NODES.get(0);
    UpProcess other = NODES.get(1);
    try (HeldCustomers customer = HeldCustomers.of(INSTALLATION, List.of("frozen"))) {
      List<Integer> sessions = handlerIsAtWork(node, customer, "frozen");
      node.signal("STOP");
      int saidBefore = node.said().length();
      customer.letGo();

      untilHandledBy(other, "frozen");
      assertThat(
              count(
                  "SELECT count(*) FROM pg_stat_activity WHERE pid = %d"
                      .formatted(sessions.get(0))))
          .as("the session of the node that stands still")
          .isZero();
      node.signal("CONT");
      node.untilSaidBehind(saidBefore, " is tried again: ");
      untilHandledBy(other, "frozen");
    }
    other.signal("STOP");
    publish("goes on");
    untilHandledBy(node, "goes on");
    other.signal("CONT");
  }

  @Test
  void theOtherNodeTakesOverWhatAKilledOneHeld() throws Exception {
    UpProcess node = NODES.get(0);
    try (HeldCustomers customer = HeldCustomers.of(INSTALLATION, List.of("killed"))) {
      List<Integer> sessions = handlerIsAtWork(node, customer, "killed");
      node.signal("KILL");
      customer.untilAwaitedByAnotherThan(sessions);
      customer.letGo();
      untilHandledBy(NODES.get(1), "killed");
    }
  }

  @Test
  void aNodeThatIsToldToStopEndsTheWorkItIsAt() throws Exception {
    UpProcess node = NODES.get(0);
    try (HeldCustomers customer = HeldCustomers.of(INSTALLATION, List.of("stopped"))) {
      handlerIsAtWork(node, customer, "stopped");
      node.signal("TERM");
      node.untilSaid("stopping, after the transactions under way");
      // All at once: what is at work is given eight seconds in all.
      List<String> meanwhile = customersElsewhereThan("stopped");
      publish(meanwhile.toArray(String[]::new));
      meanwhile.forEach(HeldPartIT::untilHandled);
      customer.letGo();

      assertThat(node.exitCodeWithin(STOP_SECONDS)).isEqualTo(TERMINATED);
      assertThat(node.said()).endsWith("stopped\n");
      untilHandledBy(node, "stopped");
    }
  }

  @Test
  void aNodeThatIsToldToStopLeavesAHandlerThatHangsToTheOther() throws Exception {
    UpProcess node = NODES.get(0);
    try (HeldCustomers customer = HeldCustomers.of(INSTALLATION, List.of("hangs"))) {
      List<Integer> sessions = handlerIsAtWork(node, customer, "hangs");
      node.signal("TERM");

      assertThat(node.exitCodeWithin(STOP_SECONDS)).isEqualTo(TERMINATED);
      assertThat(nodesThatAreMissed()).noneMatch(node::is);
      customer.untilAwaitedByAnotherThan(sessions);
      customer.letGo();
      untilHandledBy(NODES.get(1), "hangs");
    }
  }

  @Test
  void eachNodeGetsItsShare() throws Exception {
    List<Long> before = NODES.stream().map(HeldPartIT::handledBy).toList();
    List<String> firstOfParts =
        IntStream.range(0, PARTS).mapToObj(part -> customerOfPart("customer", part)).toList();
    try (HeldCustomers customers = HeldCustomers.of(INSTALLATION, firstOfParts)) {
      publishBacklog(firstOfParts, "backlog");
      customers.untilAwaitedBy(PARTS);
      customers.letGo();
    }
    untilHandledAll("backlog");

    for (int i = 0; i < NODES.size(); i++) {
      UpProcess node = NODES.get(i);
      assertThat(firstOfParts.stream().filter(first -> node.is(handlers(first).get(0))))
          .as("parts held at once")
          .hasSize(PARTS / NODES.size());
      assertThat(handledBy(node) - before.get(i))
          .as("events of the backlog")
          .isGreaterThan(BACKLOG / 4);
    }
  }

  /** The two others have workers for all parts: it gets one only if they let go. */
  @Test
  void aNodeThatJoinsLateGetsPartsOfThoseWhoHoldAll() throws Exception {
    List<String> firstOfParts =
        IntStream.range(0, PARTS).mapToObj(part -> customerOfPart("early", part)).toList();
    try (UpProcess late = UpProcess.start(INSTALLATION, "fraud").untilUp();
        HeldCustomers customers = HeldCustomers.of(INSTALLATION, firstOfParts)) {
      late.signal("STOP");
      publishBacklog(firstOfParts, "late");
      customers.untilAwaitedBy(PARTS);
      late.signal("CONT");
      customers.letGo();
      untilHandledAll("late");

      assertThat(firstOfParts)
          .as("it held none when it joined")
          .noneMatch(first -> late.is(handlers(first).get(0)));
      List<String> batches = nodesOfBatchesSince(firstOfParts.get(0));
      assertThat(batches.subList(0, batches.size() * 3 / 4))
          .as("nodes of the first three quarters of the batches")
          .anyMatch(late::is);
    }
  }

  private static void publishBacklog(List<String> first, String name) {
    publish(
        Stream.concat(first.stream(), IntStream.range(0, BACKLOG).mapToObj(n -> name + " " + n))
            .toArray(String[]::new));
  }

  private static void untilHandledAll(String name) {
    await()
        .atMost(UpProcess.PATIENCE)
        .until(
            () ->
                count(
                        "SELECT count(*) FROM fraud.customer WHERE customer_id LIKE '%s %%'"
                            .formatted(name))
                    >= BACKLOG);
  }

  /** Whose batches they were, from the one on that had this customer, in their order. */
  private static List<String> nodesOfBatchesSince(String customer) {
    return JdbcClient.create(INSTALLATION.owner())
        .sql(
            """
            SELECT r.node
            FROM commondata.receipt_batch AS r
            JOIN commondata.outbox AS o ON o.key = :customer
            WHERE r.subscription = 'fraud'
              AND r.handled_at >= o.occurred_at
            ORDER BY r.handled_at
            """)
        .param("customer", customer)
        .query(String.class)
        .list();
  }

  /** The other node sees nothing of the event until it is in work. */
  private static List<Integer> handlerIsAtWork(
      UpProcess node, HeldCustomers customers, String customer) throws Exception {
    UpProcess other = NODES.get(1 - NODES.indexOf(node));
    other.signal("STOP");
    publish(customer);
    List<Integer> sessions = customers.untilAwaitedBy(1);
    other.signal("CONT");
    return sessions;
  }

  private static void publish(String... customers) {
    INSTALLATION
        .session()
        .database()
        .login("customer_service")
        .jdbc()
        .sql(
            """
            SELECT count(commondata.publish(
                'customer.registered',
                customer,
                jsonb_build_object(
                    'customerId', customer,
                    'name', 'Ann',
                    'email', 'ann@example.org',
                    'street', 'Road 1',
                    'city', 'Oslo',
                    'postalCode', '1',
                    'country', 'NO')))
            FROM unnest(:customers) AS customer
            """)
        .param("customers", customers)
        .query(Long.class)
        .single();
  }

  private static String customerOfPart(String name, int part) {
    return JdbcClient.create(INSTALLATION.owner())
        .sql(
            """
            SELECT :name || ' ' || n
            FROM generate_series(1, 1000) AS n
            WHERE commondata.part_of(:name || ' ' || n) = :part
            ORDER BY n
            LIMIT 1
            """)
        .param("name", name)
        .param("part", part)
        .query(String.class)
        .single();
  }

  /** Some whose events do not wait for those of that one. */
  private static List<String> customersElsewhereThan(String customer) {
    return JdbcClient.create(INSTALLATION.owner())
        .sql(
            """
            SELECT 'meanwhile ' || n
            FROM generate_series(1, 1000) AS n
            WHERE commondata.part_of('meanwhile ' || n) <> commondata.part_of(:customer)
            ORDER BY n
            LIMIT 5
            """)
        .param("customer", customer)
        .query(String.class)
        .list();
  }

  private static void untilHandled(String customer) {
    await()
        .atMost(UpProcess.PATIENCE)
        .untilAsserted(() -> assertThat(handlers(customer)).isNotEmpty());
  }

  /** Once, and by nobody else. */
  private static void untilHandledBy(UpProcess node, String customer) {
    untilHandled(customer);
    assertThat(handlers(customer)).singleElement().matches(node::is);
    assertThat(
            count(
                "SELECT count(*) FROM fraud.customer WHERE customer_id = '%s'".formatted(customer)))
        .isOne();
  }

  /** Nodes of the receipts of an event. */
  private static List<String> handlers(String customer) {
    return JdbcClient.create(INSTALLATION.owner())
        .sql(
            """
            SELECT r.node
            FROM commondata.outbox AS o
            JOIN commondata.log_position AS q ON q.part = o.part AND q.id = o.id
            JOIN commondata.receipt AS r ON r.part = q.part AND r.seq = q.seq
            WHERE r.subscription = 'fraud'
              AND o.key = :customer
            """)
        .param("customer", customer)
        .query(String.class)
        .list();
  }

  /** Who began where a cursor still stands: others think that he has died there. */
  private static List<String> nodesThatAreMissed() {
    return JdbcClient.create(INSTALLATION.owner())
        .sql(
            """
            SELECT split_part(m.worker, '/', 1)
            FROM commondata.work_mark AS m
            JOIN commondata.cursor AS c USING (subscription, part, pos)
            """)
        .query(String.class)
        .list();
  }

  private static long handledBy(UpProcess node) {
    return JdbcClient.create(INSTALLATION.owner())
        .sql(
            """
            SELECT r.node, sum(cardinality(r.seqs)) AS events
            FROM commondata.receipt_batch AS r
            WHERE r.subscription = 'fraud'
            GROUP BY r.node
            """)
        .query((row, n) -> node.is(row.getString("node")) ? row.getLong("events") : 0)
        .list()
        .stream()
        .mapToLong(Long::longValue)
        .sum();
  }

  private static long count(String sql) {
    return JdbcClient.create(INSTALLATION.owner()).sql(sql).query(Long.class).single();
  }
}

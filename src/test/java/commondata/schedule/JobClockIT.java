package commondata.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayInputStream;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Properties;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.quartz.impl.SchedulerRepository;
import testkit.TestDatabase;

/** Nodes with different services share one database and its clocks. */
final class JobClockIT {

  private static final Duration LONGEST = Duration.ofMinutes(1);
  private static final String EACH_SECOND = "* * * * * ?";
  private static final String AT_NOON = "0 0 12 * * ?";
  private static final String OWNER = "shipping_service";
  private static final String FIRED =
      """
      SELECT count(*)
      FROM quartz.qrtz_fired_triggers AS f
      WHERE f.sched_name = 'jobs-shipping_service'
      """;
  private static final ZoneId ZONE = ZoneId.of("UTC");

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();

  private final Queue<String> ordersNode = new ConcurrentLinkedQueue<>();
  private final Queue<String> paymentNode = new ConcurrentLinkedQueue<>();

  @Test
  void startsJobsOnNodesThatHaveTheirServiceOnly() {
    try (JobClock orders =
            clock(ordersNode, new ScheduledJob("a", "order_service", EACH_SECOND, ZONE));
        JobClock payment =
            clock(paymentNode, new ScheduledJob("b", "payment_service", EACH_SECOND, ZONE))) {
      orders.start();
      payment.start();

      await().until(() -> ordersNode.size() >= 3 && paymentNode.size() >= 3);
    }
    assertThat(ordersNode).containsOnly("a");
    assertThat(paymentNode).containsOnly("b");
  }

  @Test
  void followsAChangedDeclaration() {
    try (JobClock clock =
        clock(ordersNode, new ScheduledJob("late", "fraud_service", AT_NOON, ZONE))) {
      clock.start();
    }
    try (JobClock clock =
        clock(paymentNode, new ScheduledJob("late", "fraud_service", EACH_SECOND, ZONE))) {
      clock.start();
      await().until(() -> !paymentNode.isEmpty());
    }
    try (JobClock clock =
        clock(paymentNode, new ScheduledJob("other", "fraud_service", AT_NOON, ZONE))) {
      clock.start();
    }
    assertThat(
            DATABASE
                .superuser()
                .sql(
                    "SELECT t.job_name FROM quartz.qrtz_triggers AS t WHERE t.sched_name = 'jobs-fraud_service'")
                .query(String.class)
                .list())
        .containsExactly("other");
  }

  /** Quartz reads back whatever it stored; a serialised object there could run code. */
  @Test
  void storesTextAndNoJavaObjects() throws Exception {
    try (JobClock clock =
        clock(ordersNode, new ScheduledJob("text", "customer_service", AT_NOON, ZONE))) {
      clock.start();
    }

    byte[] stored =
        DATABASE
            .superuser()
            .sql("SELECT d.job_data FROM quartz.qrtz_job_details AS d WHERE d.job_name = 'text'")
            .query(byte[].class)
            .single();

    Properties data = new Properties();
    data.load(new ByteArrayInputStream(stored));
    assertThat(data).isEmpty();
  }

  /** Each would be made an object of by the next node that reads it. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "UPDATE quartz.qrtz_job_details SET job_class_name = 'x.Evil' | job_is_ours",
        "UPDATE quartz.qrtz_triggers SET trigger_type = 'BLOB' | trigger_is_cron",
        "UPDATE quartz.qrtz_triggers SET calendar_name = 'evil' | trigger_has_no_calendar",
        "INSERT INTO quartz.qrtz_blob_triggers VALUES ('s', 'n', 'g', '') | permission denied",
        "INSERT INTO quartz.qrtz_calendars VALUES ('s', 'evil', '') | permission denied",
      })
  void itsLoginCanPlantNothingThatRuns(String planted, String refusal) {
    try (JobClock clock =
        clock(ordersNode, new ScheduledJob("safe", "reporting_service", AT_NOON, ZONE))) {
      clock.start();
    }

    assertThatThrownBy(() -> DATABASE.login(JobClock.LOGIN).jdbc().sql(planted).update())
        .rootCause()
        .hasMessageContaining(refusal);
  }

  /** The constraints hold for whoever may write: a grant more opens nothing. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "INSERT INTO quartz.qrtz_blob_triggers VALUES ('s', 'n', 'g', '')",
        "INSERT INTO quartz.qrtz_calendars VALUES ('s', 'evil', '')",
      })
  void nobodyCanStoreWhatIsSerialised(String planted) {
    assertThatThrownBy(() -> DATABASE.superuser().sql(planted).update())
        .rootCause()
        .hasMessageContaining("nothing_is_serialised");
  }

  @Test
  void oneOfTwoNodesStartsAJobThatIsDue() throws Exception {
    List<ScheduledJob> jobs =
        IntStream.range(0, 20)
            .mapToObj(n -> new ScheduledJob("due-" + n, OWNER, AT_NOON, ZONE))
            .toList();
    try (JobClock clock = clock(ordersNode, jobs)) {
      clock.start();
    }
    letNoonBeDue(OWNER);

    try (JobClock first = clock(ordersNode, jobs);
        JobClock second = anotherNode(paymentNode, jobs);
        Connection gate = DATABASE.superuserDataSource().getConnection()) {
      closeGate(gate);
      CompletableFuture<Void> started =
          CompletableFuture.allOf(
              CompletableFuture.runAsync(first::start), CompletableFuture.runAsync(second::start));
      await("both nodes are at the gate").atMost(LONGEST).until(() -> waitingAtGate() == 2);
      gate.commit();
      started.get(LONGEST.toSeconds(), TimeUnit.SECONDS);

      await().atMost(LONGEST).until(() -> startedByBoth().containsAll(names(jobs)));
      await("no node is at one").atMost(LONGEST).until(() -> number(FIRED) == 0);
    }

    assertThat(startedByBoth()).containsExactlyInAnyOrderElementsOf(names(jobs));
  }

  private List<String> startedByBoth() {
    return Stream.concat(ordersNode.stream(), paymentNode.stream()).toList();
  }

  private static List<String> names(List<ScheduledJob> jobs) {
    return jobs.stream().map(ScheduledJob::name).toList();
  }

  /** The row that all nodes of a Quartz cluster lock before they look at its triggers. */
  private static void closeGate(Connection gate) throws SQLException {
    gate.setAutoCommit(false);
    try (Statement statement = gate.createStatement()) {
      assertThat(
              statement
                  .executeQuery(
                      """
                      SELECT l.lock_name
                      FROM quartz.qrtz_locks AS l
                      WHERE l.sched_name = 'jobs-shipping_service'
                        AND l.lock_name = 'TRIGGER_ACCESS'
                      FOR UPDATE
                      """)
                  .next())
          .as("there is a lock for the cluster")
          .isTrue();
    }
  }

  private static long waitingAtGate() {
    return number(
        """
        SELECT count(*)
        FROM pg_stat_activity AS a
        WHERE a.datname = current_database()
          AND a.wait_event_type = 'Lock'
          AND a.query ILIKE '%qrtz_locks%'
        """);
  }

  private static long number(String sql) {
    return DATABASE.superuser().sql(sql).query(Long.class).single();
  }

  private static void letNoonBeDue(String owner) {
    OffsetDateTime now = OffsetDateTime.now(Clock.systemUTC());
    LocalDate due = now.getHour() < 12 ? now.toLocalDate().minusDays(1) : now.toLocalDate();
    DATABASE
        .superuser()
        .sql(
            """
            UPDATE quartz.qrtz_triggers
            SET next_fire_time = :due
            WHERE sched_name = 'jobs-' || :owner
            """)
        .param("due", due.atTime(12, 0).toInstant(ZoneOffset.UTC).toEpochMilli())
        .param("owner", owner)
        .update();
  }

  /** Quartz has one scheduler of a name in a process: it must not know of the first. */
  private static JobClock anotherNode(Queue<String> started, List<ScheduledJob> jobs) {
    SchedulerRepository.getInstance().remove("jobs-" + OWNER);
    return clock(started, jobs);
  }

  private static JobClock clock(Queue<String> started, ScheduledJob job) {
    return clock(started, List.of(job));
  }

  private static JobClock clock(Queue<String> started, List<ScheduledJob> jobs) {
    return new JobClock(DATABASE.login(JobClock.LOGIN), jobs, started::add);
  }
}

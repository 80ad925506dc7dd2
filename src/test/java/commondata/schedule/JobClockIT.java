package commondata.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Clock;
import java.time.Duration;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import testkit.TestDatabase;

/** Nodes with different services share one database; a node that was away makes up for it. */
final class JobClockIT {

  private static final String EACH_SECOND = "* * * * * ?";
  private static final String AT_NOON = "0 0 12 * * ?";
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
    assertThat(ordersNode).allMatch(started -> started.startsWith("a "));
    assertThat(paymentNode).allMatch(started -> started.startsWith("b "));
  }

  @Test
  void makesUpForAMissedFiringOfItsOwnDay() {
    ScheduledJob job = new ScheduledJob("noon", "warehouse_service", AT_NOON, ZONE);
    try (JobClock clock = clock(ordersNode, job)) {
      clock.start();
    }
    OffsetDateTime now = OffsetDateTime.now(Clock.systemUTC());
    LocalDate due = now.getHour() < 12 ? now.toLocalDate().minusDays(1) : now.toLocalDate();
    DATABASE
        .superuser()
        .sql("UPDATE quartz.qrtz_triggers SET next_fire_time = :due WHERE job_name = 'noon'")
        .param("due", due.atTime(12, 0).toInstant(ZoneOffset.UTC).toEpochMilli())
        .update();

    try (JobClock clock = clock(ordersNode, job)) {
      clock.start();
      await().atMost(Duration.ofSeconds(20)).until(() -> !ordersNode.isEmpty());
    }

    assertThat(ordersNode).containsExactly("noon " + due);
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

  private static JobClock clock(Queue<String> started, ScheduledJob job) {
    return new JobClock(
        DATABASE.login(JobClock.LOGIN),
        List.of(job),
        (name, businessDate) -> started.add(name + " " + businessDate));
  }
}

package commondata.feed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import commondata.job.JobCatalog;
import commondata.job.JobRunner;
import commondata.job.ScheduledRuns;
import commondata.job.StartedBy;
import commondata.operate.Act;
import commondata.operate.Operate;
import commondata.operate.SkippedJob;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Types;
import java.time.Clock;
import java.time.Duration;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import testkit.SettableClock;
import testkit.TestDatabase;

/** No business date goes by without its run. */
final class ScheduledRunsIT {

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();

  private static final String JOB = "warehouse-extract";
  private static final String OWNER = "reporting_service";
  private static final String WORKS = "SELECT 1 AS written";

  /** The job is due once a day, and was six hours ago. */
  private final OffsetDateTime due =
      OffsetDateTime.now(Clock.systemUTC()).minusHours(6).withMinute(0).withSecond(0).withNano(0);

  private final LocalDate today = due.toLocalDate();

  private Path jobs = Path.of("");
  private Path drop = Path.of("");

  @BeforeEach
  void begin(@TempDir Path directory) throws IOException {
    jobs = directory.resolve("jobs");
    drop = directory.resolve("drop");
    DATABASE.superuser().sql("TRUNCATE commondata.run, commondata.job_clock CASCADE").update();
    aJob("", WORKS);
  }

  /**
   * @param more keys of its schedule, each with a comma before it
   * @param sql its only step
   */
  private void aJob(String more, String sql) throws IOException {
    Path folder = Files.createDirectories(jobs.resolve(JOB));
    Files.writeString(
        folder.resolve("job.yaml"),
        """
        id: %s
        owner: %s
        schedule: {cron: "0 0 %d * * ?"%s}
        steps: [{sql: a.sql}]
        """
            .formatted(JOB, OWNER, due.getHour(), more));
    Files.writeString(folder.resolve("a.sql"), sql);
  }

  private JobRunner runner(String node) {
    return new JobRunner(
        JobCatalog.of(jobs), DATABASE.database(), new FileExport(DATABASE.database(), drop), node);
  }

  private ScheduledRuns poll(String node, Clock clock) {
    return ScheduledRuns.all(JobCatalog.of(jobs).all(), runner(node), DATABASE.database(), clock)
        .get(0);
  }

  private ScheduledRuns poll() {
    return poll("test", Clock.systemUTC());
  }

  private static void untilIdle(ScheduledRuns poll) {
    for (int i = 0; i < 100; i++) {
      if (!poll.pollOnce()) {
        return;
      }
    }
    throw new AssertionError("it works on and on");
  }

  /** As if no node had been there since so many days. */
  private void awayFor(int days) {
    DATABASE
        .superuser()
        .sql(
            """
            INSERT INTO commondata.job_clock (job, settled_until, next_due_at)
            VALUES (:job, :until, :next)
            """)
        .param("job", JOB)
        .param("until", due.minusDays(days))
        .param("next", due.minusDays(days - 1L))
        .update();
  }

  /** As the node that is at the last run does, until the open transaction ends. */
  private static void holdTheRun() {
    DATABASE
        .login(OWNER)
        .jdbc()
        .sql("SELECT commondata.hold_run(max(r.id)) FROM commondata.run AS r")
        .query(Boolean.class)
        .single();
  }

  private static List<String> runs() {
    return DATABASE
        .superuser()
        .sql(
            """
            SELECT concat_ws(' ', r.business_date, r.state, r.exit_code, r.started_by)
            FROM commondata.run AS r
            ORDER BY r.id
            """)
        .query(String.class)
        .list();
  }

  private static List<String> alarms() {
    return DATABASE
        .superuser()
        .sql("SELECT concat_ws(' ', alarm, subject, detail) FROM commondata.job_alarm ORDER BY 1")
        .query(String.class)
        .list();
  }

  private void aRun(LocalDate date, String state, @Nullable Integer exitCode, Duration ago) {
    DATABASE
        .superuser()
        .sql(
            """
            INSERT INTO commondata.run (
                job, business_date, attempt, started_by, node, state, exit_code, message,
                started_at, finished_at)
            VALUES (
                :job, :date, 1, 'schedule', 'gone', :state, :code, 'it broke',
                clock_timestamp() - make_interval(secs => :ago),
                CASE WHEN :state <> 'RUNNING'
                    THEN clock_timestamp() - make_interval(secs => :ago) END)
            """)
        .param("job", JOB)
        .param("date", date)
        .param("state", state)
        .param("code", exitCode, Types.INTEGER)
        .param("ago", ago.toSeconds())
        .update();
  }

  @Test
  void runsNothingForTheTimeBeforeItWasSeenFirst() {
    untilIdle(poll());
    untilIdle(poll());

    assertThat(runs()).isEmpty();
    assertThat(alarms()).isEmpty();
  }

  @Test
  void makesUpForEachBusinessDateTheOldestFirst() {
    awayFor(3);
    assertThat(alarms()).singleElement().asString().startsWith("run-late job warehouse-extract");

    untilIdle(poll());
    untilIdle(poll());

    assertThat(runs())
        .containsExactly(
            today.minusDays(2) + " SUCCEEDED 0 schedule",
            today.minusDays(1) + " SUCCEEDED 0 schedule",
            today + " SUCCEEDED 0 schedule");
    assertThat(alarms()).isEmpty();
  }

  @Test
  void makesUpForTheLastOneIfThatDoesTheWorkOfAll() throws IOException {
    aJob(", missed: last", WORKS);
    awayFor(3);

    untilIdle(poll());

    assertThat(runs()).containsExactly(today + " SUCCEEDED 0 schedule");
  }

  @Test
  void worksOnTheDayBeforeIfItsScheduleSaysSo() throws IOException {
    aJob(", days: 1", WORKS);
    awayFor(1);

    untilIdle(poll());

    assertThat(runs()).containsExactly(today.minusDays(1) + " SUCCEEDED 0 schedule");
  }

  @Test
  void leavesAFailureOfTheJobToAPersonAndGoesOn() throws IOException {
    awayFor(2);
    aJob(
        "",
        "SELECT 1 / (:business_date <> '%s')::integer AS written"
            .formatted(due.minusDays(1).toLocalDate()));

    untilIdle(poll());
    untilIdle(poll());

    assertThat(runs())
        .containsExactly(
            today.minusDays(1) + " FAILED 12 schedule", today + " SUCCEEDED 0 schedule");
    assertThat(alarms())
        .singleElement()
        .asString()
        .startsWith("run-failed warehouse-extract of " + today.minusDays(1))
        .contains("division by zero", "--date " + today.minusDays(1));
  }

  @Test
  void aRunByHandEndsTheAlarm() throws IOException {
    leavesAFailureOfTheJobToAPersonAndGoesOn();
    aJob("", WORKS);

    runner("test").run(JOB, today.minusDays(1), StartedBy.HAND, Map.of());

    assertThat(alarms()).isEmpty();
  }

  @Test
  void triesAgainWhatItsSurroundingsFailed() {
    awayFor(1);
    aRun(today, "ABANDONED", 16, Duration.ofSeconds(11));

    untilIdle(poll());

    assertThat(runs())
        .containsExactly(today + " ABANDONED 16 schedule", today + " SUCCEEDED 0 schedule");
  }

  @Test
  void restsLongerAfterEachFailure() {
    awayFor(1);
    aRun(today, "FAILED", 16, Duration.ofHours(1));
    aRun(today, "FAILED", 16, Duration.ofSeconds(11));

    untilIdle(poll());

    assertThat(runs()).hasSize(2);
    assertThat(alarms()).singleElement().asString().startsWith("run-failed");
  }

  @Test
  void beginsAnewWhatADeadNodeHasLeft() {
    awayFor(1);
    aRun(today, "RUNNING", null, Duration.ofSeconds(3));

    untilIdle(poll());

    assertThat(runs())
        .containsExactly(today + " ABANDONED 16 schedule", today + " SUCCEEDED 0 schedule");
  }

  @Test
  void countsARunThatAPersonHasStartedSince() {
    awayFor(1);
    runner("test").run(JOB, today, StartedBy.HAND, Map.of());

    untilIdle(poll());

    assertThat(runs()).containsExactly(today + " SUCCEEDED 0 hand");
  }

  @Test
  void looksAgainWhenARunByHandIsOver() {
    awayFor(1);
    SettableClock clock = SettableClock.at(due.toInstant().toString());
    ScheduledRuns poll = poll("test", clock);
    ScheduledRuns other = poll("other", Clock.systemUTC());
    DATABASE
        .login(OWNER)
        .inTransactionDo(
            () -> {
              aRun(today.minusDays(9), "RUNNING", null, Duration.ofSeconds(3));
              holdTheRun();
              assertThat(CompletableFuture.supplyAsync(poll::pollOnce).join()).isFalse();
              assertThat(CompletableFuture.supplyAsync(poll::pollOnce).join()).isFalse();
            });
    assertThat(runs()).containsExactly(today.minusDays(9) + " RUNNING schedule");

    untilIdle(other);

    assertThat(runs())
        .containsExactly(
            today.minusDays(9) + " ABANDONED 16 schedule", today + " SUCCEEDED 0 schedule");
  }

  @Test
  void warnsOfARunWhoseNodeIsGoneAndOfOneAtWorkAfterAnHour() {
    awayFor(2);
    aRun(today.minusDays(1), "RUNNING", null, Duration.ofMinutes(5));
    assertThat(alarms())
        .singleElement()
        .asString()
        .startsWith("run-late ")
        .contains("node gone, which was at it in run ", "is gone: start a node that has it");

    DATABASE
        .login(OWNER)
        .inTransactionDo(
            () -> {
              holdTheRun();
              assertThat(alarms()).isEmpty();
            });
  }

  @Test
  void manyNodesAtOnceMakeOneRunADate() throws Exception {
    awayFor(60);
    List<CompletableFuture<Void>> nodes =
        IntStream.range(0, 6)
            .mapToObj(n -> poll("node-" + n, Clock.systemUTC()))
            .map(poll -> CompletableFuture.runAsync(() -> untilIdle(poll)))
            .toList();
    for (CompletableFuture<Void> node : nodes) {
      node.get(60, TimeUnit.SECONDS);
    }
    untilIdle(poll());

    assertThat(runs()).hasSize(60).doesNotHaveDuplicates();
  }

  @Test
  void asksOnceWhetherThereIsWork() throws IOException {
    Path folder = jobs.resolve(JOB);
    Files.writeString(
        folder.resolve("job.yaml"),
        Files.readString(folder.resolve("job.yaml")) + "only_if: pending.sql\n");
    Files.writeString(folder.resolve("pending.sql"), "SELECT 0");
    awayFor(2);

    untilIdle(poll());
    assertThat(runs()).isEmpty();
    assertThat(alarms()).isEmpty();

    awayAgain();
    Files.writeString(folder.resolve("pending.sql"), "SELECT 1 / 0");
    untilIdle(poll());

    assertThat(runs())
        .containsExactly(today.minusDays(1) + " FAILED 12 schedule", today + " FAILED 12 schedule");
  }

  private static Operate operate() {
    return new Operate(
        DATABASE.login("commondata_console"), () -> DATABASE.login("commondata_operator"));
  }

  private void awayAgain() {
    DATABASE.superuser().sql("TRUNCATE commondata.job_clock").update();
    awayFor(2);
  }

  @Test
  void anOperatorCanGiveUpWhatWasDue() throws IOException {
    leavesAFailureOfTheJobToAPersonAndGoesOn();
    awayAgain();

    assertThat(operate().skip(JOB, new Act("ann", "the shop was closed")))
        .get()
        .satisfies(
            skipped -> {
              assertThat(skipped.dueSince()).isEqualTo(due.minusDays(1).toInstant());
              assertThat(skipped.failedRuns())
                  .matches("\\d+ \\(%s\\)".formatted(today.minusDays(1)));
            });
    assertThat(operate().acts("job " + JOB, 1))
        .singleElement()
        .satisfies(
            act -> {
              assertThat(act.before())
                  .contains(
                      "\"next_due_at\"", "\"business_date\": \"%s\"".formatted(today.minusDays(1)));
              assertThat(act.after()).contains("\"settled_until\"");
            });
    untilIdle(poll());

    assertThat(runs()).hasSize(2);
    assertThat(alarms()).isEmpty();
    assertThat(operate().skip("catalog", new Act("ann", "no schedule"))).isEmpty();
    assertThat(operate().skip(JOB, new Act("ann", "once more")))
        .contains(new SkippedJob(null, null));
  }

  @Test
  void nobodyElseSettlesWhatAJobOwes() {
    awayFor(3);

    assertThatThrownBy(
            () ->
                DATABASE
                    .login("order_service")
                    .jdbc()
                    .sql("SELECT commondata.settle_job(:job, now(), NULL)::text")
                    .param("job", JOB)
                    .query(String.class)
                    .optional())
        .rootCause()
        .hasMessageContaining("belongs to");
    assertThat(
            DATABASE
                .login("order_service")
                .jdbc()
                .sql("SELECT count(*) FROM commondata.job_clock")
                .query(Long.class)
                .single())
        .isZero();
  }

  @Test
  void whatIsSettledNeverGoesBack() {
    awayFor(3);

    DATABASE
        .login(OWNER)
        .jdbc()
        .sql("SELECT commondata.settle_job(:job, :until, NULL)::text")
        .param("job", JOB)
        .param("until", due.minusDays(30).withOffsetSameInstant(ZoneOffset.UTC))
        .query(String.class)
        .optional();
    untilIdle(poll());

    assertThat(runs()).hasSize(3);
  }
}

package commondata.subscription;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import commondata.operate.Act;
import commondata.operate.ActEntry;
import commondata.operate.Operate;
import commondata.operate.Removal;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import testkit.TestDatabase;

/** A reader that nobody will start again is let go, and holds nobody up any more. */
final class RemoveSubscriptionIT {

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();

  private static final String WAITING =
      """
      SELECT count(*)
      FROM pg_stat_activity AS a
      WHERE a.usename = 'commondata_operator'
        AND a.wait_event_type = 'Lock'
        AND :name IS NOT NULL
      """;
  private static final String FREE =
      """
      SELECT FROM commondata.subscription WHERE name = :name FOR KEY SHARE SKIP LOCKED
      """;
  private static final Act ACT = new Act("ann", "the service is gone");

  private final TestReader reader = new TestReader(DATABASE).set("max_attempts = 1");
  private final Operate operate =
      new Operate(DATABASE.login(Operate.READER), () -> DATABASE.login(Operate.OPERATOR));

  @Test
  void losesWhatWaitsAndKeepsWhatWasDone() {
    leaveSomethingOfEverything();

    Removal plan = operate.removalPlan(reader.name()).orElseThrow();
    assertThat(List.of(plan.waiting(), plan.parked(), plan.parkedKeys(), plan.dead()))
        .containsExactly(1L, 1L, 1L, 1L);
    assertThat(plan.refusal()).isNull();
    assertThat(reader.parkedKeys()).as("only looked at").hasSize(1);

    assertThat(operate.remove(reader.name(), ACT)).contains(plan);

    for (String table :
        List.of(
            "subscription", "cursor", "type_change", "parked_key", "parked_event", "work_mark")) {
      assertThat(rowsOf(table)).as(table).isZero();
    }
    assertThat(
            reader.strings("SELECT state FROM commondata.dead_letter WHERE subscription = :name"))
        .containsExactly("DISCARDED");
    assertThat(
            reader.strings(
                """
                SELECT t.what
                FROM commondata.trace_log AS t
                JOIN commondata.dead_letter AS d ON d.event_id = t.event_id
                WHERE d.subscription = :name AND t.what = 'dead letter'
                """))
        .as("of a removed reader, in the trace")
        .hasSize(1);
    assertThat(rowsOf("receipt_before_rewind")).isEqualTo(1);
    assertThat(rowsOf("receipt_batch")).isZero();
    assertThat(reader.violations()).isEmpty();
    assertThat(operate.acts("subscription " + reader.name(), 9))
        .singleElement()
        .satisfies(
            act -> {
              assertThat(act.act()).isEqualTo("remove");
              assertThat(act.reason()).isEqualTo(ACT.reason());
              assertThat(act.before()).contains("\"waiting\": 1", "\"owner\": \"fraud_service\"");
            });
  }

  @Test
  void isRefusedBesideABatchWithoutWaitingForIt() throws SQLException {
    reader.publish("a1");
    try (Connection busy = busy()) {
      assertThat(operate.remove(reader.name(), ACT))
          .hasValueSatisfying(plan -> assertThat(plan.refusal()).startsWith("it is not paused"));
      busy.rollback();
    }
  }

  @Test
  void waitsForABatchAndIsNotInItsWay() throws Exception {
    leaveSomethingOfEverything();
    try (Connection busy = busy()) {
      CompletableFuture<Optional<Removal>> removal =
          CompletableFuture.supplyAsync(() -> operate.remove(reader.name(), ACT));
      await().until(() -> reader.number(WAITING) == 1);

      assertThat(reader.number("SELECT count(*) FROM (" + FREE + ") AS free")).isOne();

      busy.rollback();
      assertThat(removal.get(1, TimeUnit.MINUTES)).isPresent();
    }
  }

  @Test
  void pausingIsNotKeptBackByWhoeverParksAKey() throws SQLException {
    try (Connection parking = DATABASE.superuserDataSource().getConnection();
        Statement statement = parking.createStatement()) {
      parking.setAutoCommit(false);
      statement.execute("SELECT FROM commondata.subscription FOR KEY SHARE");

      reader.sql(
          """
          DO $$
          BEGIN
              SET LOCAL lock_timeout = '1s';
              PERFORM commondata.pause_subscription(s.name, true, 'ann', 'a test')
              FROM commondata.subscription AS s;
          END
          $$
          """);
      parking.rollback();
    }
  }

  /** A reader in the middle of a batch: it has its cursor. */
  private Connection busy() throws SQLException {
    Connection busy = DATABASE.superuserDataSource().getConnection();
    busy.setAutoCommit(false);
    try (Statement statement = busy.createStatement()) {
      statement.execute(
          "SELECT FROM commondata.cursor WHERE subscription = '" + reader.name() + "' FOR UPDATE");
    }
    return busy;
  }

  @Test
  void aNameMayBeRegisteredAnewAndReadsFromTheBeginning() {
    leaveSomethingOfEverything();
    operate.remove(reader.name(), ACT);
    DATABASE
        .superuser()
        .sql(
            """
            SELECT commondata.create_subscription(
                :name, 'fraud_service', ARRAY['test.happened-' || :name])
            """)
        .param("name", reader.name())
        .query()
        .singleRow();

    reader.when(what -> {}).untilQuiet();

    assertThat(reader.effects()).containsExactly("a1", "a1", "b1", "c1", "d1");
    assertThat(reader.violations()).isEmpty();
  }

  @Test
  void retentionIsNoLongerHeldUpByIt() {
    reader.publish("a1");
    DATABASE.superuser().sql("SELECT commondata.stamp()").query().singleValue();
    forgetThatItWasRead();
    assertThat(holdingUp()).as("it holds the log up").isPositive();

    operate.remove(reader.name(), ACT);

    assertThat(holdingUp()).isZero();
  }

  @Test
  void staysWhileALetterWaitsForASecondPerson() {
    leaveSomethingOfEverything();
    reader.set("four_eyes = true");

    assertThat(operate.remove(reader.name(), ACT).orElseThrow().refusal())
        .startsWith("its open dead letters would be closed without a second person");

    reader.set("four_eyes = false");
    assertThat(operate.remove(reader.name(), ACT).orElseThrow().refusal()).isNull();
  }

  @Test
  void staysWhileSomebodyMayBeAtIt() throws SQLException {
    reader.publish("a1").untilQuiet();
    assertThat(operate.remove(reader.name(), ACT).orElseThrow().refusal())
        .startsWith("it is not paused");
    reader.set("paused = true");
    assertThat(operate.remove(reader.name(), ACT).orElseThrow().refusal())
        .startsWith("it was read less than ten minutes ago");
    forgetThatItWasRead();

    try (Connection batch = DATABASE.superuserDataSource().getConnection()) {
      batch.setAutoCommit(false);
      batch
          .createStatement()
          .execute(
              "SELECT pos FROM commondata.cursor WHERE subscription = '%s' FOR UPDATE"
                  .formatted(reader.name()));
      assertThatThrownBy(() -> operate.remove(reader.name(), ACT))
          .hasMessageContaining("lock timeout");
      batch.rollback();
    }
    assertThat(rowsOf("cursor")).isPositive();
    assertThat(operate.acts("subscription " + reader.name(), 9))
        .extracting(ActEntry::act)
        .doesNotContain("remove");
  }

  @Test
  void onlyTheOperatorRemoves() {
    forgetThatItWasRead();
    for (String login : List.of(TestReader.LOGIN, Operate.READER)) {
      assertThatThrownBy(
              () ->
                  DATABASE
                      .login(login)
                      .jdbc()
                      .sql("SELECT commondata.remove_subscription(:name, 'ann', 'x')")
                      .param("name", reader.name())
                      .query()
                      .listOfRows())
          .rootCause()
          .hasMessageContaining("permission denied for function remove_subscription");
    }
    assertThatThrownBy(() -> operate.remove(reader.name(), new Act("ann", " ")))
        .hasMessageContaining("needs an actor and a reason");
    assertThat(rowsOf("subscription")).isEqualTo(1);
    assertThat(operate.remove("nobody", ACT)).isEmpty();
  }

  /** One receipt, one dead letter, one parked event, one that waits; nobody was here for long. */
  private void leaveSomethingOfEverything() {
    reader.publish("a1").untilQuiet();
    reader
        .when(
            what -> {
              throw new IllegalStateException("no");
            })
        .publish("b1")
        .untilQuiet();
    reader.set("max_attempts = 9, backoff_ms = 600000, backoff_max_ms = 600000");
    reader.publish("c1").untilQuiet();
    reader.publish("d1");
    DATABASE.superuser().sql("SELECT commondata.stamp()").query().singleValue();
    forgetThatItWasRead();
  }

  private void forgetThatItWasRead() {
    reader.set("paused = true");
    reader.sql(
        """
        UPDATE commondata.cursor
        SET moved_at = moved_at - interval '1 hour'
        WHERE subscription = :name
        """);
    reader.sql(
        """
        UPDATE commondata.work_mark
        SET marked_at = marked_at - interval '1 hour'
        WHERE subscription = :name
        """);
    reader.sql(
        """
        UPDATE commondata.parked_key
        SET parked_at = parked_at - interval '1 hour', failed_at = failed_at - interval '1 hour'
        WHERE subscription = :name
        """);
  }

  private long holdingUp() {
    return reader.number(
        """
        SELECT count(*)
        FROM commondata.alarms('0 seconds') AS a
        WHERE a.alarm = 'subscription-dead' AND a.subject = :name
        """);
  }

  private long rowsOf(String table) {
    return reader.number(
        "SELECT count(*) FROM commondata.%s WHERE :name = %s"
            .formatted(table, table.equals("subscription") ? "name" : "subscription"));
  }
}

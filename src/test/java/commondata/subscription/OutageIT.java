package commondata.subscription;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import java.io.IOException;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.jdbc.core.simple.JdbcClient;
import testkit.TestDatabase;

/** An outage counts against nobody, whoever meets it; but who always meets one is no outage. */
final class OutageIT {

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();

  private final TestReader reader = new TestReader(DATABASE);

  @ParameterizedTest
  @ValueSource(
      strings = {
        "40001", "40P01", "55P03", "53100", "53300", "25006", "57P03", "58030", "08006", "ended"
      })
  void anOutageConsumesNoAttempt(String state) {
    reader.publish("a1", "b1");
    reader.when(
        what ->
            DATABASE
                .login(TestReader.LOGIN)
                .jdbc()
                .sql(
                    state.equals("ended")
                        ? "SELECT pg_terminate_backend(pg_backend_pid())"
                        : "DO $$ BEGIN RAISE 'out' USING ERRCODE = '" + state + "'; END $$")
                .query()
                .listOfRows());

    for (int i = 0; i < 4; i++) {
      assertThat(reader.later().poller().pollOnce()).isInstanceOf(PollOutcome.Interrupted.class);
    }

    assertThat(reader.parkedKeys()).isEmpty();
    assertThat(reader.pos()).isZero();
    reader.when(what -> {}).untilQuiet();
    assertThat(reader.effects()).containsExactly("a1", "b1");
  }

  /** Nobody has died of what each of them survives, however long they rest. */
  @ParameterizedTest
  @ValueSource(strings = {"55P03", "53100"})
  void anOutageThatAllWorkersMeetConsumesNoAttempt(String state) {
    List<Poller> workers = Stream.generate(reader::poller).limit(4).toList();
    reader.publish("a1", "b1").when(what -> raise(state));

    for (int round = 0; round < 3; round++) {
      workers.forEach(worker -> worker.pollOnce());
      reader.later();
    }

    assertThat(reader.parkedKeys()).isEmpty();
    assertThat(reader.deadLetters()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"55P03", "53100"})
  void anOutageThatAllWorkersMeetInARetryConsumesNoAttempt(String state) {
    reader.publish("a1").when(what -> failOnce());
    reader.poller().pollOnce();
    assertThat(reader.parkedKeys()).containsExactly("a 1 FAILED");
    reader.when(what -> raise(state));

    for (int worker = 0; worker < 4; worker++) {
      assertThat(reader.later().poller().pollOnce()).isInstanceOf(PollOutcome.Interrupted.class);
    }

    assertThat(reader.parkedKeys()).containsExactly("a 1 FAILED");
    assertThat(reader.deadLetters()).isEmpty();
  }

  private static void failOnce() {
    throw new IllegalStateException("poison");
  }

  /** Followers of parked keys say nothing about what the part waits for. */
  @Test
  void passingWhatWaitsAnywayEndsNoPause() {
    reader
        .when(
            what -> {
              throw new UnavailableException("closed");
            })
        .publish("a1");
    reader.poller().pollOnce();
    assertThat(reader.isPaused()).isTrue();
    DATABASE
        .superuser()
        .sql(
            """
            WITH parked AS (
                INSERT INTO commondata.parked_key (subscription, part, key, next_attempt_at)
                SELECT c.subscription, c.part, :key, 'infinity'
                FROM commondata.cursor AS c
                WHERE c.subscription = :name AND c.paused_until IS NOT NULL
            )
            UPDATE commondata.cursor AS c
            SET paused_until = clock_timestamp()
            WHERE c.subscription = :name AND c.paused_until IS NOT NULL
            """)
        .param("key", reader.key("a"))
        .param("name", reader.name())
        .update();

    assertThat(reader.poller().pollOnce().worked()).isFalse();

    assertThat(reader.pos())
        .isEqualTo(reader.number("SELECT head FROM commondata.part_head WHERE part = 3"));
    assertThat(
            reader.number(
                "SELECT sum(pause_count) FROM commondata.cursor WHERE subscription = :name"))
        .isOne();
  }

  @ParameterizedTest
  @ValueSource(strings = {"53200", "40P01"})
  void anOutageThatAHandlerMeetsWithoutSpringConsumesNoAttempt(String state) {
    reader.publish("a1", "b1");
    SQLException outage = new SQLException("out", state);
    for (Exception thrown : List.of(outage, new IllegalStateException("wrapped", outage))) {
      reader.when(
          what -> {
            throw thrown;
          });

      assertThat(reader.poller().pollOnce())
          .asInstanceOf(type(PollOutcome.Interrupted.class))
          .extracting(PollOutcome.Interrupted::error)
          .isEqualTo("out");
    }

    assertThat(reader.parkedKeys()).isEmpty();
    reader.when(what -> {}).untilQuiet();
    assertThat(reader.effects()).containsExactly("a1", "b1");
  }

  @ParameterizedTest
  @ValueSource(strings = {"40P01", "53200", "25P03", "ended"})
  void anEventThatAlwaysMeetsAnOutageIsPoisonAfterAll(String state) {
    AtomicInteger met = new AtomicInteger();
    reader.publish("b1", "a1", "c1");
    reader.when(
        what -> {
          met.addAndGet(what.equals("a1") ? 1 : 0);
          if (state.equals("25P03")) {
            fallSilentOn(what, "a1");
          } else if (state.equals("ended")) {
            endSessionOn(what, "a1");
          } else {
            raiseOn(what, "a1", state);
          }
        });
    reader.publishElsewhere("d1");
    Poller poller = reader.poller();

    org.awaitility.Awaitility.await()
        .atMost(java.time.Duration.ofMinutes(1))
        .until(() -> poller.pollOnce() instanceof PollOutcome.Parked);

    assertThat(reader.parkedKeys()).containsExactly("a 1 TRANSIENT");
    int metUntilCounted = met.get();
    org.awaitility.Awaitility.await()
        .atMost(java.time.Duration.ofMinutes(1))
        .until(
            () -> {
              poller.pollOnce();
              return met.get() >= metUntilCounted + 2;
            });
    assertThat(reader.parkedKeys()).as("each attempt takes ten").containsExactly("a 1 TRANSIENT");
    reader.untilQuiet();
    assertThat(reader.effects()).containsExactlyInAnyOrder("b1", "c1", "d1");
  }

  /** One that the handler needs for some of its events; ours can be used. */
  @ParameterizedTest
  @ValueSource(strings = {"08001", "08006", "57P01"})
  void anOutageOfAnotherServerPausesThePartAlone(String state) {
    SQLException outage = new SQLException("out", state);
    reader.set("backoff_ms = 60000, backoff_max_ms = 60000");
    reader.publish("a1");
    reader.publishElsewhere("d1");
    for (Exception thrown : List.of(outage, new IllegalStateException("wrapped", outage))) {
      reader.when(
          what -> {
            if (what.equals("a1")) {
              throw thrown;
            }
          });

      reader.later().untilQuiet();

      assertThat(reader.effects()).containsExactly("d1");
      assertThat(reader.parkedKeys()).isEmpty();
      assertThat(reader.isPaused()).isTrue();
    }
    reader.when(what -> {}).later().untilQuiet();
    assertThat(reader.effects()).containsExactly("d1", "a1");
  }

  /** The server ends a transaction in which nothing happens for too long. */
  private static void fallSilentOn(String what, String poison) {
    if (what.equals(poison)) {
      JdbcClient jdbc = DATABASE.login(TestReader.LOGIN).jdbc();
      int pid = jdbc.sql("SELECT pg_backend_pid()").query(Integer.class).single();
      jdbc.sql("SELECT set_config('idle_in_transaction_session_timeout', '20ms', true)")
          .query()
          .singleValue();
      org.awaitility.Awaitility.await().until(() -> hasEnded(pid));
      jdbc.sql("SELECT 1").query().singleValue();
    }
  }

  /** As a statement does that makes the server end its process. */
  private static void endSessionOn(String what, String poison) {
    if (what.equals(poison)) {
      DATABASE
          .login(TestReader.LOGIN)
          .jdbc()
          .sql("SELECT pg_terminate_backend(pg_backend_pid())")
          .query()
          .singleValue();
    }
  }

  private static boolean hasEnded(int pid) {
    return DATABASE
        .superuser()
        .sql("SELECT NOT EXISTS (SELECT FROM pg_stat_activity AS a WHERE a.pid = :pid)")
        .param("pid", pid)
        .query(Boolean.class)
        .single();
  }

  @Test
  void oneKeyThatKeepsItsPartPausedIsCountedInTheEnd() {
    reader.publish("a1", "b1");
    reader.when(
        what -> {
          if (what.equals("a1")) {
            throw new IOException("its own bank does not answer");
          }
        });
    reader.sql(
        """
        UPDATE commondata.cursor
        SET paused_until = clock_timestamp(), pause_count = 9
        WHERE subscription = :name AND part = 3
        """);
    assertThat(reader.poller().pollOnce()).isInstanceOf(PollOutcome.Paused.class);

    assertThat(reader.later().poller().pollOnce()).isInstanceOf(PollOutcome.Parked.class);

    reader.untilQuiet();
    assertThat(reader.effects()).containsExactly("b1");
    assertThat(reader.deadLetters()).containsExactly("a1 3 IOException");
  }

  @Test
  void aKeyThatNothingWaitsBehindIsNotCountedInAnOutage() {
    reader.publish("a1");
    reader.when(
        what -> {
          throw new IOException("the bank does not answer");
        });
    reader.sql(
        """
        UPDATE commondata.cursor
        SET paused_until = clock_timestamp(), pause_count = 50
        WHERE subscription = :name AND part = 3
        """);

    assertThat(reader.poller().pollOnce()).isInstanceOf(PollOutcome.Paused.class);
    assertThat(reader.parkedKeys()).isEmpty();
  }

  @Test
  void aBatchThatIsTooLargeForTheHandlerIsHalvedUntilItFits() {
    reader.publish("a1", "b1", "c1", "d1", "e1", "a2", "b2", "c2", "d2", "e2");
    AtomicInteger inMemory = new AtomicInteger();
    reader.when(
        what -> {
          if (inMemory.incrementAndGet() > 3) {
            inMemory.set(0);
            throw new SQLException("Ran out of memory retrieving query results.", "53200");
          }
        });
    Poller poller = reader.poller();

    org.awaitility.Awaitility.await()
        .atMost(java.time.Duration.ofMinutes(1))
        .until(
            () -> {
              PollOutcome outcome = poller.pollOnce();
              inMemory.set(0);
              return outcome.worked();
            });

    assertThat(reader.effects()).as("10, 5, then 2 at once").containsExactly("a1", "b1");
    assertThat(reader.parkedKeys()).isEmpty();
  }

  /** Each alone would be counted; together they looked like an outage for ever. */
  @Test
  void keysThatMeetAnOutageOfTheirOwnTogetherAreCountedInTheEnd() {
    reader.when(
        what -> {
          if (!what.startsWith("e")) {
            throw new IOException(what + " names a file that is not there");
          }
        });
    reader.set("backoff_ms = 600000, backoff_max_ms = 600000").publish("a1", "b1", "c1");
    for (int n = 1; n <= 200 && reader.deadLetters().size() < 3; n++) {
      reader.publish("e" + n).later();
      for (int polls = 1; polls <= 4; polls++) {
        reader.poller().pollOnce();
      }
    }

    assertThat(reader.deadLetters())
        .containsExactlyInAnyOrder("a1 3 IOException", "b1 3 IOException", "c1 3 IOException");
  }

  @Test
  void whatASubscriptionCallsTransientIsAnOutageToo() {
    reader.with(builder -> builder.transientOn(IllegalStateException.class));
    reader.set("backoff_ms = 600000, backoff_max_ms = 600000");
    reader.publish("a1", "b1", "c1");
    reader.when(
        what -> {
          throw new IllegalStateException("the bank's library gives up");
        });

    reader.untilQuiet();

    assertThat(reader.isPaused()).isTrue();
    assertThat(reader.parkedKeys()).containsExactly("a 0 TRANSIENT", "b 0 TRANSIENT");
  }

  @Test
  void manyKeysThatFailForATransientCausePauseThePartAndCountNoAttempt() {
    reader.set("backoff_ms = 600000, backoff_max_ms = 600000");
    reader.publish("a1", "b1", "c1", "d1", "e1", "a2");
    reader.when(
        what -> {
          throw new IOException("the bank does not answer");
        });

    reader.untilQuiet();

    assertThat(reader.isPaused()).isTrue();
    assertThat(reader.parkedKeys()).containsExactly("a 0 TRANSIENT", "b 0 TRANSIENT");
    assertThat(
            reader.strings(
                """
                SELECT pause_reason
                FROM commondata.cursor
                WHERE subscription = :name AND paused_until IS NOT NULL
                """))
        .containsExactly("many keys fail: the bank does not answer");
    assertThat(reader.poller().pollOnce()).as("while paused").isInstanceOf(PollOutcome.Idle.class);

    // Half open, and not over yet: one event is tried, the pause grows.
    reader.later();
    assertThat(reader.poller().pollOnce()).isInstanceOf(PollOutcome.Paused.class);
    assertThat(pauses()).isEqualTo(2);

    reader.when(what -> {}).later().untilQuiet();
    assertThat(reader.effects())
        .containsExactlyInAnyOrder("a1", "b1", "c1", "d1", "e1", "a2")
        .containsSubsequence("a1", "a2");
    assertThat(pauses()).isZero();
    assertThat(reader.deadLetters()).isEmpty();
    assertThat(reader.violations()).isEmpty();
  }

  @Test
  void attemptsAreGivenBackInAllPartsThatToldOfTheOutage() {
    reader.set("backoff_ms = 600000, backoff_max_ms = 600000");
    reader.sql(
        """
        INSERT INTO commondata.parked_key (
            subscription, part, key, attempts, cause, failed_at, held)
        SELECT :name, p.part, 'elsewhere-' || p.part, 1, 'TRANSIENT', clock_timestamp(), true
        FROM generate_series(1, 2) AS p (part)
        """);
    reader.publish("a1");
    reader.when(
        what -> {
          throw new IOException("the bank does not answer");
        });

    assertThat(reader.poller().pollOnce()).isInstanceOf(PollOutcome.Paused.class);

    assertThat(reader.parkedKeys()).containsExactly("e 0 TRANSIENT", "e 0 TRANSIENT");
    reader.sql("DELETE FROM commondata.parked_key WHERE subscription = :name");
  }

  @Test
  void parkedKeysThatFailInAnOutageDoNotMakeItsPauseLonger() {
    reader.set("backoff_ms = 600000, backoff_max_ms = 600000");
    reader.when(
        what -> {
          throw new IllegalStateException("poison");
        });
    reader.publish("a1", "b1", "c1", "d1").untilQuiet();
    assertThat(reader.parkedKeys()).hasSize(4);
    reader.when(
        what -> {
          throw new UnavailableException("the bank is closed");
        });
    reader.sql(
        """
        UPDATE commondata.parked_key
        SET next_attempt_at = clock_timestamp()
        WHERE subscription = :name
        """);
    for (int poll = 0; poll < 10; poll++) {
      reader.poller().pollOnce();
    }

    assertThat(reader.isPaused()).isTrue();
    assertThat(pauses()).isEqualTo(1);
    assertThat(reader.parkedKeys())
        .containsExactlyInAnyOrder("a 1 FAILED", "b 1 FAILED", "c 1 FAILED", "d 1 FAILED");
  }

  @Test
  void oneEventProbesWhetherAnOutageIsOver() {
    reader.set("backoff_ms = 600000, backoff_max_ms = 600000");
    reader.publish("a1", "b1", "c1");
    reader.when(
        what -> {
          throw new UnavailableException("no bank");
        });
    assertThat(reader.poller().pollOnce()).isInstanceOf(PollOutcome.Paused.class);
    assertThat(reader.isPaused()).isTrue();
    assertThat(reader.parkedKeys()).isEmpty();

    reader.when(what -> {}).later();
    Poller poller = reader.poller();

    assertThat(poller.pollOnce()).isEqualTo(new PollOutcome.Handled(1));
    assertThat(reader.isPaused()).isFalse();
    assertThat(poller.pollOnce()).isEqualTo(new PollOutcome.Handled(2));
  }

  @Test
  void oneKeyWithATransientCauseIsNoOutage() {
    reader.publish("a1", "b1", "c1");
    reader.when(
        what -> {
          if (what.equals("b1")) {
            throw new IOException("its own bank does not answer");
          }
        });

    reader.untilQuiet();

    assertThat(reader.effects()).containsExactlyInAnyOrder("a1", "c1");
    assertThat(reader.deadLetters()).containsExactly("b1 3 IOException");
  }

  private long pauses() {
    return reader.number(
        "SELECT max(pause_count) FROM commondata.cursor WHERE subscription = :name");
  }

  private static void raiseOn(String what, String poison, String state) {
    if (what.equals(poison)) {
      raise(state);
    }
  }

  private static void raise(String state) {
    DATABASE
        .login(TestReader.LOGIN)
        .jdbc()
        .sql("DO $$ BEGIN RAISE 'out' USING ERRCODE = '" + state + "'; END $$")
        .update();
  }
}

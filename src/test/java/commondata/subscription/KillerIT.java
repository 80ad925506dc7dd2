package commondata.subscription;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import commondata.fault.FaultHook;
import commondata.fault.FaultPoint;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import testkit.Faults;
import testkit.TestDatabase;

/** An event that kills whoever handles it is found, parked and counted. */
final class KillerIT {

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();

  private final TestReader reader = new TestReader(DATABASE);

  /** The process ends here: nobody catches it, nobody counts anything. */
  private static final class ProcessEnds extends VirtualMachineError {
    private static final long serialVersionUID = 1L;
  }

  @ParameterizedTest
  @ValueSource(strings = {"a1", "b1", "c2"})
  void aKillerIsParkedAfterTheSecondDeathAndDeadAtLast(String killer) {
    reader.when(what -> dieOf(what, killer));
    reader.publish("a1", "b1", "c1", "a2", "b2", "c2");

    int deaths = deathsUntilQuiet();

    assertThat(deaths).as("two until it is found, one at each retry").isEqualTo(4);
    assertThat(reader.deadLetters()).containsExactly(killer + " 3 WorkerDied");
    assertThat(reader.effects()).hasSize(5).doesNotContain(killer);
    assertThat(reader.parkedKeys()).isEmpty();
    assertThat(reader.violations()).isEmpty();
  }

  @Test
  void aKillerIsParkedHoweverManyKeysAreParkedAlready() {
    reader.set("max_keys = 1, max_attempts = 100, backoff_ms = 600000, backoff_max_ms = 600000");
    reader.when(
        what -> {
          dieOf(what, "b1");
          throw new IllegalStateException("poison");
        });
    reader.publish("a1");
    reader.poller().pollOnce();
    reader.publish("b1");

    int deaths = deathsInThreeProcesses();

    assertThat(deaths).as("the third process finds it").isEqualTo(2);
    assertThat(reader.parkedKeys()).containsExactly("a 1 FAILED", "b 1 FAILED");
    assertThat(reader.isPaused()).isFalse();
  }

  /** Memory that runs out need not end the process: then the same poller meets the event again. */
  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void aKillerIsFoundByAProcessThatSurvivesIt(int workers) {
    reader.when(what -> dieOf(what, "b1"));
    reader.publish("a1", "b1", "c1", "b2");
    List<Poller> process = Stream.generate(reader::poller).limit(workers).toList();

    for (int round = 0; round < 20; round++) {
      process.forEach(KillerIT::diesInAFewPolls);
      letWorkMarksBeOld();
      letMarksBeOld();
      reader.later();
    }

    assertThat(reader.deadLetters()).containsExactly("b1 3 WorkerDied");
    assertThat(reader.effects()).containsExactlyInAnyOrder("a1", "c1", "b2");
    assertThat(reader.parkedKeys()).isEmpty();
    assertThat(reader.violations()).isEmpty();
  }

  private int deathsInThreeProcesses() {
    int deaths = 0;
    for (int process = 0; process < 3; process++) {
      letWorkMarksBeOld();
      deaths += diesInAFewPolls(reader.poller()) ? 1 : 0;
    }
    return deaths;
  }

  @Test
  void aLoneKillerIsFoundToo() {
    reader.when(what -> dieOf(what, "a1")).publish("a1");

    int deaths = deathsUntilQuiet();

    assertThat(deaths).isEqualTo(4);
    assertThat(reader.deadLetters()).containsExactly("a1 3 WorkerDied");
  }

  @Test
  void aKillerAmongThoseOfARunningWorkerIsFoundByTheNextOnes() {
    reader.publish("a1");
    Poller running = reader.poller();
    running.pollOnce();
    reader.when(what -> dieOf(what, "b2")).publish("b1", "b2", "b3");
    assertThat(dies(running)).isTrue();

    int deaths = deathsUntilQuiet();

    assertThat(deaths).isEqualTo(4);
    assertThat(reader.deadLetters()).containsExactly("b2 3 WorkerDied");
    assertThat(reader.effects()).containsExactly("a1", "b1", "b3");
  }

  @Test
  void oneDeathConvictsNobody() {
    reader.when(what -> dieOf(what, "a1")).publish("a1", "b1");
    assertThat(dies(reader.poller())).isTrue();

    reader.when(what -> {}).later().untilQuiet();

    assertThat(reader.effects()).containsExactly("a1", "b1");
    assertThat(reader.deadLetters()).isEmpty();
  }

  @Test
  void aWorkerWhoLosesThePartToAnotherTakesItsMarkBack() {
    reader.publish("a1");
    Poller slow = reader.poller();
    Poller fast = reader.poller();
    AtomicBoolean overtaken = new AtomicBoolean();
    FaultHook fastTakesThePart =
        point -> {
          if (point == FaultPoint.WORK_MARKED && overtaken.compareAndSet(false, true)) {
            fast.pollOnce();
          }
        };

    try (Faults faults = Faults.at(fastTakesThePart)) {
      slow.pollOnce();
      assertThat(faults.hits(FaultPoint.WORK_MARKED)).isPositive();
    }

    assertThat(reader.effects()).containsExactly("a1");
    assertThat(marks()).as("that of the other one").isEqualTo(1);
  }

  @Test
  void aRetryWhoseWorkerDiedIsTakenOverAtOnce() {
    parkA1ByAFailure();
    reader.when(what -> dieOf(what, "a1"));
    assertThat(dies(reader.poller())).as("in the retry").isTrue();

    letMarksBeOld();
    reader.when(what -> {});
    reader.poller().pollOnce();

    assertThat(reader.effects()).as("one death convicts nobody").containsExactly("a1", "a2");
    assertThat(reader.parkedKeys()).isEmpty();
    assertThat(reader.deadLetters()).isEmpty();
    assertThat(reader.violations()).isEmpty();
  }

  @Test
  void theSecondDeathInARetryIsCounted() {
    parkA1ByAFailure();
    reader.set("backoff_ms = 600000, backoff_max_ms = 600000");
    reader.when(what -> dieOf(what, "a1"));
    for (int death = 1; death <= 2; death++) {
      assertThat(reader.parkedKeys()).as("before death " + death).containsExactly("a 1 FAILED");
      assertThat(dies(reader.poller())).isTrue();
      letMarksBeOld();
    }

    reader.poller().pollOnce();

    assertThat(reader.parkedKeys()).containsExactly("a 2 FAILED");
    assertThat(errorsOfParkedKeys()).containsExactly("WorkerDied");
  }

  @Test
  void aFreshMarkOfARetryIsNoEvidence() {
    parkA1ByAFailure();
    reader.when(what -> dieOf(what, "a1"));
    assertThat(dies(reader.poller())).isTrue();
    reader.sql(
        """
        UPDATE commondata.parked_key
        SET tried_at = clock_timestamp() + interval '1 minute'
        WHERE subscription = :name
        """);

    assertThat(reader.poller().pollOnce().worked()).as("its worker may be about to lock").isFalse();
  }

  @Test
  void anOldMarkOfARetryIsDoubtedFirst() {
    parkA1ByAFailure();
    reader.when(what -> dieOf(what, "a1"));
    assertThat(dies(reader.poller())).isTrue();
    reader.when(what -> {});
    letTriesBeLongAgo();

    assertThat(reader.poller().pollOnce().worked())
        .as("its worker may be about to count")
        .isFalse();
    assertThat(reader.poller().pollOnce().worked()).as("in the same second").isFalse();
    letMarksBeOld();

    assertThat(reader.poller().pollOnce().worked()).isTrue();
    assertThat(reader.effects()).containsExactly("a1");
  }

  /** Its part is free from the roll-back on. */
  @Test
  void aSlowRetryThatFailsIsNoDeathInTheMomentBeforeItIsCounted() {
    parkA1ByAFailure();
    List<Boolean> others = new ArrayList<>();
    try (Faults faults =
        Faults.at(
            point -> {
              if (point == FaultPoint.RETRY_FAILED && others.isEmpty()) {
                letTriesBeLongAgo();
                others.add(reader.poller().pollOnce().worked());
              }
            })) {
      reader.poller().pollOnce();
      assertThat(faults.hits(FaultPoint.RETRY_FAILED)).isEqualTo(1);
    }

    assertThat(others).containsExactly(false);
    assertThat(reader.parkedKeys()).containsExactly("a 2 FAILED");
    assertThat(errorsOfParkedKeys()).containsExactly("IllegalStateException");
  }

  private List<String> errorsOfParkedKeys() {
    return reader.strings(
        "SELECT error_class FROM commondata.parked_key WHERE subscription = :name");
  }

  private void letTriesBeLongAgo() {
    reader.sql(
        """
        UPDATE commondata.parked_key
        SET tried_at = tried_at - interval '1 minute'
        WHERE subscription = :name
        """);
  }

  /** The first of two events of a key fails once; then it is due again at once. */
  private void parkA1ByAFailure() {
    reader
        .when(
            what -> {
              throw new IllegalStateException("not yet");
            })
        .publish("a1", "a2");
    reader.poller().pollOnce();
    reader.later();
  }

  private void letMarksBeOld() {
    reader.sql(
        """
        UPDATE commondata.parked_key
        SET tried_at = tried_at - interval '1 minute', doubted_at = tried_at - interval '1 minute'
        WHERE subscription = :name
        """);
  }

  @Test
  void findsAKillerBehindADelayedEvent() {
    reader.when(what -> dieOf(what, "b1"));
    reader.publishLater("a1", 3_600_000).publish("a2", "b1", "c1");

    reader.set("backoff_ms = 600000, backoff_max_ms = 600000");
    int deaths = 0;
    for (int process = 0; process < 4; process++) {
      letWorkMarksBeOld();
      deaths += diesInAFewPolls(reader.poller()) ? 1 : 0;
    }

    assertThat(deaths).isEqualTo(2);
    assertThat(reader.effects()).containsExactly("c1");
    assertThat(reader.parkedKeys()).containsExactly("a 0 DELAYED", "b 1 FAILED");
    assertThat(reader.violations()).isEmpty();
  }

  private void letWorkMarksBeOld() {
    reader.sql(
        """
        UPDATE commondata.work_mark
        SET marked_at = marked_at - interval '1 minute'
        WHERE subscription = :name
        """);
  }

  private static boolean diesInAFewPolls(Poller process) {
    try {
      for (int polls = 0; polls < 5; polls++) {
        process.pollOnce();
      }
      return false;
    } catch (ProcessEnds e) {
      return true;
    }
  }

  @Test
  void anOutageIsNotTakenForADeath() {
    reader.publish("a1").when(what -> endSession());

    assertThat(reader.poller().pollOnce()).isInstanceOf(PollOutcome.Interrupted.class);

    assertThat(marks()).as("taken back: the worker is still there").isZero();
  }

  @Test
  void marksThatCantBeTakenBackInAnOutageAreTakenBackBehindIt() {
    reader.publish("a1").when(what -> endSession());
    Poller survivor = reader.poller();
    withdrawing("REVOKE EXECUTE ON FUNCTION commondata.withdraw_marks FROM commondata_service");
    try {
      assertThat(survivor.pollOnce()).isInstanceOf(PollOutcome.Interrupted.class);
      assertThat(marks()).isEqualTo(1);
      assertThat(survivor.mayBeThoughtDead()).isTrue();
    } finally {
      withdrawing("GRANT EXECUTE ON FUNCTION commondata.withdraw_marks TO commondata_service");
    }
    reader.set("paused = true");

    org.awaitility.Awaitility.await().until(() -> survivor.pollOnce() instanceof PollOutcome.Idle);

    assertThat(marks()).isZero();
    assertThat(survivor.mayBeThoughtDead()).isFalse();
  }

  private static void withdrawing(String grant) {
    DATABASE.superuser().sql(grant).update();
  }

  private static void endSession() {
    DATABASE
        .login(TestReader.LOGIN)
        .jdbc()
        .sql("SELECT pg_terminate_backend(pg_backend_pid())")
        .query()
        .listOfRows();
  }

  @Test
  void anExceptionThatEndsAPollIsNotTakenForADeath() {
    reader.publish("a1");
    reader.when(
        what -> {
          throw new IllegalStateException("poison");
        });
    FaultHook parkingFails =
        point -> {
          if (point == FaultPoint.PARK_BEGUN) {
            throw new IllegalArgumentException("it can't be parked");
          }
        };
    try (Faults faults = Faults.at(parkingFails)) {
      assertThatThrownBy(() -> reader.poller().pollOnce()).hasMessage("it can't be parked");
      assertThat(faults.hits(FaultPoint.PARK_BEGUN)).isEqualTo(1);
    }

    assertThat(marks()).as("taken back: the worker is still there").isZero();
  }

  @Test
  void aRunningWorkerWritesNoMarks() {
    Poller poller = reader.poller();
    reader.publish("a1");
    poller.pollOnce();
    List<String> marked = reader.strings(MARKS);
    for (int i = 2; i < 20; i++) {
      reader.publish("a" + i);
      poller.pollOnce();
    }

    assertThat(reader.effects()).hasSize(19);
    assertThat(marked).hasSize(1);
    assertThat(reader.strings(MARKS)).as("one for the part, the first time").isEqualTo(marked);
  }

  private static final String MARKS =
      "SELECT worker || pos || marked_at FROM commondata.work_mark WHERE subscription = :name";

  private long marks() {
    return reader.number("SELECT count(*) FROM commondata.work_mark WHERE subscription = :name");
  }

  /** Starts process after process until one lives; returns how many died. */
  private int deathsUntilQuiet() {
    for (int deaths = 0; deaths < 20; deaths++) {
      reader.later();
      if (!dies(reader.poller())) {
        return deaths;
      }
    }
    throw new AssertionError("it kills and kills");
  }

  private boolean dies(Poller process) {
    try {
      for (int idle = 0; idle < 3; ) {
        idle = process.pollOnce().worked() ? 0 : idle + 1;
      }
      return reader.number(
                  "SELECT count(*) FROM commondata.parked_key WHERE subscription = :name AND NOT held")
              > 0
          && dies(reader.poller());
    } catch (ProcessEnds e) {
      return true;
    }
  }

  private static void dieOf(String what, String killer) {
    if (what.equals(killer)) {
      throw new ProcessEnds();
    }
  }
}

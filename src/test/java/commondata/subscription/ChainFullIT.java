package commondata.subscription;

import static org.assertj.core.api.Assertions.assertThat;

import commondata.operate.Act;
import commondata.operate.Operate;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import testkit.TestDatabase;

/** A key with so many events that its part is not read on: the alarm says why, and what to do. */
final class ChainFullIT {

  private static final long HOUR = 3_600_000;
  private static final String RELEASE = "./commondata event release ";

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();

  private final TestReader reader = new TestReader(DATABASE).set("max_chain = 2");
  private final Operate operate =
      new Operate(DATABASE.login(Operate.READER), () -> DATABASE.login(Operate.OPERATOR));

  @Test
  void saysWhichDelayedEventToRelease() {
    reader.publishLater("a1", HOUR).publish("a2").untilQuiet();
    assertThat(chainsFull()).as("nobody stands behind it").isEmpty();

    reader.publish("b1").untilQuiet();

    assertThat(reader.effects()).as("its part stands still").isEmpty();
    String alarm = onlyChainFull();
    assertThat(alarm)
        .startsWith(
            "%s, key \"%s\": 2 events of the key wait, and max_chain is 2: part 3, where others want to be read, stands still. The first is delayed until "
                .formatted(reader.name(), reader.key("a")))
        .endsWith("; or raise max_chain");
    int id = alarm.indexOf(RELEASE) + RELEASE.length();
    operate.release(
        UUID.fromString(alarm.substring(id, id + 36)), new Act("ann", "others wait behind it"));
    reader.untilQuiet();
    assertThat(reader.effects()).containsExactlyInAnyOrder("a1", "a2", "b1");
    assertThat(chainsFull()).isEmpty();
  }

  @Test
  void saysWhichLetterHoldsTheKey() {
    reader.set("on_dead = 'HOLD', max_attempts = 1");
    reader.when(ChainFullIT::failOnA1).publish("a1", "a2", "a3").untilQuiet();
    reader.publish("b1").untilQuiet();

    long letter =
        reader.number("SELECT d.id FROM commondata.dead_letter AS d WHERE d.subscription = :name");
    assertThat(onlyChainFull())
        .contains(
            "Dead letter %d holds the key: treat it by ./commondata hospital".formatted(letter));
  }

  @Test
  void saysThatTheKeyIsTriedAgain() {
    reader.set("backoff_ms = 600000, backoff_max_ms = 600000");
    reader.when(ChainFullIT::failOnA1).publish("a1", "a2", "a3").untilQuiet();
    reader.publish("b1").untilQuiet();

    assertThat(onlyChainFull())
        .contains("The first has failed, attempts: 1 (IllegalStateException), and is tried again");

    reader.when(what -> {}).later().poller().pollOnce();
    assertThat(onlyChainFull()).contains("They are handled one by one: wait");
  }

  /** Its advice, to start the service, would be wrong. */
  @Test
  void isNoSubscriptionThatNobodyReads() {
    reader.publishLater("a1", HOUR).publish("a2").untilQuiet();
    reader.publish("b1").untilQuiet();
    assertThat(onlyChainFull()).contains("part 3");
    assertThat(alarms("subscription-dead", reader.name())).isEmpty();

    reader.publishElsewhere("c1");
    new Sequencer(DATABASE.login(Sequencer.LOGIN), 0).stamp();

    assertThat(alarms("subscription-dead", reader.name()))
        .singleElement()
        .asString()
        .contains(" in part 4: ");
  }

  private static void failOnA1(String what) {
    if (what.equals("a1")) {
      throw new IllegalStateException("poison");
    }
  }

  private String onlyChainFull() {
    assertThat(chainsFull()).hasSize(1);
    return chainsFull().get(0);
  }

  private List<String> chainsFull() {
    return alarms("chain-full", reader.name() + ", key %");
  }

  private static List<String> alarms(String name, String subject) {
    return DATABASE
        .login(Operate.READER)
        .jdbc()
        .sql(
            """
            SELECT a.subject || ': ' || a.detail
            FROM commondata.alarms(p_lag => '0 seconds') AS a
            WHERE a.alarm = :name AND a.subject LIKE :subject
            """)
        .param("name", name)
        .param("subject", subject)
        .query(String.class)
        .list();
  }
}

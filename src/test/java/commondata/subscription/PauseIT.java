package commondata.subscription;

import static org.assertj.core.api.Assertions.assertThat;

import commondata.operate.Act;
import commondata.operate.Operate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import testkit.TestDatabase;

/** An operator stops a reader and lets it go on. */
final class PauseIT {

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();

  private static final Act ANN = new Act("ann", "the stock is being counted");

  private final Operate operate =
      new Operate(DATABASE.login(Operate.READER), () -> DATABASE.login(Operate.OPERATOR));
  private final TestReader reader = new TestReader(DATABASE);

  @Test
  void readsNothingWhilePausedAndAllOfItOnceAfterwards() {
    reader.publish("a1", "b1").untilQuiet();
    assertThat(operate.pause(reader.name(), true, ANN)).isTrue();
    long before = reader.pos();

    reader.publish("a2", "b2", "a3").untilQuiet();

    assertThat(reader.effects()).as("while paused").containsExactly("a1", "b1");
    assertThat(reader.pos()).isEqualTo(before);

    assertThat(operate.pause(reader.name(), false, ANN)).isTrue();
    reader.untilQuiet();

    assertThat(reader.effects()).containsExactly("a1", "b1", "a2", "b2", "a3");
    assertThat(reader.violations()).isEmpty();
  }

  @Test
  void leavesAParkedKeyAloneWhilePaused() {
    reader
        .when(
            what -> {
              if (what.equals("a1")) {
                throw new IllegalArgumentException("not yet");
              }
            })
        .publish("a1");
    reader.poller().pollOnce();
    assertThat(reader.parkedKeys()).containsExactly("a 1 FAILED");
    operate.pause(reader.name(), true, ANN);

    reader.when(what -> {}).later().untilQuiet();

    assertThat(reader.effects()).as("while paused").isEmpty();
    assertThat(reader.parkedKeys()).containsExactly("a 1 FAILED");

    operate.pause(reader.name(), false, ANN);
    reader.later().untilQuiet();

    assertThat(reader.effects()).containsExactly("a1");
  }
}

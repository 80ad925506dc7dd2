package commondata.subscription;

import static org.assertj.core.api.Assertions.assertThat;

import commondata.operate.Act;
import commondata.operate.DeadLetter;
import commondata.operate.DeadLetterFilter;
import commondata.operate.LetterAct;
import commondata.operate.Operate;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import testkit.TestDatabase;

/** Several dead letters of one key: what is treated first, and who waits for whom. */
final class LettersOfAKeyIT {

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();

  private static final Act ANN = new Act("ann", "the handler is mended");

  private final TestReader reader = new TestReader(DATABASE).set("max_attempts = 1");
  private final Operate operate =
      new Operate(DATABASE.login(Operate.READER), () -> DATABASE.login(Operate.OPERATOR));

  @Test
  void aSetGoesInTheOrderOfEventsWhateverTheNumbersAre() {
    reader.set("on_dead = 'SKIP'");
    long first = dies("a1");
    long second = dies("a2");
    operate.treat(first, LetterAct.REPLAY, ANN);
    reader.untilQuiet();
    long again = newest();
    assertThat(again).isGreaterThan(second);

    reader.when(what -> {});
    long set = operate.makeLetterSet(LetterAct.REPLAY, List.of(second, again), ANN);
    while (operate.nextInSet(set).isPresent()) {
      reader.untilQuiet();
    }

    assertThat(reader.effects()).containsExactly("a1", "a2");
  }

  @ParameterizedTest
  @CsvSource({"DISCARD, ''", "REPLAY, a1"})
  void anOlderLetterReleasesNoKeyThatAnotherOneHolds(LetterAct act, String effect) {
    reader.set("on_dead = 'SKIP'");
    long older = dies("a1");
    reader.set("on_dead = 'HOLD'");
    long holding = dies("a2");
    reader.publish("a3").when(what -> {}).untilQuiet();

    operate.treat(older, act, ANN);
    reader.untilQuiet();

    assertThat(String.join(" ", reader.effects())).isEqualTo(effect);
    assertThat(reader.violations()).isEmpty();

    operate.treat(holding, LetterAct.DISCARD, ANN);
    reader.untilQuiet();

    assertThat(String.join(" ", reader.effects())).isEqualTo((effect + " a3").strip());
    assertThat(reader.parkedKeys()).isEmpty();
    assertThat(reader.violations()).isEmpty();
  }

  @Test
  void aLetterThatHoldsNothingKeepsNoKeyWaiting() {
    reader.set("on_dead = 'SKIP'");
    dies("a1");
    reader.set("on_dead = 'HOLD'");
    long holding = dies("a2");
    reader.publish("a3").when(what -> {}).untilQuiet();

    operate.treat(holding, LetterAct.DISCARD, ANN);
    reader.untilQuiet();

    assertThat(reader.effects()).containsExactly("a3");
  }

  /** Makes an event a dead letter; returns its number. */
  private long dies(String event) {
    reader.when(
        what -> {
          throw new IllegalStateException("poison");
        });
    reader.publish(event).untilQuiet();
    return newest();
  }

  private long newest() {
    return operate
        .deadLetters(new DeadLetterFilter(reader.name(), "OPEN", null, null, null, null), 100)
        .stream()
        .mapToLong(DeadLetter::id)
        .max()
        .orElseThrow();
  }
}

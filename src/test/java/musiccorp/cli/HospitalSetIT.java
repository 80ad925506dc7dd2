package musiccorp.cli;

import static org.assertj.core.api.Assertions.assertThat;

import commondata.operate.Act;
import commondata.operate.LetterAct;
import commondata.operate.Operate;
import java.util.List;
import musiccorp.cli.Installation.Outcome;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.jdbc.core.simple.JdbcClient;
import scenario.SettledWorld;

/** Acts on many letters, at once or in two goes. */
final class HospitalSetIT {

  @RegisterExtension static final Installation INSTALLATION = new Installation();

  @BeforeAll
  static void settle() {
    SettledWorld.write(INSTALLATION.owner());
  }

  @Test
  void goesOnWithWhatIsLeft() {
    List<Long> letters = List.of(letter("left-1"), letter("left-2"), letter("left-3"));
    Operate operate = INSTALLATION.session().operate();
    long set = operate.makeLetterSet(LetterAct.REPLAY, letters, new Act("ann", "mended"));
    long done = operate.nextInSet(set).orElseThrow().letter();

    Outcome rest = resume(set);

    assertThat(rest.exitCode()).as(rest.err()).isZero();
    assertThat(rest.json().findValuesAsString("key"))
        .as("in the order of their events")
        .hasSize(2)
        .doesNotContain(operate.deadLetter(done).orElseThrow().key());
    assertThat(rest.json().findValuesAsString("result")).containsOnly("done");
    assertThat(states("left")).containsExactly("REPLAYED ann", "REPLAYED ann", "REPLAYED ann");

    Outcome again = resume(set);

    assertThat(again.exitCode()).isZero();
    assertThat(again.json()).isEmpty();
  }

  @Test
  void replaysAllOfAnError() {
    letter("known-1");
    long other = letter("other");
    letter("known-2");
    JdbcClient.create(INSTALLATION.owner())
        .sql("UPDATE commondata.dead_letter SET error_message = 'Bang' WHERE id = :id")
        .param("id", other)
        .update();

    Outcome replay =
        INSTALLATION.run("hospital", "replay", "--all", "--error", "boom", "--reason", "mended");

    assertThat(replay.exitCode()).as(replay.err()).isZero();
    assertThat(replay.err()).containsPattern("Set \\d+: 2 letters").contains("2 of 2 replayed");
    assertThat(states("known")).allMatch(state -> state.startsWith("REPLAYED")).hasSize(2);
    assertThat(states("other")).singleElement().asString().startsWith("OPEN");
  }

  @Test
  void previewsWhatIsOpenOnly() {
    long open = letter("seen-1");
    long closed = letter("seen-2");
    discard(closed);

    Outcome preview =
        INSTALLATION.run(
            "hospital", "replay", Long.toString(open), Long.toString(closed), "--dry-run");

    assertThat(preview.exitCode()).as(preview.err()).isZero();
    assertThat(preview.err()).contains("1 would be replayed");
    assertThat(
            INSTALLATION.run(
                "hospital", "confirm", Long.toString(open), "--seen", "9", "--dry-run"))
        .extracting(Outcome::err)
        .asString()
        .as("nothing is proposed")
        .contains("0 would be confirmed");
    discard(open);
  }

  /** Whoever gives both means those of the numbers that the filter lets through. */
  @Test
  void refusesNumbersWithAFilter() {
    long letter = letter("both-1");

    Outcome discard =
        INSTALLATION.run(
            "hospital",
            "discard",
            Long.toString(letter),
            "--subscription",
            "payment",
            "--reason",
            "x");

    assertThat(discard.exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(discard.err()).contains("filters go with --all");
    assertThat(states("both")).singleElement().asString().startsWith("OPEN");
    discard(letter);
  }

  @ParameterizedTest
  @CsvSource({
    "hospital resume 77, 3, There is no set 77",
    "hospital resume 77 --per-second 0, 2, --per-second 0 must be 1 or more",
    "hospital replay 77 --per-second 0 --reason x, 2, --per-second 0 must be 1 or more",
  })
  void saysWhatIsWrong(String line, int exitCode, String sentence) {
    Outcome outcome = INSTALLATION.run(line.split(" ", -1));

    assertThat(outcome.err()).contains(sentence);
    assertThat(outcome.exitCode()).isEqualTo(exitCode);
    assertThat(outcome.out()).isEmpty();
  }

  private static void discard(long letter) {
    INSTALLATION.session().operate().treat(letter, LetterAct.DISCARD, new Act("ann", "seen"));
  }

  private static long letter(String key) {
    return SettledWorld.deadLetter(INSTALLATION.owner(), key);
  }

  private static Outcome resume(long set) {
    return INSTALLATION.run(
        "hospital", "resume", Long.toString(set), "--per-second", "1000", "--json");
  }

  private static List<String> states(String prefix) {
    return JdbcClient.create(INSTALLATION.owner())
        .sql(
            """
            SELECT concat_ws(' ', d.state, d.closed_by)
            FROM commondata.dead_letter AS d
            WHERE starts_with(d.key, :prefix)
            ORDER BY d.id
            """)
        .param("prefix", prefix)
        .query(String.class)
        .list();
  }
}

package commondata.subscription;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import commondata.operate.Act;
import commondata.operate.LetterAct;
import commondata.operate.Operate;
import commondata.operate.RewoundPart;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import testkit.TestDatabase;

final class RewindIT {

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();

  private static final Act ACT = new Act("ann", "the rate was wrong");

  private TestReader reader = new TestReader(DATABASE);
  private long before;

  @BeforeEach
  void begin() {
    reader = new TestReader(DATABASE);
    reader.untilQuiet();
    before = head();
  }

  @Test
  void readsAgainFromAPositionInsideABatchAndKeepsOneReceiptAnEvent() {
    reader.publish("a1", "b1", "a2", "c1").untilQuiet();

    List<RewoundPart> parts = operate().rewind(reader.name(), "3:" + (before + 3), ACT);
    reader.untilQuiet();

    assertThat(parts).containsExactly(new RewoundPart(3, before + 4, before + 2, 2, 2, 0, 0));
    assertThat(reader.effects()).containsExactly("a1", "b1", "a2", "c1", "a2", "c1");
    assertThat(receipts("receipt_batch")).isEqualTo(4);
    assertThat(receipts("receipt_before_rewind")).isEqualTo(2);
    assertThat(reader.violations()).isEmpty();
    assertThat(operate().acts("subscription " + reader.name(), 10))
        .singleElement()
        .satisfies(
            act -> {
              assertThat(act.act()).isEqualTo("rewind");
              assertThat(act.actor()).isEqualTo("ann");
              assertThat(act.before()).isEqualTo("{\"3\": %d}".formatted(before + 4));
              assertThat(act.after()).isEqualTo("{\"3\": %d}".formatted(before + 2));
            });
  }

  @Test
  void whoeverBeganThereTheFirstTimeDoesNotLookDead() {
    reader.publish("a1").untilQuiet();
    assertThat(marks()).isPositive();

    operate().rewind(reader.name(), "3:" + before, ACT);

    assertThat(marks()).isZero();
  }

  private long marks() {
    return reader.number("SELECT count(*) FROM commondata.work_mark WHERE subscription = :name");
  }

  @Test
  void showsBeforeItActs() {
    reader.publish("a1", "b1").untilQuiet();
    long pos = reader.pos();

    assertThat(operate().rewindPlan(reader.name(), "3:" + (before + 1)))
        .containsExactly(new RewoundPart(3, before + 2, before, 2, 2, 0, 0));

    assertThat(reader.pos()).isEqualTo(pos);
    assertThat(receipts("receipt_batch")).isEqualTo(2);
    assertThat(operate().acts("subscription " + reader.name(), 10)).isEmpty();
  }

  @Test
  void rewindsTwice() {
    reader.publish("a1", "b1", "c1").untilQuiet();

    for (int pass = 1; pass <= 2; pass++) {
      operate().rewind(reader.name(), "3:" + (before + pass), ACT);
      assertThat(reader.violations()).isEmpty();
      reader.untilQuiet();
    }

    assertThat(reader.effects()).containsExactly("a1", "b1", "c1", "a1", "b1", "c1", "b1", "c1");
    assertThat(receipts("receipt_batch")).isEqualTo(3);
    assertThat(receipts("receipt_before_rewind")).isEqualTo(5);
    assertThat(reader.violations()).isEmpty();
  }

  @Test
  void takesParkedEventsAndDeadLettersBackSinceTheyComeAgain() {
    reader.set("on_dead = 'HOLD', max_attempts = 1");
    reader.when(
        what -> {
          if (what.equals("a1")) {
            throw new IllegalStateException("no rate");
          }
        });
    reader.publish("a1", "a2", "b1").untilQuiet();
    assertThat(reader.deadLetters()).hasSize(1);
    assertThat(reader.effects()).containsExactly("b1");

    List<RewoundPart> parts = operate().rewind(reader.name(), "3:" + (before + 1), ACT);

    assertThat(parts).containsExactly(new RewoundPart(3, before + 3, before, 3, 1, 1, 1));
    assertThat(reader.parkedKeys()).isEmpty();
    assertThat(
            reader.strings(
                "SELECT state || ': ' || reason FROM commondata.dead_letter WHERE subscription = :name"))
        .containsExactly("DISCARDED: its event comes again, by a rewind: the rate was wrong");

    reader.when(what -> {}).untilQuiet();
    assertThat(reader.effects()).containsExactly("b1", "a1", "a2", "b1");
    assertThat(reader.violations()).isEmpty();
  }

  @Test
  void closesALetterThatNeedsTwoOnlyWhenItNoLongerDoes() {
    reader.set("max_attempts = 1, four_eyes = true");
    reader
        .when(
            what -> {
              throw new IllegalStateException("no");
            })
        .publish("a1")
        .untilQuiet();
    long letter =
        reader.number("SELECT d.id FROM commondata.dead_letter AS d WHERE d.subscription = :name");
    operate().treat(letter, LetterAct.DISCARD, ACT);
    String proposals = "SELECT count(*) FROM commondata.letter_proposal WHERE letter = " + letter;
    assertThat(reader.number(proposals)).isEqualTo(1);
    assertThatThrownBy(() -> operate().rewind(reader.name(), "3:" + (before + 1), ACT))
        .rootCause()
        .hasMessageContaining("would close dead letters of")
        .hasMessageContaining("without a second person: 1");
    assertThat(reader.number(proposals)).as("nothing was done").isEqualTo(1);

    reader.set("four_eyes = false");
    operate().rewind(reader.name(), "3:" + (before + 1), ACT);

    assertThat(reader.number(proposals)).isZero();
  }

  @Test
  void takesAnEditBackWhoseCopyWaitsOnlyWhereOnePersonMay() {
    reader.set("max_attempts = 1").when(what -> fail()).publish("a1").untilQuiet();
    long letter =
        reader.number("SELECT d.id FROM commondata.dead_letter AS d WHERE d.subscription = :name");
    operate().edit(letter, "\"a9\"", ACT);
    reader.set("four_eyes = true");
    assertThatThrownBy(() -> operate().rewind(reader.name(), "3:" + (before + 1), ACT))
        .rootCause()
        .hasMessageContaining("without a second person: 1");

    reader.set("four_eyes = false");
    operate().rewind(reader.name(), "3:" + (before + 1), ACT);

    assertThat(
            reader.strings(
                """
                SELECT (payload #>> '{}') || ' ' || state || ': ' || reason
                FROM commondata.dead_letter
                WHERE subscription = :name
                ORDER BY id
                """))
        .containsExactly(
            "a1 EDITED: the rate was wrong",
            "a9 DISCARDED: its event comes again, by a rewind: the rate was wrong");
    reader.when(what -> {}).untilQuiet();
    assertThat(reader.effects()).containsExactly("a1");
    assertThat(reader.violations()).isEmpty();
  }

  private static void fail() {
    throw new IllegalStateException("no rate");
  }

  @Test
  void readsAgainFromATime() {
    reader.publish("a1").untilQuiet();
    String time =
        reader.strings("SELECT clock_timestamp()::text FROM (VALUES (:name)) AS v").get(0);
    reader.publish("a2").untilQuiet();

    operate().rewind(reader.name(), time, ACT);
    reader.untilQuiet();

    assertThat(reader.effects()).containsExactly("a1", "a2", "a2");
  }

  @Test
  void neverMovesAReaderForward() {
    reader.publish("a1");

    assertThat(operate().rewind(reader.name(), "now", ACT)).isEmpty();
    reader.untilQuiet();

    assertThat(reader.effects()).containsExactly("a1");
  }

  @Test
  void refusesPlacesThatAreNotInTheLog() {
    reader.publish("a1").untilQuiet();

    assertThatThrownBy(() -> operate().rewindPlan(reader.name(), "3:" + (before + 99)))
        .hasMessageContaining("is not in the log: part 3 has");
    assertThatThrownBy(() -> operate().rewindPlan(reader.name(), "8:1"))
        .hasMessageContaining("position \"8:1\" is not in the log: its parts are 0 to 7");
    assertThatThrownBy(() -> operate().rewindPlan(reader.name(), "yesterday-ish"))
        .hasMessageContaining("start \"yesterday-ish\" is not known");
    assertThatThrownBy(() -> operate().rewind("nobody", "beginning", ACT))
        .rootCause()
        .hasMessageContaining("subscription \"nobody\" does not exist");
    reader.sql(
        "UPDATE commondata.log_floor SET seq = %d WHERE part = 3 AND :name <> ''"
            .formatted(before));
    assertThatThrownBy(() -> operate().rewind(reader.name(), "3:" + before, ACT))
        .hasMessageContaining("part 3 has " + (before + 1) + " to");
    reader.sql("UPDATE commondata.log_floor SET seq = 0 WHERE :name <> ''");
  }

  private long head() {
    return reader.number(
        "SELECT h.head FROM commondata.part_head AS h WHERE h.part = 3 AND :name <> ''");
  }

  private long receipts(String table) {
    return reader.number(
        "SELECT coalesce(sum(cardinality(r.seqs)), 0) FROM commondata.%s AS r WHERE r.subscription = :name"
            .formatted(table));
  }

  private static Operate operate() {
    return new Operate(DATABASE.login(Operate.READER), () -> DATABASE.login(Operate.OPERATOR));
  }
}

package commondata.subscription;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import commondata.event.PayloadError;
import commondata.fault.FaultPoint;
import commondata.operate.Act;
import commondata.operate.ActEntry;
import commondata.operate.Alarm;
import commondata.operate.DeadLetter;
import commondata.operate.DeadLetterFilter;
import commondata.operate.DeadLetterGroup;
import commondata.operate.LetterAct;
import commondata.operate.LetterResult;
import commondata.operate.LetterStep;
import commondata.operate.Operate;
import commondata.operate.PayloadChange;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import testkit.Faults;
import testkit.TestDatabase;

/** What an operator does with dead letters, and what becomes of them. */
final class HospitalIT {

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();

  private static final Act ANN = new Act("ann", "the handler is mended");
  private static final Act BOB = new Act("bob", "looked at it, too");

  private final TestReader reader = new TestReader(DATABASE).set("max_attempts = 1");
  private final Operate operate =
      new Operate(DATABASE.login(Operate.READER), () -> DATABASE.login(Operate.OPERATOR));

  @Test
  void replaysFromTheCopyWhenTheLogIsGone() {
    long letter = dies("a1");
    DATABASE
        .superuser()
        .sql("DELETE FROM commondata.outbox WHERE type = 'test.happened-' || :name")
        .param("name", reader.name())
        .update();

    assertThat(operate.treat(letter, LetterAct.REPLAY, ANN)).isEqualTo(LetterResult.DONE);
    reader.when(what -> {}).untilQuiet();

    assertThat(reader.effects()).containsExactly("a1");
    DATABASE
        .superuser()
        .sql(
            """
            DELETE FROM commondata.outbox_seq AS q
            WHERE EXISTS (SELECT FROM unnest(q.types) AS u (type) WHERE u.type ~ '^test')
            """)
        .update();
  }

  @Test
  void replaysLettersOfAKeyInTheirOrderWhicheverIsFirst() {
    reader.set("on_dead = 'SKIP'");
    List<Long> letters = List.of(dies("a1"), dies("a2"), dies("a3"));

    operate.treat(letters.get(2), LetterAct.REPLAY, ANN);
    operate.treat(letters.get(0), LetterAct.REPLAY, ANN);
    operate.treat(letters.get(1), LetterAct.REPLAY, ANN);
    reader.when(what -> {}).publish("a4").untilQuiet();

    assertThat(reader.effects()).containsExactly("a1", "a2", "a3", "a4");
  }

  /** They wait because somebody wants them done, not because something is broken. */
  @Test
  void lettersThatWaitForTheirReplayPauseNoPart() {
    List<Long> letters = List.of(dies("a1"), dies("b1"));
    reader.set("max_keys = 2, max_attempts = 5, backoff_ms = 600000, backoff_max_ms = 600000");
    reader.publish("c1");
    Poller poller = reader.poller();
    letters.forEach(letter -> operate.treat(letter, LetterAct.REPLAY, ANN));
    reader.sql(
        """
        UPDATE commondata.parked_key
        SET next_attempt_at = clock_timestamp() + interval '1 hour'
        WHERE subscription = :name
        """);

    poller.pollOnce();

    assertThat(reader.isPaused()).isFalse();
    assertThat(reader.parkedKeys()).hasSize(3);
  }

  @Test
  void aReplayedLetterThatFailsAgainIsALetterAgain() {
    long first = dies("a1");
    operate.treat(first, LetterAct.REPLAY, ANN);
    reader.untilQuiet();

    assertThat(reader.deadLetters())
        .containsExactly("a1 1 IllegalStateException", "a1 2 IllegalStateException");
    assertThat(open()).hasSize(1).noneMatch(letter -> letter.id() == first);
  }

  @Test
  void ringsAsLongAsALetterIsOpen() {
    reader.set("on_dead = 'HOLD'");
    long letter = dies("a1");
    reader.publish("a2").untilQuiet();

    assertThat(alarm())
        .singleElement()
        .asString()
        .matches("1 open, the oldest since .*Z: keys held until they are treated: 1\\. .*");

    operate.treat(letter, LetterAct.DISCARD, ANN);
    assertThat(alarm()).isEmpty();
  }

  @Test
  void ringsIfNobodyTriesAParkedEventAgain() {
    reader.set("max_attempts = 5, backoff_ms = 600000, backoff_max_ms = 600000");
    reader.when(
        what -> {
          throw new IllegalStateException("poison");
        });
    reader.publish("a1").untilQuiet();
    assertThat(alarm("parked-overdue")).isEmpty();

    DATABASE
        .superuser()
        .sql(
            """
            UPDATE commondata.parked_key
            SET next_attempt_at = next_attempt_at - interval '2 hours'
            """)
        .update();

    assertThat(alarm("parked-overdue"))
        .singleElement()
        .asString()
        .matches("parked keys that are due for another try since .*Z and get none: 1\\. .*");
  }

  @Test
  void anEditedPayloadHasToFitTheSchemaOfItsEvent() {
    long letter = dies("a1");
    DATABASE
        .superuser()
        .sql(
            """
            UPDATE commondata.event_type
            SET schema = '{
                "type": "object",
                "required": ["id"],
                "properties": {
                    "id": {"type": "string"},
                    "lines": {"items": {"properties": {"price": {"type": "number"}}}}
                }
            }'
            WHERE type = 'test.happened-' || :name
            """)
        .param("name", reader.name())
        .update();
    String unfit = "{\"lines\":[{\"price\":1},{\"price\":\"ann\"}]}";

    assertThat(operate.payloadErrors(letter, unfit))
        .as("all of them, none with its value")
        .containsExactlyInAnyOrder(
            new PayloadError("", "required property 'id' not found"),
            new PayloadError("/lines/1/price", "string found, number expected"));
    assertThat(operate.edit(letter, unfit, ANN)).isEqualTo(LetterResult.UNFIT);
    assertThat(open()).extracting(DeadLetter::id).contains(letter);

    assertThat(operate.edit(letter, "{\"id\":\"a9\"}", ANN)).isEqualTo(LetterResult.DONE);
  }

  @Test
  void aReaderCanNotGuessWhatIsMasked() {
    long letter = dies("a1");

    assertThatThrownBy(
            () ->
                DATABASE
                    .login(Operate.READER)
                    .jdbc()
                    .sql("SELECT * FROM commondata.letter_changes(:letter, '\"a1\"')")
                    .param("letter", letter)
                    .query()
                    .listOfRows())
        .rootCause()
        .hasMessageContaining("permission denied for function letter_changes");
  }

  @Test
  void anEditedLetterReachesItsReaderAndNobodyElse() {
    long letter = dies("a1");
    long published = reader.number("SELECT count(*) FROM commondata.outbox");

    assertThat(operate.changes(letter, "\"a9\""))
        .containsExactly(new PayloadChange("", "\"***\"", "\"***\""));
    assertThat(operate.edit(letter, "\"a9\"", ANN)).isEqualTo(LetterResult.DONE);
    reader.when(what -> {}).untilQuiet();

    assertThat(reader.effects()).containsExactly("a9");
    assertThat(reader.number("SELECT count(*) FROM commondata.outbox")).isEqualTo(published);
    DeadLetter original = operate.deadLetter(letter).orElseThrow();
    assertThat(original.state()).isEqualTo("EDITED");
    assertThat(
            reader.strings(
                """
                SELECT payload #>> '{}'
                FROM commondata.dead_letter
                WHERE subscription = :name
                ORDER BY id
                """))
        .as("the original keeps its own")
        .containsExactly("a1", "a9");
    assertThat(letters())
        .filteredOn(each -> Objects.equals(each.editedFrom(), letter))
        .singleElement()
        .satisfies(
            copy -> {
              assertThat(copy.state()).isEqualTo("REPLAYED");
              assertThat(copy.eventId()).isNotEqualTo(original.eventId());
            });
    assertThat(operate.acts("dead letter " + letter, 9))
        .extracting(ActEntry::act, ActEntry::actor)
        .containsExactly(tuple("edit", "ann"));
  }

  @Test
  void tellsWhereTwoPayloadsDiffer() {
    assertThat(
            DATABASE
                .superuser()
                .sql(
                    """
                    SELECT pointer || ' ' || coalesce(was::text, '-') || ' '
                        || coalesce(is_now::text, '-')
                    FROM commondata.json_diff(
                        '{"a": {"b": [1, 2], "c~/": 1}, "gone": 1}',
                        '{"a": {"b": [1, 3, 4], "c~/": 2}, "new": null}')
                    """)
                .query(String.class)
                .list())
        .containsExactly("/a/b/1 2 3", "/a/b/2 - 4", "/a/c~0~1 1 2", "/gone 1 -", "/new - null");
  }

  @Test
  void groupsLettersThatFailedAlike() {
    reader.when(
        what -> {
          throw new IllegalStateException(
              what.startsWith("a")
                  ? "order \"" + what + "\" of customer 17 is not known"
                  : "disk " + what);
        });
    reader.publish("a1", "a2", "a3", "b1").untilQuiet();

    List<DeadLetterGroup> groups =
        operate.deadLetterGroups(
            new DeadLetterFilter(reader.name(), "OPEN", null, null, null, null));

    assertThat(groups)
        .extracting(DeadLetterGroup::errorPattern, DeadLetterGroup::letters, DeadLetterGroup::keys)
        .containsExactly(
            tuple("order \"#\" of customer # is not known", 3L, 1L), tuple("disk b#", 1L, 1L));
    assertThat(
            operate.deadLetters(
                new DeadLetterFilter(reader.name(), null, null, null, null, groups.get(0).group()),
                10))
        .hasSize(3);
  }

  @Test
  void aSetIsFrozenAndGoesOnAfterACrash() {
    List<Long> letters = IntStream.range(1, 6).mapToObj(i -> dies("a" + i)).toList();
    long set = operate.makeLetterSet(LetterAct.REPLAY, letters, ANN);
    long later = dies("b1");
    operate.nextInSet(set);
    try (Faults faults = Faults.dieAt(FaultPoint.HOSPITAL_DONE)) {
      assertThatThrownBy(() -> operate.nextInSet(set)).isInstanceOf(Faults.Died.class);
      assertThat(faults.hits(FaultPoint.HOSPITAL_DONE)).isOne();
    }

    int rest = 0;
    while (operate.nextInSet(set).isPresent()) {
      rest++;
    }

    assertThat(rest).as("of five, two were done").isEqualTo(3);
    for (long letter : letters) {
      assertThat(operate.acts("dead letter " + letter, 9)).as("acts on %s", letter).hasSize(1);
    }
    assertThat(operate.deadLetter(later)).map(DeadLetter::state).contains("OPEN");
    reader.when(what -> {}).untilQuiet();
    assertThat(reader.effects()).containsExactly("a1", "a2", "a3", "a4", "a5");
  }

  @Test
  void twoOperatorsHaveOneEffect() {
    long letter = dies("a1");

    List<LetterResult> results =
        IntStream.range(0, 6)
            .mapToObj(
                i ->
                    CompletableFuture.supplyAsync(
                        () ->
                            operate.treat(
                                letter, i % 2 == 0 ? LetterAct.REPLAY : LetterAct.DISCARD, ANN)))
            .toList()
            .stream()
            .map(CompletableFuture::join)
            .toList();

    assertThat(results).containsOnlyOnce(LetterResult.DONE).contains(LetterResult.NOT_OPEN);
    assertThat(operate.acts("dead letter " + letter, 9)).hasSize(1);
  }

  @Test
  void fourEyesNeedASecondOperator() {
    reader.set("four_eyes = true");
    long letter = dies("a1");

    assertThat(operate.confirm(letter, 99, BOB)).isEqualTo(LetterResult.NOT_OPEN);
    assertThat(operate.edit(letter, "\"a9\"", ANN)).isEqualTo(LetterResult.PROPOSED);
    assertThat(operate.deadLetter(letter))
        .hasValueSatisfying(
            waiting -> {
              assertThat(waiting.state()).isEqualTo("OPEN");
              assertThat(waiting.proposed()).isEqualTo("edit");
              assertThat(waiting.proposedBy()).isEqualTo("ann");
            });
    assertThat(operate.proposedChanges(letter))
        .containsExactly(new PayloadChange("", "\"***\"", "\"***\""));
    assertThat(operate.revealProposedChanges(letter, BOB))
        .containsExactly(new PayloadChange("", "\"a1\"", "\"a9\""));
    assertThat(operate.confirm(letter, proposal(letter), ANN)).isEqualTo(LetterResult.SAME_ACTOR);
    assertThat(operate.confirm(letter, proposal(letter), BOB)).isEqualTo(LetterResult.DONE);
    assertThat(operate.proposedChanges(letter)).isEmpty();

    reader.when(what -> {}).untilQuiet();
    assertThat(reader.effects()).containsExactly("a9");
    assertThat(operate.acts("dead letter " + letter, 9))
        .extracting(ActEntry::act, ActEntry::actor)
        .containsExactly(
            tuple("edit", "bob"), tuple("reveal", "bob"), tuple("propose edit", "ann"));
  }

  @Test
  void whatIsConfirmedIsWhatWasSeen() {
    reader.set("four_eyes = true");
    long letter = dies("a1");
    operate.edit(letter, "\"a8\"", ANN);
    long seen = proposal(letter);
    operate.edit(letter, "\"a9\"", ANN);

    assertThat(operate.confirm(letter, seen, BOB)).isEqualTo(LetterResult.UNSEEN);
    long set = operate.makeConfirmSet(List.of(letter), seen, BOB);
    assertThat(operate.nextInSet(set)).map(LetterStep::result).contains(LetterResult.UNSEEN);
    assertThat(operate.deadLetter(letter)).map(DeadLetter::state).contains("OPEN");

    assertThat(operate.confirm(letter, proposal(letter), BOB)).isEqualTo(LetterResult.DONE);
    reader.when(what -> {}).untilQuiet();
    assertThat(reader.effects()).containsExactly("a9");
  }

  @Test
  void whoConfirmsSaysWhatHeHasSeen() {
    assertThatThrownBy(
            () ->
                DATABASE
                    .login("commondata_operator")
                    .jdbc()
                    .sql("SELECT commondata.act_on_letter(1, 'confirm', 'bob', 'seen it')")
                    .query()
                    .singleValue())
        .rootCause()
        .hasMessageContaining("act \"confirm\" on dead letter 1 needs the number of a proposal");
  }

  private long proposal(long letter) {
    return operate.deadLetter(letter).map(DeadLetter::proposal).orElseThrow();
  }

  @Test
  void onlyTheOperatorMayAct() {
    long letter = dies("a1");

    for (String login : List.of("commondata_console", TestReader.LOGIN, "order_service")) {
      assertThatThrownBy(
              () ->
                  DATABASE
                      .login(login)
                      .jdbc()
                      .sql("SELECT commondata.act_on_letter(:letter, 'discard', 'eve', 'why not')")
                      .param("letter", letter)
                      .query()
                      .listOfRows())
          .rootCause()
          .hasMessageContaining("permission denied");
    }
    assertThat(operate.deadLetter(letter)).map(DeadLetter::state).contains("OPEN");
    assertThat(operate.treat(999_999, LetterAct.REPLAY, ANN)).isEqualTo(LetterResult.MISSING);
  }

  /** Makes an event a dead letter; returns its number. */
  private long dies(String event) {
    reader.when(
        what -> {
          throw new IllegalStateException("poison");
        });
    reader.publish(event).untilQuiet();
    return open().stream().mapToLong(DeadLetter::id).max().orElseThrow();
  }

  private List<String> alarm() {
    return alarm("dead-letters");
  }

  private List<String> alarm(String name) {
    return operate.alarms(Duration.ofDays(30)).stream()
        .filter(alarm -> alarm.name().equals(name))
        .filter(alarm -> alarm.subject().equals(reader.name()))
        .map(Alarm::detail)
        .toList();
  }

  private List<DeadLetter> open() {
    return operate.deadLetters(
        new DeadLetterFilter(reader.name(), "OPEN", null, null, null, null), 100);
  }

  private List<DeadLetter> letters() {
    return operate.deadLetters(
        new DeadLetterFilter(reader.name(), null, null, null, null, null), 100);
  }
}

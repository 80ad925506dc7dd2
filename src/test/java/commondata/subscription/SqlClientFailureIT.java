package commondata.subscription;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import commondata.database.SqlStates;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.Locale;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a program that speaks nothing but SQL refuses waits, dies or pauses as it does in Java. */
final class SqlClientFailureIT extends SqlClientSteps {

  SqlClientFailureIT() throws SQLException {}

  @Test
  void pausesThePartInsteadOfParkingKeysWithoutEnd() throws SQLException {
    configure("max_keys = 2, backoff_ms = 600000, backoff_max_ms = 600000");
    publish("a-1", "a-2", "a-3", "a-4", "a-5", "a-6");

    refuseAllOneByOne("no");

    assertThat(parked()).hasSize(2);
    assertThat(pauses()).isNotEmpty().allMatch(why -> why.startsWith("2 other keys have failed"));
    assertThat(deadLetters()).isZero();

    letPausesBeOver();
    configure("max_keys = 1000");
    drain();
    drain();
    assertThat(effects()).hasSize(6);
  }

  @Test
  void takesManyFailuresAtOnceForAnOutage() throws SQLException {
    configure("backoff_ms = 600000, backoff_max_ms = 600000");
    publish(keysOfOnePart(3).toArray(String[]::new));

    refuseAllOneByOne("no answer', 'Timeout', 'TRANSIENT");

    assertThat(parked()).hasSize(2).allMatch(key -> key.endsWith("0 attempts"));
    assertThat(pauses()).containsExactly("many keys fail: no answer");
  }

  @Test
  void pausesThePartOfAnEventThatCanNotBeHandledNow() throws SQLException {
    configure("backoff_ms = 600000, backoff_max_ms = 600000");
    publish("a", "a");
    begin();

    fail(take(10).get(0), "the bank is closed', 'Closed', 'UNAVAILABLE");
    finish();
    client.commit();

    assertThat(pauses()).containsExactly("not available: the bank is closed");
    assertThat(parked()).isEmpty();
    letPausesBeOver();
    assertThat(drain()).isEqualTo(2);
    assertThat(effects()).containsExactly("a", "a");
  }

  @Test
  void pausesThePartBehindWhatCouldBeHandled() throws SQLException {
    configure("backoff_ms = 600000, backoff_max_ms = 600000");
    List<String> keys = keysOfOnePart(2);
    publish(keys.get(0), keys.get(1));
    begin();

    fail(take(10).get(1), "the bank is closed', 'Closed', 'UNAVAILABLE");
    work();
    finish();
    client.commit();

    assertThat(effects()).containsExactly(keys.get(0));
    assertThat(pauses()).containsExactly("not available: the bank is closed");
    assertThat(parked())
        .containsExactly(keys.get(1) + ": Closed the bank is closed, 1 waiting, 0 attempts");
  }

  @Test
  void makesADeadLetterAtOnceOfWhatWillNeverWork() throws SQLException {
    publish("a");
    begin();

    fail(take(10).get(0), "no such order', 'Unknown', 'PERMANENT");
    finish();
    client.commit();

    assertThat(deadLetters()).isEqualTo(1);
    assertThat(parked()).isEmpty();
  }

  @Test
  void refusesACauseThatNobodyKnows() throws SQLException {
    publish("a");
    begin();
    long seq = take(10).get(0);

    assertThatThrownBy(() -> fail(seq, "no', 'No', 'SOMEHOW"))
        .hasMessageContaining("cause \"SOMEHOW\"");
    client.rollback();
  }

  @Test
  void parksTheKeyOfARefusedEventWithItsFollowersOnly() throws SQLException {
    DATABASE
        .superuser()
        .sql("UPDATE commondata.subscription SET backoff_ms = 60000, backoff_max_ms = 60000")
        .update();
    publish("a", "b", "a", "a", "c");
    begin();
    for (List<Long> batch = take(10); !batch.isEmpty(); batch = take(10)) {
      List<Long> ofKey = seqsOf("a");
      if (ofKey.size() == 3) {
        assertThat(fail(ofKey.get(1), "no amount")).isEqualTo(ofKey.subList(1, 3));
        assertThat(seqsOf("a")).as("what comes before it stays").isEqualTo(ofKey.subList(0, 1));
      }
      work();
      finish();
      client.commit();
      begin();
    }
    client.commit();

    assertThat(effects()).containsExactlyInAnyOrder("a", "b", "c");
    assertThat(receipts()).isEqualTo(3);
    assertThat(parked()).containsExactly("a: Refused no amount, 2 waiting, 1 attempts");
  }

  @Test
  void triesAParkedEventAgainAndThenItsFollowers() throws SQLException {
    publish("a", "a");
    refuseTheFirst();

    assertThat(drain()).isEqualTo(2);

    assertThat(effects()).containsExactly("a", "a");
    assertThat(parked()).isEmpty();
    assertThat(receipts()).isEqualTo(2);
  }

  @Test
  void makesADeadLetterOfAnEventRefusedTooOften() throws SQLException {
    publish("a", "a");
    refuseTheFirst();
    refuseTheFirst();

    assertThat(drain()).as("its follower goes on").isEqualTo(1);

    assertThat(
            DATABASE
                .superuser()
                .sql(
                    """
                    SELECT d.error_class || ': ' || d.error_message || ' after ' || d.attempts
                    FROM commondata.dead_letter AS d
                    WHERE d.subscription = :name
                    """)
                .param("name", name)
                .query(String.class)
                .list())
        .containsExactly("Refused: no after 2");
  }

  @Test
  void forgetsARefusalThatIsRolledBack() throws SQLException {
    publish("a");
    begin();
    fail(take(10).get(0), "no");
    finish();
    client.rollback();

    assertThat(parked()).isEmpty();
    assertThat(drain()).isEqualTo(1);
  }

  @Test
  void countsAnOutageAgainstNobody() throws SQLException {
    publish("a");
    begin();
    long seq = take(10).get(0);

    assertThatThrownBy(
            () ->
                execute(
                    "SELECT commondata.fail('%s', %d, 'deadlock', '40P01')".formatted(name, seq)))
        .hasMessageContaining("is an outage")
        .extracting(e -> ((SQLException) e).getSQLState())
        .isEqualTo("40P01");

    client.rollback();
    assertThat(parked()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "08006", "25006", "25P03", "25P04", "40001", "40003", "40P01", "53100", "53200", "53300",
        "53400", "55P03", "57000", "57014", "57P01", "57P02", "57P03", "57P04", "57P05", "58000",
        "58030", "22012"
      })
  void knowsTheSameOutagesAsThePollerInJava(String state) throws SQLException {
    publish("a");
    begin();
    long seq = take(10).get(0);
    boolean isOutage = Failure.isOutage(new SQLException("so", state));

    // Caught there: the pool closes a connection that says so.
    ThrowingCallable refusal =
        () ->
            execute(
                """
                DO $$
                BEGIN
                    PERFORM commondata.fail('%s', %d, 'so', '%s');
                EXCEPTION
                    WHEN OTHERS THEN
                        RAISE EXCEPTION '%%', SQLERRM;
                END
                $$
                """
                    .formatted(name, seq, state));

    if (isOutage) {
      assertThatThrownBy(refusal).hasMessageContaining("is an outage");
    } else {
      assertThatCode(refusal).doesNotThrowAnyException();
    }
    client.rollback();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          22P02 | no uuid: "Zoë "Müller"" | no uuid: "***"
          22003 | value "Zoë" is out of range | value "***" is out of range
          22007 | ungültige Eingabe: »Zoë« | ungültige Eingabe: "***"
          22P02 | no uuid: "Zoë~Müller" | no uuid: "***"
          22P02 | no uuid: "1"~DETAIL: Zoë | no uuid: "***"
          23505 | violates "index"~DETAIL: Key (name)=(Zoë) exists. | violates "index"
          42703 | column "name" does not exist~LINE 1 | column "name" does not exist~LINE 1
          """)
  void keepsNoValueThatTheServerQuotes(String state, String said, String kept) throws SQLException {
    publish("a");
    begin();

    fail(take(10).get(0), said.replace('~', '\n') + "', '" + state);
    finish();
    client.commit();

    assertThat(parked())
        .containsExactly(
            "a: %s %s, 1 waiting, 1 attempts".formatted(state, kept.replace('~', '\n')));
  }

  @Test
  void knowsAndDocumentsNoOtherOutagesThanJava() throws IOException {
    List<String> inJava =
        IntStream.range(0, 100 * 36 * 100)
            .mapToObj(n -> "%02d%s%02d".formatted(n / 3600, base36(n / 100 % 36), n % 100))
            .filter(state -> SqlStates.isOutage(state) && !state.startsWith("08"))
            .sorted()
            .toList();
    String inSql =
        strings(
                """
                SELECT pg_get_functiondef(p.oid)
                FROM pg_proc AS p
                WHERE p.oid::regproc = 'commondata.fail'::regproc AND :name <> ''
                """)
            .get(0);
    String page = Files.readString(Path.of("docs", "reference", "sql.md"));

    assertThat(statesIn(inSql, "IN \\(([^)]*)\\)")).isEqualTo(inJava);
    assertThat(statesIn(page, "SQLSTATE of an outage \\(class 08,([^)]*)\\)")).isEqualTo(inJava);
  }

  private static String base36(int digit) {
    return Integer.toString(digit, 36).toUpperCase(Locale.ROOT);
  }

  private static List<String> statesIn(String text, String list) {
    Matcher matcher = Pattern.compile(list).matcher(text);
    assertThat(matcher.find()).as(list).isTrue();
    return Pattern.compile("\\w{5}")
        .matcher(matcher.group(1))
        .results()
        .map(MatchResult::group)
        .sorted()
        .toList();
  }

  @Test
  void refusesAnEventOnlyWhileItsBatchIsOpen() throws SQLException {
    publish("a");

    assertThatThrownBy(() -> fail(1, "no"))
        .hasMessageContaining("event 1 is not in an open batch of \"" + name + "\"");
  }
}

package commondata.subscription;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A program that speaks nothing but SQL may refuse many events of one batch, in any order. */
final class SqlClientRefusalsIT extends SqlClientSteps {

  SqlClientRefusalsIT() throws SQLException {}

  @Test
  void theEarliestRefusedEventOfAKeyFailsInWhateverOrderTheyAreRefused() throws SQLException {
    for (List<Integer> order : List.of(List.of(0, 2), List.of(2, 0))) {
      subscribe();
      configure("backoff_ms = 60000, backoff_max_ms = 60000");
      List<String> keys = keysOfOnePart(2);
      publish(keys.get(0), keys.get(1), keys.get(0), keys.get(0));
      begin();
      List<Long> batch = take(10);
      List<Long> ofKey = List.of(batch.get(0), batch.get(2), batch.get(3));

      for (int which : order) {
        assertThat(fail(batch.get(which), "no " + which))
            .as("what to leave alone behind the refused one, in the order %s", order)
            .isEqualTo(which == 0 ? ofKey : ofKey.subList(1, 3));
      }
      work();

      assertThat(finish()).isEqualTo(4);
      client.commit();
      assertThat(effects()).containsExactly(keys.get(1));
      assertThat(parked()).containsExactly(keys.get(0) + ": Refused no 0, 3 waiting, 1 attempts");
    }
  }

  @Test
  void aSetOfEventsIsRefusedByOneStatement() throws SQLException {
    for (String order : List.of("ASC", "DESC")) {
      subscribe();
      configure("backoff_ms = 60000, backoff_max_ms = 60000");
      List<String> keys = keysOfOnePart(2);
      publish(keys.get(0), keys.get(1), keys.get(0), keys.get(0));
      begin();
      take(10);

      execute(
          """
          SELECT commondata.fail('%1$s', b.seq, 'no')
          FROM (SELECT o.* FROM commondata.open_batch('%1$s') AS o ORDER BY o.seq %3$s) AS b
          WHERE b.key = '%2$s'
          """
              .formatted(name, keys.get(0), order));
      work();
      finish();
      client.commit();

      assertThat(effects()).as(order).containsExactly(keys.get(1));
      assertThat(parked())
          .as(order)
          .containsExactly(keys.get(0) + ": Refused no, 3 waiting, 1 attempts");
      letParkedKeysBeDue();
      drain();
      assertThat(effects()).as("in the end, %s", order).hasSize(4);
    }
  }

  @Test
  void threeThatFailInOneBatchAreAnOutageWhichCostsNoAttempt() throws SQLException {
    configure("backoff_ms = 600000, backoff_max_ms = 600000, max_attempts = 1");
    List<String> keys = keysOfOnePart(4);
    publish(keys.toArray(String[]::new));

    refuseFrom(1, "no answer', 'Timeout', 'TRANSIENT");

    assertThat(effects()).containsExactly(keys.get(0));
    assertThat(pauses()).containsExactly("many keys fail: no answer");
    assertThat(deadLetters()).isZero();
    assertThat(parked()).hasSize(3).allMatch(key -> key.endsWith("1 waiting, 0 attempts"));
    begin();
    assertThat(take(10)).as("they wait as long as their part").isEmpty();
    client.rollback();

    letPausesBeOver();
    assertThat(drain()).isEqualTo(3);
    assertThat(effects()).containsExactlyElementsOf(keys);
  }

  @Test
  void anOutageInWhichNothingCouldBeDoneLeavesThePartAsItIs() throws SQLException {
    configure("backoff_ms = 600000, backoff_max_ms = 600000, max_attempts = 1");
    publish(keysOfOnePart(5).toArray(String[]::new));

    refuseFrom(0, "no answer', 'Timeout', 'TRANSIENT");

    assertThat(pauses()).containsExactly("many keys fail: no answer");
    assertThat(deadLetters()).isZero();
    assertThat(parked()).isEmpty();
    letPausesBeOver();
    assertThat(drain()).isEqualTo(5);
  }

  @Test
  void twoThatFailInOneBatchAreNoOutage() throws SQLException {
    configure("backoff_ms = 600000, backoff_max_ms = 600000");
    publish(keysOfOnePart(3).toArray(String[]::new));

    refuseFrom(1, "no answer', 'Timeout', 'TRANSIENT");

    assertThat(pauses()).isEmpty();
    assertThat(parked()).hasSize(2).allMatch(key -> key.endsWith("1 attempts"));
  }

  @Test
  void whatIsNotAvailableCostsNoAttemptBesideWhatCouldBeHandled() throws SQLException {
    configure("backoff_ms = 600000, backoff_max_ms = 600000, max_attempts = 1");
    publish(keysOfOnePart(2).toArray(String[]::new));

    refuseFrom(1, "the bank is closed', 'Closed', 'UNAVAILABLE");

    assertThat(pauses()).containsExactly("not available: the bank is closed");
    assertThat(deadLetters()).isZero();
    assertThat(parked()).hasSize(1).allMatch(key -> key.endsWith("0 attempts"));
  }

  @Test
  void oneMoreThanMayBeParkedCostsNoAttempt() throws SQLException {
    configure("backoff_ms = 600000, backoff_max_ms = 600000, max_keys = 2");
    publish(keysOfOnePart(4).toArray(String[]::new));

    refuseFrom(1, "no");

    assertThat(pauses()).containsExactly("2 other keys have failed: no");
    assertThat(parked()).hasSize(3).allMatch(key -> key.endsWith("0 attempts"));
  }

  @Test
  void asManyAsMayBeParkedAreCounted() throws SQLException {
    configure("backoff_ms = 600000, backoff_max_ms = 600000, max_keys = 2");
    publish(keysOfOnePart(3).toArray(String[]::new));

    refuseFrom(1, "no");

    assertThat(pauses()).isEmpty();
    assertThat(parked()).hasSize(2).allMatch(key -> key.endsWith("1 attempts"));
  }

  @Test
  void deadLettersTakeNoRoomOfKeysThatWait() throws SQLException {
    configure("backoff_ms = 600000, backoff_max_ms = 600000, max_keys = 1, max_attempts = 1");
    publish(keysOfOnePart(4).toArray(String[]::new));

    refuseFrom(1, "no");

    assertThat(pauses()).isEmpty();
    assertThat(deadLetters()).isEqualTo(3);
  }

  /** Takes one batch and refuses its events but the first ones, which are handled. */
  private void refuseFrom(int first, String reason) throws SQLException {
    begin();
    List<Long> batch = take(10);
    for (long seq : batch.subList(first, batch.size())) {
      fail(seq, reason);
    }
    work();
    finish();
    client.commit();
    client.setAutoCommit(true);
  }
}

package commondata.subscription;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import testkit.TestDatabase;

/** Where thousands of keys wait, reading on costs no more than where none does. */
final class ManyWaitIT {

  private static final int KEYS = 5_000;

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();

  private final TestReader reader = new TestReader(DATABASE);

  @AfterEach
  void freeKeys() {
    reader.sql("DELETE FROM commondata.parked_key WHERE subscription = :name AND key ~ '^parked'");
  }

  @Test
  void aBatchReadsFewOfTheKeysThatAreParked() {
    parkKeys();
    reader.publish("a1");
    new Sequencer(DATABASE.login(Sequencer.LOGIN), 0).stamp();

    assertThat(parkedKeysRead(TestReader.LOGIN, this::nextBatch)).isLessThan(100);
  }

  @Test
  void theEndOfABatchReadsFewOfTheKeysThatAreParked() {
    parkKeys();
    reader.publish("a1");
    new Sequencer(DATABASE.login(Sequencer.LOGIN), 0).stamp();

    assertThat(parkedKeysRead(TestReader.LOGIN, this::nextBatchFinished)).isLessThan(100);
  }

  @Test
  void aLookReadsFewOfTheKeysThatAreParked() {
    parkKeys();
    reader.publish("a1");

    assertThat(parkedKeysRead(Sequencer.LOGIN, this::look)).isLessThan(100);
  }

  /** A version of its cursor each would make every look at it longer, in the same transaction. */
  @Test
  void delayedEventsThatComeTogetherArePassedTogether() {
    publishLater();
    reader.publish("a1");
    new Sequencer(DATABASE.login(Sequencer.LOGIN), 0).stamp();

    assertThat(
            inTransaction(
                TestReader.LOGIN,
                this::nextBatch,
                "SELECT n_tup_upd FROM pg_stat_xact_user_tables WHERE relname = 'cursor'"))
        .isLessThanOrEqualTo(KEYS / 100 + 1);

    assertThat(
            reader.strings(
                """
                SELECT count(*) || ' keys, ' || sum(k.chain) || ' events'
                FROM commondata.parked_key AS k
                WHERE k.subscription = :name
                  AND k.cause = 'DELAYED'
                  AND k.next_attempt_at > now() + interval '23 hours'
                """))
        .containsExactly("%1$d keys, %1$d events".formatted(KEYS));
    assertThat(reader.violations()).isEmpty();
    reader.untilQuiet();
    assertThat(reader.effects()).containsExactly("a1");
  }

  @Test
  void aLookForRetriesReadsFewOfTheKeysThatAreNotDue() {
    parkKeys();

    assertThat(parkedKeysRead(TestReader.LOGIN, this::beginRetry)).isLessThan(100);
  }

  private void parkKeys() {
    reader.sql(
        """
        INSERT INTO commondata.parked_key (
            subscription, part, key, chain, cause, next_attempt_at)
        SELECT :name, n %% 8, 'parked-' || n, 1, 'DELAYED', now() + interval '1 day'
        FROM generate_series(1, %d) AS n
        """
            .formatted(KEYS));
  }

  private void publishLater() {
    DATABASE
        .login("order_service")
        .jdbc()
        .sql(
            """
            SELECT commondata.publish_all(
                array_agg(
                    ROW(:type, k.key, '"later"', 1, NULL, NULL, NULL, NULL, NULL)
                        ::commondata.new_event),
                now() + interval '1 day')
            FROM (
                SELECT 'later-' || n AS key
                FROM generate_series(1, 20 * :keys) AS n
                WHERE commondata.part_of('later-' || n) = 3
                LIMIT :keys
            ) AS k
            """)
        .param("type", "test.happened-" + reader.name())
        .param("keys", KEYS)
        .query(Long.class)
        .single();
  }

  private List<String> nextBatch() {
    return DATABASE
        .login(TestReader.LOGIN)
        .jdbc()
        .sql("SELECT payload #>> '{}' FROM commondata.next_batch(:name, 10)")
        .param("name", reader.name())
        .query(String.class)
        .list();
  }

  private List<String> nextBatchFinished() {
    return DATABASE
        .login(TestReader.LOGIN)
        .jdbc()
        .sql(
            """
            SELECT commondata.finish(
                :name, b.part, b.batch_start, b.batch_end, ARRAY[b.seq], 'test')::text
            FROM commondata.next_batch(:name, 10) AS b
            """)
        .param("name", reader.name())
        .query(String.class)
        .list();
  }

  private List<String> beginRetry() {
    return DATABASE
        .login(TestReader.LOGIN)
        .jdbc()
        .sql("SELECT key FROM commondata.begin_retry(:name, 'worker', 'node')")
        .param("name", reader.name())
        .query(String.class)
        .list();
  }

  private List<String> look() {
    return DATABASE
        .login(Sequencer.LOGIN)
        .jdbc()
        .sql("SELECT parts FROM commondata.look(ARRAY[:name], 'test', false)")
        .param("name", reader.name())
        .query(String.class)
        .list();
  }

  private static long parkedKeysRead(String login, Supplier<List<String>> read) {
    return inTransaction(
        login,
        read,
        """
        SELECT seq_tup_read + idx_tup_fetch
        FROM pg_stat_xact_user_tables
        WHERE relname = 'parked_key'
        """);
  }

  /** What the server has counted in one transaction that reads something. */
  private static long inTransaction(String login, Supplier<List<String>> read, String count) {
    return DATABASE
        .login(login)
        .inTransaction(
            () -> {
              assertThat(read.get()).hasSizeLessThan(2);
              return DATABASE.login(login).jdbc().sql(count).query(Long.class).single();
            });
  }
}

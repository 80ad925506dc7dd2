package commondata.subscription;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import commondata.operate.Act;
import commondata.operate.Operate;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import testkit.TestDatabase;

/** A reader gets another event type, or loses one, and every account of the log stays true. */
final class ChangeSubscriptionIT {

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();

  private static final String WAITS_FOR_THE_LOCK =
      """
      SELECT count(*)
      FROM pg_locks AS l
      WHERE l.relation = 'commondata.subscription'::regclass
        AND l.mode = 'AccessExclusiveLock'
        AND NOT l.granted
        AND :name IS NOT NULL
      """;

  private final TestReader reader = new TestReader(DATABASE);
  private final TestReader other = new TestReader(DATABASE).set("paused = true");
  private final String itsType = "test.happened-" + reader.name();
  private final String othersType = "test.happened-" + other.name();

  @AfterEach
  void booksAreTrue() {
    assertThat(reader.violations()).isEmpty();
  }

  @Test
  void readsANewTypeFromWhereItStands() {
    reader.publish("a1");
    other.publish("x1");
    reader.untilQuiet();

    change(itsType, othersType);
    other.publish("x2");
    reader.publish("a2").untilQuiet();

    assertThat(reader.effects()).containsExactly("a1", "x2", "a2");
  }

  @Test
  void noLongerReadsATypeThatItLost() {
    change(itsType, othersType);
    reader.publish("a1");
    other.publish("x1");
    reader.untilQuiet();

    change(othersType);
    reader.publish("a2");
    other.publish("x2");
    reader.untilQuiet();

    assertThat(reader.effects()).containsExactly("a1", "x1", "x2");
  }

  @Test
  void whatIsParkedComesAlsoOfATypeThatItLost() {
    reader.set("backoff_ms = 600000, backoff_max_ms = 600000");
    reader.when(
        what -> {
          throw new IllegalStateException("not yet");
        });
    reader.publish("a1", "a2").untilQuiet();

    change(othersType);
    reader.when(what -> {}).later().untilQuiet();

    assertThat(reader.effects()).containsExactly("a1", "a2");
  }

  @Test
  void aRewindBringsWhatItHadPassed() {
    long before = reader.untilQuiet().pos();
    other.publish("x1");
    reader.publish("a1").untilQuiet();
    change(itsType, othersType);

    new Operate(DATABASE.login(Operate.READER), () -> DATABASE.login(Operate.OPERATOR))
        .rewind(reader.name(), "3:" + (before + 1), new Act("ann", "it shall have them all"));
    reader.untilQuiet();

    assertThat(reader.effects()).containsExactly("a1", "x1", "a1");
  }

  @Test
  void waitsForTheBatchUnderWay() throws Exception {
    CountDownLatch isInABatch = new CountDownLatch(1);
    CountDownLatch mayEnd = new CountDownLatch(1);
    reader.when(
        what -> {
          isInABatch.countDown();
          mayEnd.await(1, TimeUnit.MINUTES);
        });
    reader.publish("a1");
    CompletableFuture<PollOutcome> batch = CompletableFuture.supplyAsync(reader.poller()::pollOnce);
    isInABatch.await(1, TimeUnit.MINUTES);

    CompletableFuture<Void> changed = CompletableFuture.runAsync(() -> change(itsType, othersType));
    await().until(() -> reader.number(WAITS_FOR_THE_LOCK) == 1);
    mayEnd.countDown();
    changed.get(1, TimeUnit.MINUTES);

    assertThat(batch.get(1, TimeUnit.MINUTES)).isEqualTo(new PollOutcome.Handled(1));
    other.publish("x1");
    reader.untilQuiet();
    assertThat(reader.effects()).containsExactly("a1", "x1");
  }

  @Test
  void theSameTypesAreNoChange() {
    change(itsType);

    assertThat(
            reader.number("SELECT count(*) FROM commondata.type_change WHERE subscription = :name"))
        .isZero();
  }

  @Test
  void aReaderThatIsNotThereCannotBeChanged() {
    assertThatThrownBy(
            () ->
                DATABASE
                    .superuser()
                    .sql("SELECT commondata.change_subscription('nobody', '{a}')")
                    .query()
                    .singleValue())
        .rootCause()
        .hasMessageContaining("subscription \"nobody\" does not exist");
  }

  private void change(String... types) {
    DATABASE
        .superuser()
        .sql("SELECT commondata.change_subscription(:name, :types)")
        .param("name", reader.name())
        .param("types", types, java.sql.Types.ARRAY)
        .query((row, n) -> true)
        .single();
  }
}

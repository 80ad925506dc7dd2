package commondata.subscription;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import commondata.database.Login;
import commondata.event.EventType;
import commondata.operate.Act;
import commondata.operate.Operate;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.SingleConnectionDataSource;
import testkit.TestDatabase;

/** A reader gets another event type, or loses one, and every account of the log stays true. */
final class ChangeSubscriptionIT {

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();

  private static final String WAITS_FOR_THE_LOCK =
      """
      SELECT count(*)
      FROM pg_locks AS l
      WHERE l.relation = 'commondata.subscription'::regclass
        AND l.mode = :mode
        AND NOT l.granted
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
  void aHandlerMayStayForATypeThatWasLost() {
    Subscription both =
        Subscription.named(reader.name())
            .login(TestReader.LOGIN)
            .on(Kept.class, (event, envelope) -> {})
            .on(Lost.class, (event, envelope) -> {})
            .build();
    Login login = DATABASE.login(TestReader.LOGIN);
    assertThatThrownBy(() -> SubscriptionCheck.check(both, login))
        .hasMessageContaining("has handlers for [changed.kept, changed.lost], but its row");

    change("changed.kept", "changed.lost");
    change("changed.kept");

    SubscriptionCheck.check(both, login);
    change(itsType);
  }

  @EventType("changed.kept")
  record Kept(int n) {}

  @EventType("changed.lost")
  record Lost(int n) {}

  @ParameterizedTest
  @ValueSource(strings = {"max_attempts = 9, backoff_ms = 600000", "max_attempts = 1"})
  void noRewindEndsWhatWouldNotComeAgain(String settings) {
    long before = reader.untilQuiet().pos();
    reader.set("backoff_max_ms = 600000, " + settings);
    reader.when(
        what -> {
          throw new IllegalStateException("not yet");
        });
    reader.publish("a1").untilQuiet();
    change(othersType);

    assertThatThrownBy(() -> rewind(before + 1))
        .rootCause()
        .hasMessageContaining("they would not come again");

    change(itsType, othersType);
    rewind(before + 1);
    reader.when(what -> {}).untilQuiet();
    assertThat(reader.effects()).containsExactly("a1");
  }

  private void rewind(long to) {
    new Operate(DATABASE.login(Operate.READER), () -> DATABASE.login(Operate.OPERATOR))
        .rewind(reader.name(), "3:" + to, new Act("ann", "it shall have them all"));
  }

  @Test
  void aRewindBringsWhatItHadPassed() {
    long before = reader.untilQuiet().pos();
    other.publish("x1");
    reader.publish("a1").untilQuiet();
    change(itsType, othersType);

    rewind(before + 1);
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
    await().until(() -> waiting("AccessExclusiveLock") == 1);
    mayEnd.countDown();
    changed.get(1, TimeUnit.MINUTES);

    assertThat(batch.get(1, TimeUnit.MINUTES)).isEqualTo(new PollOutcome.Handled(1));
    other.publish("x1");
    reader.untilQuiet();
    assertThat(reader.effects()).containsExactly("a1", "x1");
  }

  @Test
  void aPollThatWaitsForTheChangeReadsByTheNewTypes() throws Exception {
    Poller warm = reader.publish("a1").poller();
    warm.pollOnce();
    other.publish("x1");
    try (Connection migration = DATABASE.superuserDataSource().getConnection()) {
      migration.setAutoCommit(false);
      change(JdbcClient.create(new SingleConnectionDataSource(migration, true)), othersType);

      CompletableFuture<PollOutcome> poll = CompletableFuture.supplyAsync(warm::pollOnce);
      await().until(() -> waiting("AccessShareLock") > 0);
      migration.commit();

      assertThat(poll.get(1, TimeUnit.MINUTES)).isEqualTo(new PollOutcome.Handled(1));
    }
    assertThat(reader.effects()).containsExactly("a1", "x1");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT * FROM commondata.next_batch('%s', 1)",
        "SELECT commondata.park('%s', 3, 1, 'E', 'no', 'test')"
      })
  void whoDoesNotSeeTheChangeMayNotRead(String statement) throws SQLException {
    try (Connection client =
        DriverManager.getConnection(DATABASE.url(), TestReader.LOGIN, DATABASE.password())) {
      client.setAutoCommit(false);
      client.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);

      assertThatThrownBy(() -> client.createStatement().execute(statement.formatted(reader.name())))
          .hasMessageContaining("needs a read committed transaction, not repeatable read");
    }
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

  private static long waiting(String mode) {
    return DATABASE
        .superuser()
        .sql(WAITS_FOR_THE_LOCK)
        .param("mode", mode)
        .query(Long.class)
        .single();
  }

  private void change(String... types) {
    change(DATABASE.superuser(), types);
  }

  private void change(JdbcClient migration, String... types) {
    migration
        .sql("SELECT commondata.change_subscription(:name, :types)")
        .param("name", reader.name())
        .param("types", types, java.sql.Types.ARRAY)
        .query((row, n) -> true)
        .single();
  }
}

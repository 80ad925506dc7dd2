package commondata.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import commondata.database.Login;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.TransactionTemplate;
import testkit.TestDatabase;

/** What a transaction publishes goes to the server with its COMMIT, or not at all. */
final class OutboxIT {

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();

  @BeforeEach
  void emptyTheLog() {
    DATABASE.superuser().sql("TRUNCATE commondata.outbox, commondata.delay").update();
  }

  @Test
  void sendsEventsWithTheCommitInTheOrderOfTheCalls() {
    List<UUID> ids = new ArrayList<>();

    login()
        .inTransactionDo(
            () -> {
              ids.add(publish("a"));
              ids.add(publish("b"));
              ids.add(publish("a"));
              assertThat(seenInThisTransaction()).isZero();
            });

    assertThat(keys()).containsExactly("a", "b", "a");
    assertThat(column("event_id", UUID.class)).containsExactlyElementsOf(ids);
    assertThat(ids).allSatisfy(id -> assertThat(id.version()).isEqualTo(7));
  }

  @Test
  void sendsOneEventWithTheCommit() {
    UUID id = login().inTransaction(() -> publish("a"));

    assertThat(column("event_id", UUID.class)).containsExactly(id);
    assertThat(column("correlation_id", UUID.class)).containsExactly(id);
  }

  @Test
  void sendsWhatIsAskedForBeforeTheCommit() {
    login()
        .inTransactionDo(
            () -> {
              publish("a");
              login().sendUnsent();
              assertThat(seenInThisTransaction()).isEqualTo(1);
              publish("b");
            });

    assertThat(keys()).containsExactly("a", "b");
  }

  @Test
  void keepsNothingOfATransactionThatIsRolledBack() {
    assertThatThrownBy(
            () ->
                login()
                    .inTransactionDo(
                        () -> {
                          publish("lost");
                          throw new IllegalStateException("undo");
                        }))
        .hasMessage("undo");
    login().inTransactionDo(() -> publish("kept"));

    assertThat(keys()).containsExactly("kept");
  }

  @Test
  void keepsNothingOfATransactionThatSwallowedAnError() {
    assertThatThrownBy(
            () ->
                login()
                    .inTransactionDo(
                        () -> {
                          publish("lost");
                          assertThatThrownBy(
                                  () -> login().jdbc().sql("SELECT 1 / 0").query().listOfRows())
                              .isInstanceOf(DataAccessException.class);
                        }))
        .isInstanceOf(DataAccessException.class)
        .hasMessageContaining("current transaction is aborted");

    assertThat(keys()).isEmpty();
  }

  @Test
  void rollsBackTheTransactionOfARefusedEvent() {
    assertThatThrownBy(
            () ->
                login()
                    .inTransactionDo(
                        () -> {
                          publish("lost");
                          outbox().publish(NewEvent.of("log.testd", "k", "{}"));
                        }))
        .isInstanceOf(EventRefusedException.class)
        .hasMessageContaining("event type \"log.testd\" is not registered");

    assertThat(keys()).isEmpty();
  }

  @Test
  void namesOneOfSeveralWhenTheServerDoesNotSayWhichItWas() {
    assertThatThrownBy(
            () ->
                login()
                    .inTransactionDo(
                        () -> {
                          publish("first");
                          outbox().publish(NewEvent.of(TestDatabase.TYPE, "k", "{"));
                        }))
        .isInstanceOf(EventRefusedException.class)
        .hasMessageContaining(
            "payload of log.tested \"first\", or of another of the 2 events published with it, is no");
  }

  @Test
  void sendsWhatATransactionWouldKeepTooLong() {
    login()
        .inTransactionDo(
            () -> {
              for (int i = 1; i < 1_000; i++) {
                publish("a");
              }
              assertThat(seenInThisTransaction()).isZero();
              publish("a");
              assertThat(seenInThisTransaction()).isEqualTo(1_000);
              publish("b");
            });

    assertThat(keys()).hasSize(1_001).endsWith("a", "b");
  }

  @Test
  void sendsLargePayloadsBeforeTheyUseUpTheMemory() {
    String large = "\"" + "x".repeat(1 << 19) + "\"";
    login()
        .inTransactionDo(
            () -> {
              for (int i = 0; i < 16; i++) {
                outbox().publish(NewEvent.of(TestDatabase.TYPE, "a", large));
              }
              assertThat(seenInThisTransaction()).isEqualTo(16);
            });
  }

  @Test
  void takesALimitOfTheServerForNoRefusalOfTheEvent() {
    DATABASE
        .superuser()
        .sql(
            """
            CREATE FUNCTION public.too_large() RETURNS trigger
            LANGUAGE plpgsql
            AS $$
            BEGIN
                RAISE 'array too large' USING ERRCODE = '54000';
            END
            $$
            """)
        .update();
    DATABASE
        .superuser()
        .sql(
            """
            CREATE TRIGGER too_large BEFORE INSERT ON commondata.outbox
            FOR EACH ROW EXECUTE FUNCTION public.too_large()
            """)
        .update();
    try {
      assertThatThrownBy(() -> publish("a"))
          .isInstanceOf(DataAccessException.class)
          .hasMessageContaining("array too large");
    } finally {
      DATABASE.superuser().sql("DROP FUNCTION public.too_large() CASCADE").update();
    }
  }

  @Test
  void keepsDelaysAndDaysOfEachEvent() {
    Instant later = Instant.now().plus(Duration.ofDays(300));

    login()
        .inTransactionDo(
            () -> {
              publish("now");
              outbox().publish(event("later", LocalDate.of(2026, 2, 3), later));
              outbox().publish(event("later too", LocalDate.of(2026, 2, 4), later));
              publish("now again");
            });

    assertThat(keys()).containsExactly("now", "later", "later too", "now again");
    assertThat(column("business_date", LocalDate.class))
        .contains(LocalDate.of(2026, 2, 3), LocalDate.of(2026, 2, 4));
    assertThat(
            DATABASE
                .superuser()
                .sql("SELECT d.key FROM commondata.delay AS d ORDER BY d.key")
                .query(String.class)
                .list())
        .containsExactly("later", "later too");
  }

  @Test
  void sendsAtOnceWhenNoTransactionIsOpen() {
    publish("a");

    assertThat(keys()).containsExactly("a");
  }

  @Test
  void sendsAtOnceInATransactionOfAnotherManager() {
    TransactionTemplate others =
        new TransactionTemplate(new JdbcTransactionManager(login().dataSource()));

    others.executeWithoutResult(
        status -> {
          publish("a");
          assertThat(seenInThisTransaction()).isEqualTo(1);
        });
    others.executeWithoutResult(
        status -> {
          publish("undone");
          status.setRollbackOnly();
        });

    assertThat(keys()).containsExactly("a");
  }

  @Test
  void leavesATransactionOfAnotherManagerInsideItsOwnAlone() {
    TransactionTemplate inner =
        new TransactionTemplate(new JdbcTransactionManager(login().dataSource()));
    inner.setPropagationBehavior(TransactionDefinition.PROPAGATION_REQUIRES_NEW);

    assertThatThrownBy(
            () ->
                login()
                    .inTransactionDo(
                        () -> {
                          publish("outer");
                          inner.executeWithoutResult(status -> publish("inner"));
                          throw new IllegalStateException("undo");
                        }))
        .hasMessage("undo");

    assertThat(keys()).containsExactly("inner");
  }

  /** With 999 events waiting: the next one fills the message. */
  @Test
  void goingBackToASavepointTakesBackWhatWasPublishedBehindIt() {
    TransactionTemplate nested = nested();
    login()
        .inTransactionDo(
            () -> {
              for (int i = 0; i < 999; i++) {
                publish("before");
              }
              nested.executeWithoutResult(
                  status -> {
                    publish("undone");
                    publish("undone");
                    status.setRollbackOnly();
                  });
              nested.executeWithoutResult(status -> publish("nested"));
              publish("behind");
            });

    assertThat(keys())
        .hasSize(1_001)
        .doesNotContain("undone")
        .endsWith("before", "nested", "behind");
  }

  @Test
  void aRefusalBehindASavepointTakesBackNoMoreThanThat() {
    TransactionTemplate nested = nested();
    login()
        .inTransactionDo(
            () -> {
              publish("before");
              assertThatThrownBy(
                      () ->
                          nested.executeWithoutResult(
                              status -> outbox().publish(NewEvent.of("log.testd", "k", "{}"))))
                  .isInstanceOf(EventRefusedException.class);
              publish("behind");
            });

    assertThat(keys()).containsExactly("before", "behind");
  }

  private static TransactionTemplate nested() {
    TransactionTemplate nested =
        new TransactionTemplate(new JdbcTransactionManager(login().dataSource()));
    nested.setPropagationBehavior(TransactionDefinition.PROPAGATION_NESTED);
    return nested;
  }

  @Test
  void refusesToPublishInATransactionOnAnotherDataSource() {
    TransactionTemplate others =
        new TransactionTemplate(new JdbcTransactionManager(DATABASE.superuserDataSource()));

    assertThatThrownBy(() -> others.executeWithoutResult(status -> publish("a")))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("login \"order_service\" has no part in it");

    assertThat(keys()).isEmpty();
  }

  /** Which binds a connection of the login to the thread, and to no transaction. */
  @Test
  void refusesItAlsoWhenTheLoginHasReadThere() {
    assertThatThrownBy(
            () ->
                DATABASE
                    .login("payment_service")
                    .inTransactionDo(
                        () -> {
                          assertThat(seenInThisTransaction()).isZero();
                          publish("a");
                        }))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("login \"order_service\" has no part in it");

    assertThat(keys()).isEmpty();
  }

  private static Login login() {
    return DATABASE.login("order_service");
  }

  private static Outbox outbox() {
    return new Outbox(login(), new EventCodec());
  }

  private static UUID publish(String key) {
    return outbox().publish(NewEvent.of(TestDatabase.TYPE, key, "{}"));
  }

  private static NewEvent event(String key, LocalDate businessDate, Instant availableAt) {
    return new NewEvent(
        TestDatabase.TYPE, 1, key, "{}", Kind.EVENT, null, businessDate, null, availableAt);
  }

  /** A service sees its own events. */
  private static long seenInThisTransaction() {
    return login()
        .jdbc()
        .sql("SELECT count(*) FROM commondata.outbox AS o")
        .query(Long.class)
        .single();
  }

  private static List<String> keys() {
    return column("key", String.class);
  }

  private static <T> List<T> column(String column, Class<T> type) {
    return DATABASE
        .superuser()
        .sql("SELECT o.* FROM commondata.outbox AS o ORDER BY o.id")
        .query((row, n) -> row.getObject(column, type))
        .list();
  }
}

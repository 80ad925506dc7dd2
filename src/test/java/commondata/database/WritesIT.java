package commondata.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.LocalDate;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.TransactionTemplate;
import testkit.TestDatabase;

/**
 * Writes that nobody waits for are sent together, and nothing of the transaction overtakes them.
 */
final class WritesIT {

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();

  private static final String INSERT =
      """
      INSERT INTO payment.written (id, what)
      VALUES (?, ?)
      """;
  private static final String UPDATE =
      """
      UPDATE payment.written
      SET what = what || ?
      WHERE id = ?
      """;

  @BeforeAll
  static void makeATable() {
    DATABASE
        .superuser()
        .sql(
            """
            CREATE TABLE payment.written (
                id   bigint PRIMARY KEY,
                what text,
                day  date,
                uid  uuid,
                n    bigint GENERATED ALWAYS AS IDENTITY
            )
            """)
        .update();
    DATABASE.superuser().sql("GRANT ALL ON payment.written TO payment_service").update();
  }

  @BeforeEach
  void empty() {
    DATABASE.superuser().sql("TRUNCATE payment.written").update();
  }

  @Test
  void areCommittedInTheOrderOfTheCalls() {
    login()
        .inTransactionDo(
            () -> {
              login().write(INSERT, 1, "a");
              login().write(INSERT, 2, "b");
              login().write(UPDATE, "!", 1);
              login().write(INSERT, 3, "c");
              login().write(UPDATE, "!", 3);
            });

    assertThat(written()).containsExactly("1 a!", "2 b", "3 c!");
  }

  @Test
  void areSeenByWhateverIsReadBehindThem() {
    login()
        .inTransactionDo(
            () -> {
              login().write(INSERT, 1, "a");
              login().write(INSERT, 2, "b");
              assertThat(count()).isEqualTo(2);
              login().write(INSERT, 3, "c");
              assertThat(count()).isEqualTo(3);
            });
  }

  @Test
  void areRefusedWhereTheyAreSentInTheServersWords() {
    assertThatThrownBy(
            () ->
                login()
                    .inTransactionDo(
                        () -> {
                          login().write(INSERT, 1, "secret");
                          login().write(INSERT, 1, "secret");
                          login().write(INSERT, 2, "c");
                        }))
        .isInstanceOf(DuplicateKeyException.class)
        .hasMessageContaining("duplicate key value violates unique constraint")
        .hasMessageNotContaining("secret");

    assertThat(written()).isEmpty();
  }

  @Test
  void areUndoneWithTheirTransaction() {
    assertThatThrownBy(
            () ->
                login()
                    .inTransactionDo(
                        () -> {
                          login().write(INSERT, 1, "a");
                          throw new IllegalStateException("undo");
                        }))
        .hasMessage("undo");

    login().inTransactionDo(() -> login().write(INSERT, 2, "b"));
    assertThat(written()).containsExactly("2 b");
  }

  @Test
  void areTriedAlsoWhereTheyAreNotWanted() {
    login().write(INSERT, 1, "a");

    assertThatThrownBy(
            () ->
                login()
                    .inTransactionKeptIf(
                        kept -> false,
                        () -> {
                          login().write(INSERT, 1, "b");
                          return true;
                        }))
        .isInstanceOf(DuplicateKeyException.class);
    login()
        .inTransactionKeptIf(
            kept -> false,
            () -> {
              login().write(INSERT, 2, "b");
              return true;
            });

    assertThat(written()).containsExactly("1 a");
  }

  @Test
  void areSentAtOnceWhenNoTransactionIsOpen() {
    login().write(INSERT, 1, "a");

    assertThat(written()).containsExactly("1 a");
    assertThatThrownBy(() -> login().write(INSERT, 1, "a"))
        .isInstanceOf(DuplicateKeyException.class);
  }

  @Test
  void goingBackToASavepointTakesBackWhatWasWrittenBehindIt() {
    TransactionTemplate nested =
        new TransactionTemplate(new JdbcTransactionManager(login().dataSource()));
    nested.setPropagationBehavior(TransactionDefinition.PROPAGATION_NESTED);

    login()
        .inTransactionDo(
            () -> {
              login().write(INSERT, 1, "before");
              nested.executeWithoutResult(
                  status -> {
                    login().write(INSERT, 2, "undone");
                    status.setRollbackOnly();
                  });
              login().write(INSERT, 3, "behind");
            });

    assertThat(written()).containsExactly("1 before", "3 behind");
  }

  @Test
  void leaveATransactionOfAnotherManagerInsideTheirOwnAlone() {
    TransactionTemplate inner =
        new TransactionTemplate(new JdbcTransactionManager(login().dataSource()));
    inner.setPropagationBehavior(TransactionDefinition.PROPAGATION_REQUIRES_NEW);

    assertThatThrownBy(
            () ->
                login()
                    .inTransactionDo(
                        () -> {
                          login().write(INSERT, 1, "outer");
                          inner.executeWithoutResult(status -> login().write(INSERT, 2, "inner"));
                          throw new IllegalStateException("undo");
                        }))
        .hasMessage("undo");

    assertThat(written()).containsExactly("2 inner");
  }

  @Test
  void takeTheValuesThatAnyStatementTakes() {
    UUID uid = UUID.randomUUID();
    LocalDate day = LocalDate.of(2026, 2, 28);

    login()
        .inTransactionDo(
            () -> {
              write(1, "a", day, uid);
              write(2, null, null, null);
              write(3, "c", day, null);
            });

    assertThat(written()).containsExactly("1 a", "2 null", "3 c");
    assertThat(
            DATABASE
                .superuser()
                .sql("SELECT uid || ' ' || day FROM payment.written WHERE id = 1")
                .query(String.class)
                .single())
        .isEqualTo(uid + " " + day);
  }

  private static void write(
      int id, @Nullable String what, @Nullable LocalDate day, @Nullable UUID uid) {
    login()
        .write(
            """
            INSERT INTO payment.written (id, what, day, uid)
            VALUES (?, ?, ?, ?)
            """,
            id,
            what,
            day,
            uid);
  }

  private static Login login() {
    return DATABASE.login("payment_service");
  }

  /** By the login, in its open transaction if there is one. */
  private static long count() {
    return login().jdbc().sql("SELECT count(*) FROM payment.written").query(Long.class).single();
  }

  /** What is committed, such as {@code 1 a}, in the order of its arrival. */
  private static List<String> written() {
    return DATABASE
        .superuser()
        .sql("SELECT id || ' ' || coalesce(what, 'null') FROM payment.written ORDER BY n")
        .query(String.class)
        .list();
  }
}

package commondata.operate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import commondata.database.Login;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.UUID;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import testkit.TestDatabase;

/** Nobody sees personal data without an act that stays. */
final class RevealIT {

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();

  private static final String NOT_NOW = "look at event";

  private final Login operator = DATABASE.login(Operate.OPERATOR);
  private UUID event = new UUID(0, 0);

  @BeforeEach
  void publish() {
    DATABASE.register("test.said");
    event =
        DATABASE
            .login("order_service")
            .jdbc()
            .sql("SELECT commondata.publish('test.said', 'k', '\"secret\"')")
            .query(UUID.class)
            .single();
  }

  @Test
  void showsNothingInTheTransactionThatAsks() {
    assertRefused(() -> operator.inTransaction(() -> look(ask())));
    assertRefused(() -> look("(%s)".formatted(askCall())));
    assertThat(look(ask())).contains("secret");
  }

  @Test
  void showsNothingForAnActThatWasRolledBack() {
    long[] asked = {0};
    operator.inTransactionKeptIf(
        kept -> false,
        () -> {
          asked[0] = ask();
          return true;
        });

    assertRefused(() -> look(asked[0]));
  }

  @Test
  void showsItOnce() {
    long asked = ask();
    assertThat(look(asked)).contains("secret");

    assertRefused(() -> look(asked));
  }

  @Test
  void showsWhatWasAskedForOnly() {
    long asked = ask();
    publish();

    assertRefused(() -> look(asked));
  }

  @Test
  void showsItSoonOrNot() {
    long asked = ask();
    DATABASE
        .superuser()
        .sql("UPDATE commondata.reveal SET asked_at = asked_at - interval '5 minutes'")
        .update();

    assertRefused(() -> look(asked));
  }

  @Test
  void showsItToTheLoginThatAskedOnly() throws SQLException {
    long asked = ask();
    try (Connection superuser = DATABASE.superuserDataSource().getConnection();
        Statement other = superuser.createStatement()) {
      superuser.setAutoCommit(false);
      other.execute("CREATE ROLE other_operator IN ROLE commondata_operator");
      other.execute("SET SESSION AUTHORIZATION other_operator");
      assertRefused(() -> other.execute(call(Long.toString(asked))));
      superuser.rollback();
    }

    assertThat(look(asked)).contains("secret");
  }

  @Test
  void isAskedForSomethingThatCanBeShown() {
    assertThatThrownBy(
            () ->
                operator
                    .jdbc()
                    .sql("SELECT commondata.ask_reveal('everything', 'ann', 'curious')")
                    .query(Long.class)
                    .single())
        .hasMessageContaining("\"everything\" is nothing that can be revealed");
  }

  private long ask() {
    return operator.jdbc().sql("SELECT " + askCall()).query(Long.class).single();
  }

  private String askCall() {
    return "commondata.ask_reveal('event %s', 'ann', 'he asks')".formatted(event);
  }

  private String look(long act) {
    return look(Long.toString(act));
  }

  private String look(String act) {
    return operator.jdbc().sql(call(act)).query(String.class).single();
  }

  private String call(String act) {
    return "SELECT commondata.reveal_event('%s', %s)".formatted(event, act);
  }

  private static void assertRefused(ThrowingCallable look) {
    assertThatThrownBy(look).hasMessageContaining(NOT_NOW);
  }
}

package commondata.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import testkit.TestDatabase;

final class LoginIT {

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();

  @Test
  void keepsAConnectionWhoseStatementTheServerDoesNotSupport() {
    Login login = DATABASE.login("payment_service");

    Throwable thrown =
        catchThrowable(
            () ->
                login.inTransactionDo(
                    () ->
                        login
                            .jdbc()
                            .sql("DO $$ BEGIN RAISE 'no' USING ERRCODE = '0A000'; END $$")
                            .update()));

    assertThat(thrown).rootCause().hasMessageContaining("ERROR: no");
    assertThat(thrown.getSuppressed()).as("of a roll-back that failed").isEmpty();
  }

  @Test
  void tellsWhatWasRolledBackForIfTheConnectionIsLost() {
    Login login = DATABASE.login("payment_service");

    Throwable thrown =
        catchThrowable(
            () ->
                login.inTransactionDo(
                    () -> {
                      String pid =
                          login
                              .jdbc()
                              .sql("SELECT pg_backend_pid()::text")
                              .query(String.class)
                              .single();
                      DATABASE
                          .superuser()
                          .sql("SELECT pg_terminate_backend(?)")
                          .param(Integer.valueOf(pid))
                          .query()
                          .listOfRows();
                      throw new IllegalStateException("what came first");
                    }));

    assertThat(thrown).hasMessageContaining("terminating connection");
    assertThat(thrown.getSuppressed()).anyMatch(e -> "what came first".equals(e.getMessage()));
  }
}

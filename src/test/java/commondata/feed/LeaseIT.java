package commondata.feed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import commondata.database.Login;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.jdbc.core.JdbcTemplate;
import testkit.TestDatabase;

/** A transaction that holds locks while another thread works. */
final class LeaseIT {

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();

  private final Login login = DATABASE.login("catalog_service");
  private final JdbcTemplate jdbc = new JdbcTemplate(login.dataSource());
  private final Lease lease = new Lease(jdbc, "work", Duration.ofMillis(50));

  private void endIdleTransactionsAfter(String time) {
    jdbc.queryForObject(
        "SELECT set_config('idle_in_transaction_session_timeout', ?, true)", String.class, time);
  }

  @Test
  void keepsItsTransactionWhileAnotherThreadWorks() {
    String before =
        login.inTransaction(
            () -> {
              endIdleTransactionsAfter("600ms");
              lease.during(
                  () -> DATABASE.superuser().sql("SELECT pg_sleep(2)").query().listOfRows());
              return jdbc.queryForObject("SELECT 'still here'", String.class);
            });

    assertThat(before).isEqualTo("still here");
  }

  @Test
  void endsTheWorkWhenTheTransactionIsLost() {
    AtomicBoolean interrupted = new AtomicBoolean();
    Runnable lost =
        () ->
            login.inTransactionDo(
                () -> {
                  Integer pid = jdbc.queryForObject("SELECT pg_backend_pid()", Integer.class);
                  lease.during(() -> waitAfterEnding(pid, interrupted));
                });

    assertThat(catchThrowable(lost::run)).isInstanceOf(RuntimeException.class);
    assertThat(interrupted).isTrue();
  }

  private static boolean waitAfterEnding(@Nullable Integer pid, AtomicBoolean interrupted) {
    DATABASE
        .superuser()
        .sql("SELECT pg_terminate_backend(:p)")
        .param("p", pid)
        .query()
        .listOfRows();
    try {
      new CountDownLatch(1).await();
    } catch (InterruptedException e) {
      interrupted.set(true);
    }
    return true;
  }

  @Test
  void throwsWhatTheWorkThrows() {
    IllegalArgumentException wrong = new IllegalArgumentException("wrong");

    assertThat(
            catchThrowable(
                () ->
                    lease.during(
                        () -> {
                          throw wrong;
                        })))
        .isSameAs(wrong);
  }
}

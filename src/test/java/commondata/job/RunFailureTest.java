package commondata.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;
import org.springframework.transaction.TransactionSystemException;

final class RunFailureTest {

  private static RunFailure of(Throwable error) {
    return RunFailure.of(error, Duration.ofMinutes(10));
  }

  @ParameterizedTest
  @CsvSource({
    "08006, 16",
    "25P03, 16",
    "25P04, 16",
    "40001, 16",
    "53100, 16",
    "57P01, 16",
    "58030, 16",
    "22012, 12",
    "23505, 12",
    "57014, 12"
  })
  void tellsTheServersFailuresFromTheJobs(String state, int exitCode) {
    RuntimeException failure = new IllegalStateException("no", new SQLException("no", state));

    assertThat(of(failure).exitCode()).isEqualTo(exitCode);
  }

  /** The server gives the state of a violated constraint, and names none. */
  @ParameterizedTest
  @CsvSource({"'', 16", "nname_is_sane, 12"})
  void takesALogWithoutAPartitionForTodayForAnOutage(String constraint, int exitCode) {
    String said = "C23514\0Mno partition of relation \"outbox\"\0scommondata\0" + constraint;
    SQLException server = new PSQLException(new ServerErrorMessage(said));

    assertThat(of(new StepException("a.sql", 1, new IllegalStateException(server))))
        .extracting(RunFailure::exitCode)
        .isEqualTo(exitCode);
  }

  @Test
  void beginsWithWhatTheServerSays() {
    SQLException server = new SQLException("ERROR: no such column", "42703");

    assertThat(of(new IllegalStateException("bad grammar [SELECT x]", server)).message())
        .isEqualTo("ERROR: no such column (bad grammar [SELECT x])");
    assertThat(of(new IllegalStateException("x: " + server.getMessage(), server)).message())
        .isEqualTo("x: ERROR: no such column");
  }

  @Test
  void leavesOutValuesThatTheServerQuotes() {
    SQLException server = new SQLException("ERROR: no uuid: \"Zo\u00eb\" \n", "22P02");

    assertThat(of(new IllegalStateException("bad value [SELECT \"a\"]", server)).message())
        .isEqualTo("ERROR: no uuid: \"***\" (bad value [SELECT \"a\"])");
    assertThat(of(new StepException("a.sql", 4, new IllegalStateException(server))).message())
        .isEqualTo("a.sql, line 4: ERROR: no uuid: \"***\"");
  }

  @Test
  void saysWhatWasRolledBackFor() {
    TransactionSystemException rollback = new TransactionSystemException("roll-back failed");
    rollback.initApplicationException(new IllegalStateException("what came first"));

    assertThat(of(rollback)).isEqualTo(new RunFailure(RunExitCode.ENVIRONMENT, "what came first"));
  }

  @Test
  void namesTheTimeoutOfTheJobWhereTheServerCancelledAStatement() {
    SQLException server = new SQLException("ERROR: canceling statement", "57014");

    assertThat(
            RunFailure.of(
                    new StepException("a.sql", 4, new IllegalStateException(server)),
                    Duration.ofMinutes(90))
                .message())
        .isEqualTo(
            "a.sql, line 4: ERROR: canceling statement; timeout in job.yaml is 1h30m: raise it if"
                + " this may take longer");
  }
}

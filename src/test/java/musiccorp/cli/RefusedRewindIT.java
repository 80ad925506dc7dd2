package musiccorp.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import musiccorp.cli.Installation.Outcome;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.jdbc.core.simple.JdbcClient;
import scenario.SettledWorld;

/** A rewind that can't be done now is an answer, not a defect. */
final class RefusedRewindIT {

  @RegisterExtension static final Installation INSTALLATION = new Installation();

  @BeforeAll
  static void settle() {
    SettledWorld.write(INSTALLATION.owner());
  }

  @Test
  void saysThatLettersWaitForASecondPerson() {
    SettledWorld.deadLetter(INSTALLATION.owner(), "letter-1");
    JdbcClient owner = JdbcClient.create(INSTALLATION.owner());
    owner
        .sql(
            """
            UPDATE commondata.dead_letter AS d
            SET part = c.part, seq = c.pos
            FROM commondata.cursor AS c
            WHERE c.subscription = d.subscription AND c.pos > 0
            """)
        .update();
    owner.sql("UPDATE commondata.subscription SET four_eyes = true").update();

    Outcome outcome = rewind("shipping");

    assertThat(outcome.exitCode()).isEqualTo(ExitCode.CHECK_FAILED);
    assertThat(outcome.err())
        .isEqualToIgnoringNewLines(
            "Refused: the rewind would close dead letters of \"shipping\" without a second person:"
                + " 1. Discard or replay those that are open, and have that confirmed; let those"
                + " that are replayed be handled; or rewind to behind them.");
  }

  @Test
  void saysThatABatchIsUnderWay() throws SQLException {
    try (Connection reader = INSTALLATION.owner().getConnection();
        Statement statement = reader.createStatement()) {
      reader.setAutoCommit(false);
      statement.execute(
          "SELECT FROM commondata.cursor WHERE subscription = 'fraud' FOR NO KEY UPDATE");

      Outcome outcome = rewind("fraud");

      assertThat(outcome.exitCode()).isEqualTo(ExitCode.CHECK_FAILED);
      assertThat(outcome.err())
          .startsWith("Refused: what this needs is locked by work under way, which did not end")
          .contains(" lag for a transaction left open.");
    }
  }

  private static Outcome rewind(String reader) {
    return INSTALLATION.run("subscription", "rewind", reader, "--to", "beginning", "--reason", "x");
  }
}

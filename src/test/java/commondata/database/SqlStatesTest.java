package commondata.database;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whose fault it is, by what the server says. */
final class SqlStatesTest {

  @ParameterizedTest
  @CsvSource({
    "53100, true, false",
    "08006, true, false",
    "57P01, true, false",
    "53200, true, true",
    "25P03, true, true",
    "40P01, true, true",
    "23505, false, false",
    ", false, false"
  })
  void tellOutagesFromWhatOneTransactionBringsAbout(
      String state, boolean isOutage, boolean mayBeOwn) {
    Exception error = new IllegalStateException(new SQLException("said", state));

    assertThat(SqlStates.isOutage(error)).isEqualTo(isOutage);
    assertThat(SqlStates.mayBeOwnFault(error)).isEqualTo(mayBeOwn);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          22P02 | ERROR: no uuid: "Zoë "Müller"" | ERROR: no uuid: "***"
          22003 | ERROR: value "Zoë" is out of range | ERROR: value "***" is out of range
          22007 | FEHLER: ungültige Eingabe: »Zoë« | FEHLER: ungültige Eingabe: "***"
          22P02 | ERROR: no uuid: "Zoë | ERROR: no uuid: "***"
          22012 | ERROR: division by zero | ERROR: division by zero
          23505 | ERROR: violates "unique_name" | ERROR: violates "unique_name"
                | column "name" | column "name"
          """)
  void leaveOutValuesThatTheServerQuotes(String state, String said, String kept) {
    assertThat(SqlStates.withoutValues(state, said)).isEqualTo(kept);
  }

  @Test
  void areFoundBehindARollBackThatFailed() {
    Exception rollBack = new IllegalStateException("connection is closed");
    rollBack.addSuppressed(new IllegalStateException(new SQLException("said", "25P03")));

    assertThat(SqlStates.mayBeOwnFault(rollBack)).isTrue();
  }
}

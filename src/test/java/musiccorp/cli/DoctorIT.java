package musiccorp.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Doctor asks the database with the console's login: all it asks for must be granted. */
final class DoctorIT {

  @RegisterExtension static final Installation INSTALLATION = new Installation();

  @Test
  void findsNothingWrongWithAMigratedDatabase() {
    Installation.Outcome outcome = INSTALLATION.run("doctor");

    assertThat(outcome.out())
        .contains("migrations", "partitions", "logins", "sessions of others can be seen")
        .doesNotContain("tables")
        .doesNotContain("permission denied");
  }
}

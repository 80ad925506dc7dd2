package musiccorp.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.jdbc.core.simple.JdbcClient;

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

  @Test
  void warnsOfADatabaseThatHasLostItsSettings() {
    JdbcClient owner = JdbcClient.create(INSTALLATION.owner());
    assertThat(INSTALLATION.run("doctor").out()).contains("loses its parts after 1min");
    owner.sql("ALTER ROLE commondata_console SET idle_in_transaction_session_timeout = 0").update();

    assertThat(INSTALLATION.run("doctor").out()).contains("keeps its parts for ever");
  }

  @Test
  void failsWhereKeysLieInOtherPartsThanTheLogWasInstalledWith() {
    placeKeys("hashtextextended(key, 1)");
    Installation.Outcome moved;
    try {
      moved = INSTALLATION.run("doctor");
    } finally {
      placeKeys("hashtextextended(key, 0)");
    }

    assertThat(moved.out()).contains("the order within a key breaks");
    assertThat(moved.exitCode()).isNotZero();
    assertThat(INSTALLATION.run("doctor").out()).contains("that the log was installed with");
  }

  private static void placeKeys(String hash) {
    JdbcClient.create(INSTALLATION.owner())
        .sql(
            """
            CREATE OR REPLACE FUNCTION commondata.part_of(key text) RETURNS smallint
            LANGUAGE sql IMMUTABLE PARALLEL SAFE
            AS 'SELECT ((%s & 2147483647) %% 8)::smallint'
            """
                .formatted(hash))
        .update();
  }
}

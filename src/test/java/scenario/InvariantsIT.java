package scenario;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;
import testkit.TestDatabase;

/** Breaks each invariant once, and expects it, and no other, to say so. */
final class InvariantsIT {

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();

  @BeforeAll
  static void settle() {
    SettledWorld.write(SettledWorld.owner(DATABASE));
  }

  static List<Arguments> violations() {
    return Violations.ALL.entrySet().stream()
        .map(entry -> Arguments.of(entry.getKey(), entry.getValue()))
        .toList();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("violations")
  void reportsTheViolation(String invariant, String plant) {
    JdbcTransactionManager transactions = new JdbcTransactionManager(SettledWorld.owner(DATABASE));
    JdbcTemplate owner =
        new JdbcTemplate(java.util.Objects.requireNonNull(transactions.getDataSource()));

    List<String> broken =
        new TransactionTemplate(transactions)
            .execute(
                status -> {
                  status.setRollbackOnly();
                  owner.execute(plant);
                  return broken(owner);
                });

    assertThat(broken).containsExactly(invariant);
  }

  private static List<String> broken(JdbcTemplate jdbc) {
    return jdbc.queryForList(
        """
        SELECT c.name
        FROM invariant.check(5) AS c
        WHERE c.violations > 0
        """,
        String.class);
  }

  @Test
  void holdInASettledWorld() {
    JdbcTemplate console = new JdbcTemplate(DATABASE.login("commondata_console").dataSource());

    assertThat(broken(console)).isEmpty();
    assertThat(console.queryForList("SELECT u.detail FROM invariant.unsettled() AS u")).isEmpty();
  }

  @Test
  void areEachBrokenHere() {
    List<String> names =
        DATABASE
            .login("commondata_console")
            .jdbc()
            .sql("SELECT c.name FROM invariant.check() AS c")
            .query(String.class)
            .list();

    assertThat(Violations.ALL.keySet()).containsExactlyInAnyOrderElementsOf(names);
  }

  @Test
  void lookAtSomething() {
    List<Map<String, Object>> blind =
        DATABASE
            .login("commondata_console")
            .jdbc()
            .sql(
                """
                SELECT c.name
                FROM invariant.check() AS c
                WHERE c.looked_at IS NULL
                   OR (
                       c.looked_at = 0
                       AND c.name NOT IN (
                           'handled_is_not_waiting',
                           'parked_key_has_events',
                           'waiting_is_behind_cursor',
                           'chain_is_counted',
                           'corrected_record_was_refused',
                           'superseded_file_has_successor'
                       )
                   )
                """)
            .query()
            .listOfRows();

    assertThat(blind).isEmpty();
  }

  @Test
  void tellWorkUnderWayFromAViolation() {
    JdbcTransactionManager transactions = new JdbcTransactionManager(SettledWorld.owner(DATABASE));
    JdbcTemplate owner =
        new JdbcTemplate(java.util.Objects.requireNonNull(transactions.getDataSource()));

    List<String> unsettled =
        new TransactionTemplate(transactions)
            .execute(
                status -> {
                  status.setRollbackOnly();
                  owner.execute("SELECT commondata.publish('payment.refunded', 'o3', '{}')");
                  assertThat(broken(owner)).isEmpty();
                  return owner.queryForList(
                      "SELECT u.detail FROM invariant.unsettled() AS u", String.class);
                });

    assertThat(unsettled).containsExactly("unstamped at order: payment.refunded of o3");
  }
}

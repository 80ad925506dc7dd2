package commondata.operate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DriverManagerDataSource;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;
import testkit.TestDatabase;

/** The chain of what operators did: written with the act, and whoever changes it is found out. */
final class AuditIT {

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();

  private final Operate operate =
      new Operate(DATABASE.login(Operate.READER), () -> DATABASE.login(Operate.OPERATOR));

  @BeforeEach
  void actThreeTimes() {
    operate.pause("fraud", true, new Act("ann", "stock-taking"));
    operate.pause("fraud", false, new Act("ann", "done"));
    operate.pause("order", true, new Act("bob", "his reasons"));
  }

  @Test
  void keepsWhoDidWhatAndWhy() {
    assertThat(operate.acts(null, 3))
        .extracting(
            ActEntry::actor, ActEntry::login, ActEntry::act, ActEntry::target, ActEntry::reason)
        .containsExactly(
            tuple("bob", "commondata_operator", "pause", "subscription order", "his reasons"),
            tuple("ann", "commondata_operator", "resume", "subscription fraud", "done"),
            tuple("ann", "commondata_operator", "pause", "subscription fraud", "stock-taking"));
    assertThat(operate.acts("subscription fraud", 1))
        .extracting(ActEntry::before, ActEntry::after)
        .containsExactly(tuple("{\"paused\": true}", "{\"paused\": false}"));
  }

  @Test
  void isUndoneWithTheActAndLeavesNoGap() {
    long acts = acts();

    assertThatThrownBy(
            () ->
                DATABASE
                    .login(Operate.OPERATOR)
                    .inTransactionDo(
                        () -> {
                          operate.pause("payment", true, new Act("ann", "never"));
                          throw new IllegalStateException("rolled back");
                        }))
        .hasMessage("rolled back");

    assertThat(acts()).isEqualTo(acts);
    operate.pause("payment", true, new Act("ann", "now"));
    assertThat(findings()).isEmpty();
  }

  @Test
  void keepsOneChainWhenManyActAtOnce() {
    long before = acts();
    ExecutorService operators = Executors.newFixedThreadPool(4);
    try {
      List<CompletableFuture<Void>> all =
          IntStream.range(0, 40)
              .mapToObj(
                  i ->
                      CompletableFuture.runAsync(
                          () -> operate.pause("shipping", i % 2 == 0, new Act("ann", "no " + i)),
                          operators))
              .toList();
      all.forEach(CompletableFuture::join);
    } finally {
      operators.shutdown();
    }

    assertThat(acts()).isEqualTo(before + 40);
    assertThat(findings()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "UPDATE commondata.operator_act SET reason = 'other' WHERE id = 2",
        "UPDATE commondata.operator_act SET after = '{\"paused\": null}' WHERE id = 2",
        "UPDATE commondata.operator_act SET acted_at = acted_at + interval '1 us' WHERE id = 2",
        "DELETE FROM commondata.operator_act WHERE id = 2",
        "DELETE FROM commondata.operator_act WHERE id = 1",
        "DELETE FROM commondata.operator_act WHERE id = (SELECT max(id) FROM commondata.operator_act)",
        "TRUNCATE commondata.operator_act CASCADE",
        "INSERT INTO commondata.operator_act SELECT a.id + 1, a.acted_at, a.login, 'eve', a.act, a.target, a.reason, a.before, a.after, a.hash, a.hash FROM commondata.operator_act AS a ORDER BY a.id DESC LIMIT 1",
        // The row is changed with a hash that fits: its follower tells.
        "UPDATE commondata.operator_act AS a SET actor = 'eve', hash = commondata.act_hash(ROW(a.id, a.acted_at, a.login, 'eve', a.act, a.target, a.reason, a.before, a.after, a.previous_hash, a.hash)::commondata.operator_act) WHERE id = 2",
      })
  void findsWhatASuperuserDidToIt(String tampering) {
    JdbcTransactionManager transactions =
        new JdbcTransactionManager(DATABASE.superuserDataSource());
    JdbcTemplate superuser = new JdbcTemplate(Objects.requireNonNull(transactions.getDataSource()));

    List<String> findings =
        new TransactionTemplate(transactions)
            .execute(
                status -> {
                  status.setRollbackOnly();
                  superuser.execute("SET LOCAL session_replication_role = replica");
                  superuser.execute(tampering);
                  return superuser.queryForList(
                      "SELECT v.finding FROM invariant.act_chain_is_whole AS v", String.class);
                });

    assertThat(findings).isNotEmpty();
    assertThat(findings()).as("control: without the tampering").isEmpty();
  }

  @Test
  void letsNobodyChangeItNotEvenTheOwner() {
    for (String login : List.of("commondata_operator", "commondata_console", "payment_service")) {
      for (String sql :
          List.of(
              "UPDATE commondata.operator_act SET reason = 'x'",
              "DELETE FROM commondata.operator_act",
              "TRUNCATE commondata.operator_act",
              "INSERT INTO commondata.operator_act SELECT a.id FROM commondata.operator_act AS a",
              "UPDATE commondata.audit_head SET id = 0",
              "SELECT commondata.audit('eve', 'pause', 'everything', 'because')")) {
        assertThatThrownBy(() -> DATABASE.login(login).jdbc().sql(sql).query().listOfRows())
            .as("%s as %s", sql, login)
            .rootCause()
            .hasMessageContaining("permission denied");
      }
    }
    JdbcTemplate owner =
        new JdbcTemplate(
            new DriverManagerDataSource(DATABASE.url(), DATABASE.owner(), DATABASE.password()));
    assertThatThrownBy(() -> owner.execute("DELETE FROM commondata.operator_act"))
        .rootCause()
        .hasMessageContaining("acts of operators are never changed or removed");
  }

  @Test
  void refusesAnActWithoutAReason() {
    assertThatThrownBy(
            () ->
                DATABASE
                    .login(Operate.OPERATOR)
                    .jdbc()
                    .sql("SELECT commondata.pause_subscription('fraud', true, 'ann', ' ')")
                    .query()
                    .listOfRows())
        .rootCause()
        .hasMessageContaining("pause of subscription fraud needs an actor and a reason");
    assertThat(operate.subscriptions())
        .filteredOn(reader -> reader.name().equals("fraud"))
        .noneMatch(Reader::paused);
  }

  private static List<String> findings() {
    return DATABASE
        .login(Operate.READER)
        .jdbc()
        .sql("SELECT v.finding FROM invariant.act_chain_is_whole AS v")
        .query(String.class)
        .list();
  }

  private static long acts() {
    return DATABASE
        .login(Operate.READER)
        .jdbc()
        .sql("SELECT count(*) FROM commondata.operator_act")
        .query(Long.class)
        .single();
  }
}

package musiccorp.cli;

import static org.assertj.core.api.Assertions.assertThat;

import commondata.database.Login;
import commondata.event.EventCodec;
import commondata.subscription.Poller;
import commondata.subscription.Sequencer;
import commondata.subscription.Subscription;
import java.util.List;
import musiccorp.MusicCorp;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.jdbc.core.simple.JdbcClient;
import testkit.HigherIds;
import tools.jackson.databind.JsonNode;

/** What docs/how-to/restore.md lets an operator do once the dump is in its new cluster. */
final class RestampIT {

  @RegisterExtension static final Installation INSTALLATION = new Installation();

  @Test
  void theCommandMakesARestoredLogFitItsCluster() {
    publish("c1");
    publish("c2");
    handle();
    publish("c3");
    HigherIds.writeInto(JdbcClient.create(INSTALLATION.owner()));
    assertThat(INSTALLATION.run("doctor").out()).contains("log-restored");

    Installation.Outcome done = restamp();

    assertThat(done.exitCode()).isZero();
    assertThat(done.json()).isEqualTo(Json.parsed("{\"rewritten\":3,\"stamped\":1}"));
    assertThat(done.err()).contains(" check\n");
    assertThat(INSTALLATION.run("doctor").out()).doesNotContain("log-restored");
    JsonNode check = INSTALLATION.run("check", "--json").json();
    assertThat(check.get("violations").asInt()).isZero();
    assertThat(check.get("unsettled").asInt()).as("c3, at two readers").isEqualTo(2);

    publish("c4");
    handle();
    assertThat(handled()).as("each once").containsExactlyInAnyOrder("c1", "c2", "c3", "c4");
    assertThat(INSTALLATION.run("check").exitCode()).isZero();
    assertThat(restamp().json())
        .as("done again")
        .isEqualTo(Json.parsed("{\"rewritten\":0,\"stamped\":0}"));
    assertThat(INSTALLATION.run("audit").out())
        .contains("restamp", "restored the dump of last night");
  }

  private static Installation.Outcome restamp() {
    return INSTALLATION.run(
        "log", "restamp", "--reason", "restored the dump of last night", "--json");
  }

  /** What every reader has to do. */
  private static void handle() {
    Session session = INSTALLATION.session();
    for (Subscription each : MusicCorp.subscriptions(session.database(), session.home())) {
      Login login = session.database().login(each.login());
      Poller poller =
          new Poller(each, login, new EventCodec(), "test", 10, new Sequencer(login, 0));
      while (poller.pollOnce().worked()) {
        // Until nothing is left.
      }
    }
  }

  private static void publish(String customer) {
    INSTALLATION
        .session()
        .database()
        .login("customer_service")
        .jdbc()
        .sql(
            """
            SELECT commondata.publish(
                'customer.registered',
                :customer,
                jsonb_build_object(
                    'customerId', :customer::text,
                    'name', 'Ann',
                    'email', 'ann@example.org',
                    'street', 'Road 1',
                    'city', 'Oslo',
                    'postalCode', '1',
                    'country', 'NO'))
            """)
        .param("customer", customer)
        .query()
        .singleValue();
  }

  private static List<String> handled() {
    return JdbcClient.create(INSTALLATION.owner())
        .sql(
            """
            SELECT o.key
            FROM commondata.receipt AS r
            JOIN commondata.log_position AS q ON q.part = r.part AND q.seq = r.seq
            JOIN commondata.outbox AS o ON o.part = q.part AND o.id = q.id
            WHERE r.subscription = 'fraud'
            ORDER BY o.id
            """)
        .query(String.class)
        .list();
  }
}

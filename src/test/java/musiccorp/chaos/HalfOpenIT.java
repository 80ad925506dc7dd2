package musiccorp.chaos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import commondata.database.Database;
import commondata.database.Login;
import commondata.event.EventCodec;
import commondata.event.NewEvent;
import commondata.event.Outbox;
import commondata.subscription.PollOutcome;
import commondata.subscription.Poller;
import commondata.subscription.Sequencer;
import commondata.subscription.Subscription;
import java.net.URI;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import testkit.Node;
import testkit.TestDatabase;

/**
 * The network between a node and the server goes silent: neither is told that the other is gone.
 */
final class HalfOpenIT {

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();

  private static final String LOGIN = "fraud_service";
  private static final String READER = "half-open";
  private static final String PATIENCE = "?socketTimeout=2";

  @BeforeAll
  static void prepare() {
    DATABASE
        .superuser()
        .sql(
            "ALTER DATABASE %s SET idle_in_transaction_session_timeout = '1s'"
                .formatted(DATABASE.name()))
        .update();
    DATABASE.superuser().sql("CREATE TABLE fraud.seen (what text)").update();
    DATABASE.superuser().sql("GRANT ALL ON fraud.seen TO fraud_service").update();
    DATABASE
        .superuser()
        .sql(
            "SELECT commondata.create_subscription('half-open', 'fraud_service', '{log.tested}')::text")
        .query()
        .singleValue();
  }

  @Test
  void bothLetGoAndAnotherNodeGoesOn() throws Exception {
    new Outbox(DATABASE.login("order_service"), new EventCodec())
        .publish(NewEvent.of(TestDatabase.TYPE, "k", "1"));
    URI server = URI.create(DATABASE.url().substring("jdbc:".length()));
    try (FaultyProxy network = FaultyProxy.before(server.getPort());
        Database behind =
            new Database(
                "jdbc:postgresql://127.0.0.1:%d%s%s"
                    .formatted(network.port(), server.getPath(), PATIENCE),
                login -> DATABASE.password(),
                2)) {
      Login cutOff = behind.login(LOGIN);
      Poller lonely =
          new Poller(
              reader(cutOff, () -> network.become(FaultyProxy.Mode.DEAD)),
              cutOff,
              new EventCodec(),
              "cut-off",
              10,
              new Sequencer(DATABASE.login(LOGIN), 0));

      assertThat(lonely.pollOnce()).as("no answer").isInstanceOf(PollOutcome.Interrupted.class);
      Node other = Node.of(DATABASE, reader(DATABASE.login(LOGIN), () -> {}));
      await()
          .untilAsserted(
              () -> {
                other.untilQuiet();
                assertThat(seen()).containsExactly("1");
              });

      network.heal();
      assertThat(lonely.pollOnce().worked()).as("it is done").isFalse();
      assertThat(seen()).containsExactly("1");
    }
  }

  private static Subscription reader(Login login, Runnable afterwards) {
    return Subscription.named(READER)
        .login(LOGIN)
        .onBatch(
            events -> {
              login.jdbc().sql("INSERT INTO fraud.seen VALUES ('1')").update();
              afterwards.run();
            })
        .build();
  }

  private static List<String> seen() {
    return DATABASE.superuser().sql("SELECT what FROM fraud.seen").query(String.class).list();
  }
}

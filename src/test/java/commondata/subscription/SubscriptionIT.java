package commondata.subscription;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import commondata.event.EventCodec;
import commondata.event.NewEvent;
import commondata.event.Outbox;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import testkit.Node;
import testkit.TestDatabase;

/** What a subscription receives, and from where on. */
final class SubscriptionIT {

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();

  private static final String LOGIN = "fraud_service";
  private static final AtomicInteger COUNT = new AtomicInteger();

  private String type = "";

  @BeforeEach
  void nameType() {
    type = "test.said-" + COUNT.incrementAndGet();
    DATABASE.register(type);
  }

  @Test
  void beginsAtTheBeginningOrNowOrAtATimeOrAtAPosition() {
    publish("order_service", "k", "1");
    stamp();
    String time = string("SELECT clock_timestamp()::text");
    publish("order_service", "k", "2");
    stamp();
    create("beginning", "start => 'beginning'");
    create("now", "start => 'now'");
    create("time", "start => '%s'".formatted(time));
    create(
        "position",
        "start => '%s'"
            .formatted(
                string(
                    "SELECT commondata.part_of('k') || ':' || max(q.seq) FROM commondata.log_position AS q WHERE q.part = commondata.part_of('k')")));
    publish("order_service", "k", "3");

    assertThat(read("beginning")).containsExactly("1", "2", "3");
    assertThat(read("now")).containsExactly("3");
    assertThat(read("time")).containsExactly("2", "3");
    assertThat(read("position")).containsExactly("2", "3");
    assertThat(violations()).isEmpty();
  }

  @Test
  void receivesWhatItsSourcesPublish() {
    create("one", "sources => ARRAY['order_service']");
    create("all", "max_attempts => 4");
    publish("order_service", "k", "1");
    publish("payment_service", "k", "2");
    publish("order_service", "other", "3");
    publish("payment_service", "other", "4");
    stamp();
    assertThat(waiting("one")).isEqualTo(2);
    assertThat(waiting("all")).isEqualTo(4);

    assertThat(read("one")).containsExactlyInAnyOrder("1", "3");
    assertThat(read("all")).hasSize(4);

    assertThat(waiting("one")).isZero();
    assertThat(violations()).isEmpty();
  }

  @Test
  void readsPastABacklogOfOtherSources() {
    create("one", "sources => ARRAY['order_service']");
    for (int i = 0; i < 250; i++) {
      publish("payment_service", "k", "x");
    }
    publish("order_service", "k", "1");

    assertThat(read("one")).containsExactly("1");
  }

  /** Who read on would lose it without a word. */
  @Test
  void stopsAtAPositionWhoseEventIsGoneOrHidden() {
    TestReader reader = new TestReader(DATABASE);
    reader.publish("a1", "a2");
    new Sequencer(DATABASE.login(Sequencer.LOGIN), 1).stamp();
    DATABASE
        .superuser()
        .sql(
            """
            CREATE TABLE commondata.hidden AS
            SELECT * FROM commondata.outbox WHERE payload = '"a1"'
            """)
        .update();
    DATABASE.superuser().sql("DELETE FROM commondata.outbox WHERE payload = '\"a1\"'").update();

    assertThatThrownBy(() -> reader.poller().pollOnce())
        .rootCause()
        .hasMessageContaining("is not in the log, though it has its position");

    assertThat(reader.effects()).isEmpty();
    DATABASE
        .superuser()
        .sql(
            """
            INSERT INTO commondata.outbox OVERRIDING SYSTEM VALUE
            SELECT * FROM commondata.hidden
            """)
        .update();
    reader.untilQuiet();
    assertThat(reader.effects()).containsExactly("a1", "a2");
  }

  @Test
  void eachSubscriptionGetsEveryEvent() {
    List<String> names = List.of("a", "b", "c", "d");
    names.forEach(name -> create(name, "max_attempts => 5"));
    publish("order_service", "k", "1");
    publish("order_service", "m", "2");

    for (String name : names) {
      assertThat(read(name)).as(name).containsExactlyInAnyOrder("1", "2");
    }
    assertThat(
            string(
                "SELECT count(*)::text FROM commondata.outbox AS o WHERE o.type = '%s'"
                    .formatted(type)))
        .as("no copies")
        .isEqualTo("2");
  }

  @Test
  void isCreatedOnceUnderItsName() {
    create("twice", "max_attempts => 5");
    create("twice", "max_attempts => 5");

    assertThatThrownBy(
            () ->
                string(
                    "SELECT commondata.create_subscription('%s-twice', 'fraud_service', ARRAY['other'])::text"
                        .formatted(type)))
        .rootCause()
        .hasMessageContaining("subscription \"" + type + "-twice\" exists")
        .hasMessageContaining("reads {" + type + "} from all")
        .hasMessageContaining("a name of its own");
  }

  /** An operator may have changed them since; a migration that is repeated must not undo that. */
  @Test
  void calledAgainWithOtherSettingsItWarnsAndLeavesThem() throws SQLException {
    create("settings", "max_attempts => 7");
    try (Connection owner = DATABASE.superuserDataSource().getConnection();
        Statement statement = owner.createStatement()) {
      statement.execute(
          """
          SELECT commondata.create_subscription(
              '%1$s-settings', 'fraud_service', ARRAY['%1$s'], 'HOLD', 9)
          """
              .formatted(type));

      assertThat(statement.getWarnings().getMessage())
          .contains("keeps on_dead SKIP and max_attempts 7, not HOLD and 9");
    }
  }

  @Test
  void startStopsWhenTwoShareAName() {
    create("same", "max_attempts => 5");
    Subscription one = subscription("same", new ArrayList<>());
    Subscription other =
        Subscription.named(type + "-same").login(LOGIN).on(Said.class, (said, event) -> {}).build();

    assertThatThrownBy(() -> reading().polls(List.of(one, other)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("two subscriptions are named \"" + type + "-same\"")
        .hasMessageContaining("the other [test.said]");
  }

  @Test
  void startStopsWhenAHandlerWouldNeverBeCalled() {
    create("deaf", "max_attempts => 5");
    Subscription deaf =
        Subscription.named(type + "-deaf").login(LOGIN).on(Said.class, (said, event) -> {}).build();

    assertThatThrownBy(() -> reading().polls(List.of(deaf)))
        .hasMessageContaining("has handlers for [test.said]")
        .hasMessageContaining("receives only [" + type + "]");
  }

  @Test
  void startStopsWhenAnEventWouldFindNoHandler() {
    DATABASE.register("test.said");
    string(
        "SELECT commondata.create_subscription('%1$s-mute', 'fraud_service', ARRAY['%1$s', 'test.said'])::text"
            .formatted(type));
    Subscription mute =
        Subscription.named(type + "-mute").login(LOGIN).on(Said.class, (said, event) -> {}).build();

    assertThatThrownBy(() -> reading().polls(List.of(mute)))
        .hasMessageContaining("receives [" + type + "] but has no handler for them")
        .hasMessageContaining("start the newer program")
        .hasMessageContaining("commondata.change_subscription");
  }

  @commondata.event.EventType("test.said")
  record Said(String what) {}

  private static Reading reading() {
    return new Reading(
        DATABASE.database(),
        "test",
        new EventCodec(),
        new Reading.Settings(10, 1, false, Duration.ofMillis(100), Duration.ofMillis(500)));
  }

  private void create(String name, String more) {
    string(
        "SELECT commondata.create_subscription('%1$s-%2$s', 'fraud_service', ARRAY['%1$s'], %3$s)::text"
            .formatted(type, name, more));
  }

  private Subscription subscription(String name, List<String> into) {
    return Subscription.named(type + "-" + name)
        .login(LOGIN)
        .onBatch(events -> events.forEach(event -> into.add(event.payload().replace("\"", ""))))
        .build();
  }

  private List<String> read(String name) {
    List<String> handled = new ArrayList<>();
    Node.of(DATABASE, subscription(name, handled)).untilQuiet();
    return handled;
  }

  private void publish(String login, String key, String payload) {
    new Outbox(DATABASE.login(login), new EventCodec())
        .publish(NewEvent.of(type, key, "\"" + payload + "\""));
  }

  private static void stamp() {
    string("SELECT commondata.stamp()::text");
  }

  private long waiting(String name) {
    return Long.parseLong(
        string(
            "SELECT l.waiting::text FROM commondata.lag AS l WHERE l.subscription = '%s-%s'"
                .formatted(type, name)));
  }

  private static List<String> violations() {
    return DATABASE
        .superuser()
        .sql("SELECT c.name FROM invariant.check(5) AS c WHERE c.violations > 0")
        .query(String.class)
        .list();
  }

  private static String string(String sql) {
    return DATABASE
        .superuser()
        .sql(sql)
        .query((row, n) -> String.valueOf(row.getString(1)))
        .single();
  }
}

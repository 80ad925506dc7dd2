package commondata.subscription;

import static org.assertj.core.api.Assertions.assertThat;

import commondata.database.Login;
import commondata.event.EventType;
import commondata.event.Upcast;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import testkit.Node;
import testkit.TestDatabase;

/** A log holds every version there ever was, and for a while ones that a reader can't know yet. */
final class OldAndNewVersionsIT {

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();

  private static final String LOGIN = "fraud_service";

  private final List<Sold> handled = new ArrayList<>();

  @EventType(value = "version.sold", version = 2, upcasts = InFrancs.class)
  record Sold(int total, @Nullable String currency) {}

  static final class InFrancs implements Upcast {
    @Override
    public Map<String, @Nullable Object> upcast(Map<String, @Nullable Object> payload) {
      payload.put("currency", "CHF");
      return payload;
    }
  }

  @BeforeEach
  void subscribe() {
    for (int version = 1; version <= 3; version++) {
      DATABASE
          .superuser()
          .sql("SELECT commondata.register_type('version.sold', :version)")
          .param("version", version)
          .query()
          .singleValue();
    }
    DATABASE
        .superuser()
        .sql(
            """
            SELECT commondata.create_subscription(
                'versions', 'fraud_service', ARRAY['version.sold'], max_attempts => 1)
            """)
        .query((row, n) -> true)
        .single();
  }

  @Test
  void handlesOldOnesAsTheNewestAndGivesUpOnOnesFromTheFuture() {
    publish("a", 1, "{\"total\": 10}");
    publish("b", 2, "{\"total\": 20, \"currency\": \"EUR\"}");
    publish("c", 3, "{\"total\": 30, \"currency\": \"EUR\", \"rate\": \"unheard-of\"}");

    Node.of(
            DATABASE,
            Subscription.named("versions")
                .login(LOGIN)
                .on(Sold.class, (sold, event) -> handled.add(sold))
                .build())
        .untilQuiet();

    assertThat(handled).containsExactlyInAnyOrder(new Sold(10, "CHF"), new Sold(20, "EUR"));
    assertThat(
            DATABASE
                .superuser()
                .sql("SELECT key || ' ' || error_message FROM commondata.dead_letter")
                .query(String.class)
                .list())
        .singleElement()
        .asString()
        .startsWith("c version.sold v3 key \"c\" at ")
        .endsWith("this reader knows version.sold up to v2: start a newer program, then replay");
  }

  private static void publish(String key, int version, String payload) {
    Login login = DATABASE.login("order_service");
    login
        .jdbc()
        .sql(
            """
            SELECT commondata.publish(
                'version.sold', :key, CAST(:payload AS jsonb), version => :version)
            """)
        .param("key", key)
        .param("payload", payload)
        .param("version", version)
        .query()
        .singleValue();
  }
}

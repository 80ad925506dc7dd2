package commondata.subscription;

import static org.assertj.core.api.Assertions.assertThat;

import commondata.event.EventCodec;
import commondata.event.EventType;
import commondata.event.Outbox;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import testkit.Node;
import testkit.TestDatabase;

/** One asks, another answers whoever the request names, and both belong to one flow. */
final class RequestIT {

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();

  private static final String ASKING = "order_service";
  private static final String ANSWERING = "fraud_service";
  private static final LocalDate DAY = LocalDate.of(2026, 2, 3);

  private final EventCodec codec = new EventCodec();
  private final Outbox asking = new Outbox(DATABASE.login(ASKING), codec);
  private final Outbox answering = new Outbox(DATABASE.login(ANSWERING), codec);

  @EventType("test.begun")
  record Begun(int number) {}

  @EventType("test.asked")
  record Asked(int number) {}

  @EventType("test.answered")
  record Answered(int number) {}

  @BeforeEach
  void register() {
    List.of("test.begun", "test.asked", "test.answered").forEach(DATABASE::register);
    DATABASE
        .superuser()
        .sql("SELECT commondata.create_subscription('answers', :login, ARRAY['test.asked'])")
        .param("login", ANSWERING)
        .query()
        .singleRow();
  }

  @Test
  void theAnswerNamesItsRequestAndWhomItIsFor() {
    UUID flow =
        DATABASE
            .login(ASKING)
            .inTransaction(
                () -> {
                  UUID begun = asking.publish("k", new Begun(1), DAY);
                  asking.request("k", new Asked(1), "order", DAY, begun);
                  return begun;
                });

    Node.of(DATABASE, answers()).untilQuiet();

    Map<String, Object> asked = event("test.asked");
    assertThat(asked)
        .containsEntry("kind", "request")
        .containsEntry("reply_to", "order")
        .containsEntry("correlation_id", flow)
        .containsEntry("causation_id", null);
    assertThat(event("test.answered"))
        .containsEntry("key", "k")
        .containsEntry("source", ANSWERING)
        .containsEntry("kind", "response")
        .containsEntry("reply_to", "order")
        .containsEntry("correlation_id", flow)
        .containsEntry("causation_id", asked.get("event_id"))
        .containsEntry("business_date", java.sql.Date.valueOf(DAY));
  }

  private Subscription answers() {
    return Subscription.named("answers")
        .login(ANSWERING)
        .on(Asked.class, (asked, event) -> answering.respond(event, new Answered(asked.number())))
        .build();
  }

  private static Map<String, Object> event(String type) {
    return DATABASE
        .superuser()
        .sql("SELECT o.* FROM commondata.outbox AS o WHERE o.type = :type")
        .param("type", type)
        .query()
        .singleRow();
  }
}

package commondata.operate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import testkit.TestDatabase;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

final class EventsIT {

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();

  private static final String PAYLOAD =
      """
      {"customerId": "c-1", "name": "Zoë", "email": "zoe@example.org", "country": "CH"}
      """;
  private static final JsonMapper JSON = new JsonMapper();

  private final Operate operate =
      new Operate(DATABASE.login(Operate.READER), () -> DATABASE.login(Operate.OPERATOR));

  @BeforeAll
  static void publish() {
    DATABASE
        .login("customer_service")
        .jdbc()
        .sql(
            """
            SELECT commondata.publish(
                'customer.registered', 'c-1', CAST(:payload AS jsonb),
                business_date => '2026-11-20')
            """)
        .param("payload", PAYLOAD)
        .query()
        .singleValue();
  }

  @Test
  void findsAnEventByItsKeyAndByItsId() {
    EventEntry event = operate.events("c-1", 10).get(0);

    assertThat(event.type()).isEqualTo("customer.registered");
    assertThat(event.source()).isEqualTo("customer_service");
    assertThat(operate.event(event.eventId())).contains(event);
    assertThat(operate.event(UUID.randomUUID())).isEmpty();
    assertThat(operate.events("c-2", 10)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "00000000-0001-7abc-8def-000000000001",
        "ffffffff-ffff-7abc-8def-000000000001",
        "v4",
        "hour"
      })
  void findsAnEventWhoseIdSaysAnotherTime(String id) {
    UUID eventId =
        switch (id) {
          case "v4" -> UUID.randomUUID();
          case "hour" -> new UUID((Instant.now().toEpochMilli() - 3_600_000) << 16 | 0x7000, -2);
          default -> UUID.fromString(id);
        };
    DATABASE
        .login("customer_service")
        .jdbc()
        .sql(
            """
            SELECT commondata.publish(
                'customer.registered', 'c-9', CAST(:payload AS jsonb), event_id => :id)
            """)
        .param("payload", PAYLOAD)
        .param("id", eventId)
        .query()
        .singleValue();

    assertThat(operate.event(eventId)).map(EventEntry::key).contains("c-9");
    assertThat(operate.cloudEvent(eventId)).isPresent();
    assertThat(operate.reveal(eventId, new Act("ann", "a test"))).isPresent();
  }

  @Test
  void rendersAnEventAsCloudEvent() {
    EventEntry event = operate.events("c-1", 10).get(0);

    JsonNode cloud = JSON.readTree(operate.cloudEvent(event.eventId()).orElseThrow());

    assertThat(cloud.get("specversion").asString()).isEqualTo("1.0");
    assertThat(cloud.get("id").asString()).isEqualTo(event.eventId().toString());
    assertThat(cloud.get("source").asString()).isEqualTo("urn:commondata:login:customer_service");
    assertThat(cloud.get("type").asString()).isEqualTo("customer.registered");
    assertThat(cloud.get("subject").asString()).isEqualTo("c-1");
    assertThat(Instant.parse(cloud.get("time").asString())).isEqualTo(event.occurredAt());
    assertThat(cloud.get("datacontenttype").asString()).isEqualTo("application/json");
    assertThat(cloud.get("dataschema").asString())
        .isEqualTo("urn:musiccorp:event:customer.registered:1");
    assertThat(cloud.get("businessdate").asString()).isEqualTo("2026-11-20");
    assertThat(cloud.get("traceparent").asString()).isEqualTo(event.traceparent());
    assertThat(cloud.propertyNames())
        .as("names of attributes (CloudEvents 1.0, naming conventions)")
        .allMatch(name -> name.matches("[a-z0-9]{1,20}"));
    assertThat(cloud.get("data").get("customerId").asString()).isEqualTo("c-1");
    assertThat(cloud.get("data").get("country").asString()).isEqualTo("CH");
  }

  @Test
  void givesAServiceTheWholeEventIfItMayReadIt() {
    assertThat(cloudEvents("customer_service")).singleElement().asString().contains("Zoë");
    assertThat(cloudEvents("notification_service")).as("subscribes to the type").hasSize(1);
    assertThat(cloudEvents("warehouse_service")).isEmpty();
  }

  @Test
  void listsWhatMayBePublished() {
    assertThat(operate.eventTypes())
        .extracting(TypeEntry::type, TypeEntry::version, TypeEntry::hasSchema)
        .contains(
            tuple("order.rejected", 1, true),
            tuple("order.rejected", 2, true),
            tuple(TestDatabase.TYPE, 1, false));
  }

  private static List<String> cloudEvents(String login) {
    return DATABASE
        .login(login)
        .jdbc()
        .sql("SELECT cloud_event FROM commondata.cloud_event WHERE key = 'c-1'")
        .query(String.class)
        .list();
  }
}

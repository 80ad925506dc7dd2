package commondata.subscription;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import commondata.event.Event;
import commondata.event.EventCodec;
import commondata.event.EventType;
import commondata.event.Handling;
import commondata.event.NewEvent;
import commondata.event.Outbox;
import commondata.event.Traceparent;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;
import testkit.Node;
import testkit.TestDatabase;

/** A trace begins at the edge and goes through every event that follows, and into log lines. */
final class TraceContextIT {

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();

  private static final String READER = "fraud_service";
  private static final EventCodec CODEC = new EventCodec();
  private static final List<String> LINES = new ArrayList<>();

  @EventType("traced.asked")
  record Asked(int n) {}

  @EventType("traced.answered")
  record Answered(int n) {}

  @BeforeAll
  static void subscribe() {
    DATABASE.register("traced.asked");
    DATABASE.register("traced.answered");
    DATABASE
        .superuser()
        .sql(
            """
            SELECT commondata.create_subscription(
                'traced', 'fraud_service', ARRAY['traced.asked', 'traced.answered'])
            """)
        .query((row, n) -> true)
        .single();
  }

  @Test
  void passesARequestsTraceOnToAllThatFollows() {
    Traceparent request = Traceparent.begin();
    UUID asked;
    Handling.begin(request);
    try {
      asked = publish("outside", new Asked(1));
    } finally {
      Handling.end();
    }

    work();

    assertThat(stored("outside"))
        .hasSize(2)
        .doesNotHaveDuplicates()
        .allMatch(header -> header.startsWith("00-" + request.traceId() + "-"))
        .noneMatch(header -> header.contains(request.parentId()));
    assertThat(LINES).contains("event=%s trace=%s".formatted(asked, request.traceId()));
  }

  @Test
  void aFlowWithoutARequestIsItsOwnTrace() {
    UUID asked = publish("inside", new Asked(2));
    String traceId = asked.toString().replace("-", "");

    work();

    assertThat(stored("inside")).containsOnlyNulls().hasSize(2);
    assertThat(
            DATABASE
                .login("commondata_console")
                .jdbc()
                .sql("SELECT traceparent FROM commondata.event WHERE key = 'inside'")
                .query(String.class)
                .list())
        .hasSize(2)
        .doesNotHaveDuplicates()
        .allMatch(header -> header.startsWith("00-" + traceId + "-"))
        .allMatch(header -> Traceparent.parse(header).isPresent());
    assertThat(LINES).contains("event=%s trace=%s".formatted(asked, traceId));
  }

  @Test
  void nonsenseFromOutsideIsNotPassedOn() {
    DATABASE
        .login("order_service")
        .jdbc()
        .sql(
            """
            SELECT commondata.publish('traced.asked', 'odd', '{"n": 3}', traceparent => 'odd')
            """)
        .query()
        .singleValue();

    work();

    assertThat(
            DATABASE
                .login("commondata_console")
                .jdbc()
                .sql("SELECT traceparent FROM commondata.event WHERE key = 'odd'")
                .query(String.class)
                .list())
        .hasSize(2)
        .allMatch(header -> Traceparent.parse(header).isPresent());
  }

  @Test
  void whatIsLoggedOfAFailureSaysOfWhichEventAndTrace() {
    TestReader reader = new TestReader(DATABASE);
    Logger logger = (Logger) LoggerFactory.getLogger(Failures.class);
    ListAppender<ILoggingEvent> lines = new ListAppender<>();
    lines.start();
    logger.addAppender(lines);
    try {
      reader
          .when(
              what -> {
                throw new IllegalStateException("not yet");
              })
          .publish("a1")
          .poller()
          .pollOnce();
    } finally {
      logger.detachAppender(lines);
    }

    assertThat(lines.list)
        .singleElement()
        .satisfies(
            line ->
                assertThat(line.getMDCPropertyMap())
                    .containsEntry("subscription", reader.name())
                    .containsKeys("event", "trace"));
    assertThat(MDC.getCopyOfContextMap()).isNullOrEmpty();
  }

  @Test
  void leavesNothingBehindOnTheThread() {
    publish("clean", new Asked(4));

    work();

    assertThat(Handling.current()).isNull();
    assertThat(MDC.getCopyOfContextMap()).isNullOrEmpty();
  }

  @Test
  void aBatchHandlerSaysWhatAnEventFollowsFrom() {
    UUID first = publish("batch-1", new Asked(5));
    UUID second = publish("batch-2", new Asked(6));
    Subscription batches =
        Subscription.named("traced").login(READER).onBatch(TraceContextIT::answerAll).build();

    Node.of(DATABASE, batches).untilQuiet();

    assertThat(causeOfAnswer("batch-1")).isEqualTo(first);
    assertThat(causeOfAnswer("batch-2")).isEqualTo(second);
    assertThat(Handling.current()).as("when the handler has returned").isNull();
  }

  private static void answerAll(List<Event> events) {
    for (Event event : events) {
      if (event.type().equals("traced.asked")) {
        Handling.begin(event);
        answer(new Asked(7), event);
      }
    }
  }

  private static UUID causeOfAnswer(String key) {
    return DATABASE
        .superuser()
        .sql(
            """
            SELECT causation_id
            FROM commondata.outbox
            WHERE key = :key AND type = 'traced.answered'
            """)
        .param("key", key)
        .query(UUID.class)
        .single();
  }

  private static void work() {
    Node.of(
            DATABASE,
            Subscription.named("traced")
                .login(READER)
                .on(Asked.class, TraceContextIT::answer)
                .on(Answered.class, (answered, event) -> {})
                .build())
        .untilQuiet();
  }

  private static void answer(Asked asked, Event event) {
    LINES.add("event=%s trace=%s".formatted(MDC.get("event"), MDC.get("trace")));
    new Outbox(DATABASE.login(READER), CODEC).publish(event.key(), new Answered(asked.n()));
  }

  private static UUID publish(String key, Asked asked) {
    return new Outbox(DATABASE.login("order_service"), CODEC)
        .publish(NewEvent.of("traced.asked", key, CODEC.write(asked)));
  }

  private static List<String> stored(String key) {
    return DATABASE
        .superuser()
        .sql("SELECT traceparent FROM commondata.outbox WHERE key = :key")
        .param("key", key)
        .query((row, n) -> row.getString(1))
        .list();
  }
}

package commondata.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import commondata.database.Login;
import commondata.subscription.Subscription;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.util.PSQLException;
import org.springframework.dao.DataAccessException;
import testkit.Node;
import testkit.TestDatabase;

/** Each bad event, on each way into the log: refused with a sentence, and nothing else is lost. */
final class BadEventsIT {

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();

  private static final String TYPE = TestDatabase.TYPE;
  private static final String LONG_KEY = "k".repeat(10_240);
  private static final int MEBIBYTE = 1 << 20;
  private static final String BIG = "[\"" + "x".repeat(MEBIBYTE) + "\"]";

  /** type, version, key, payload; what all ways say, what to do. */
  static List<Arguments> badEvents() {
    return List.of(
        Arguments.of(
            "log.testd", 1, "k", "{}", "event type \"log.testd\" is not registered", "contract/"),
        Arguments.of(
            TYPE, 2, "k", "{}", "\"log.tested\" has no version 2; registered here: 1", "migrate"),
        Arguments.of(TYPE, 0, "k", "{}", "\"log.tested\" has no version 0", "registered version"),
        Arguments.of("", 1, "k", "{}", "event type \"\" has 0 bytes", "1 to 100 bytes"),
        Arguments.of("t".repeat(101), 1, "k", "{}", "has 101 bytes", "1 to 100 bytes"),
        Arguments.of(TYPE, 1, "", "{}", "key \"\" of log.tested has 0 bytes", "1 to 200 bytes"),
        Arguments.of(TYPE, 1, LONG_KEY, "{}", "of log.tested has 10240 bytes", "1 to 200 bytes"),
        Arguments.of(TYPE, 1, "ä".repeat(101), "{}", "has 202 bytes", "1 to 200 bytes"),
        Arguments.of(
            TYPE, 1, "k", BIG, "payload of log.tested \"k\" has 10485", "reference to the data"));
  }

  /** What is no jsonb never reaches the log: the server's words in SQL, our sentence in Java. */
  static List<Arguments> badPayloads() {
    return List.of(
        Arguments.of("{\"a\":", "invalid input syntax for type json", "is no JSON"),
        Arguments.of("", "invalid input syntax for type json", "is no JSON"),
        Arguments.of("{'a':1}", "invalid input syntax for type json", "is no JSON"),
        Arguments.of("{\"a\":\"\\u0000\"}", "unsupported Unicode escape", "holds \\u0000"),
        Arguments.of("{\"a\":\"\0\"}", "invalid byte sequence", "holds a NUL"),
        Arguments.of("[".repeat(90_000), "stack depth limit", "nested too deeply"));
  }

  @ParameterizedTest
  @MethodSource("badEvents")
  void areRefusedByTheOutbox(
      String type, int version, String key, String payload, String what, String remedy) {
    assertThatThrownBy(() -> outbox().publish(event(type, version, key, payload)))
        .isInstanceOf(EventRefusedException.class)
        .hasMessageContaining(what)
        .hasMessageContaining(remedy)
        .satisfies(refused -> assertThat(refused.getMessage()).hasSizeLessThan(300));
    theLogGoesOn();
  }

  @ParameterizedTest
  @MethodSource("badEvents")
  void areRefusedByPublish(
      String type, int version, String key, String payload, String what, String remedy) {
    assertThatThrownBy(() -> publish(type, version, key, payload))
        .rootCause()
        .isInstanceOf(PSQLException.class)
        .hasMessageContaining(what)
        .satisfies(refused -> assertThat(hint((PSQLException) refused)).contains(remedy));
    theLogGoesOn();
  }

  @ParameterizedTest
  @MethodSource("badEvents")
  void areRefusedByPublishAllWithTheGoodOnesBesideThem(
      String type, int version, String key, String payload, String what, String remedy) {
    long before = events();

    assertThatThrownBy(() -> publishAll(type, version, key, payload))
        .rootCause()
        .isInstanceOf(PSQLException.class)
        .hasMessageContaining(what)
        .satisfies(refused -> assertThat(hint((PSQLException) refused)).contains(remedy));
    assertThat(events()).as("all or none").isEqualTo(before);
    theLogGoesOn();
  }

  /** A table keeps what repeats itself compressed. */
  @Test
  void areRefusedAlsoWhereTheyAreStoredSmaller() {
    DATABASE
        .superuser()
        .sql(
            """
            CREATE TABLE public.stored AS
            SELECT jsonb_build_object('a', repeat('x', 2000000)) AS payload
            """)
        .update();
    DATABASE.superuser().sql("GRANT SELECT ON public.stored TO order_service").update();

    assertThatThrownBy(
            () ->
                DATABASE
                    .login("order_service")
                    .jdbc()
                    .sql(
                        "SELECT commondata.publish('log.tested', 'k', s.payload) FROM public.stored AS s")
                    .query()
                    .singleValue())
        .rootCause()
        .hasMessageContaining("payload of log.tested \"k\" has 20000");
    theLogGoesOn();
  }

  @ParameterizedTest
  @MethodSource("badPayloads")
  void payloadsThatAreNoJsonAreRefused(String payload, String inSql, String inJava) {
    assertThatThrownBy(() -> outbox().publish(event(TYPE, 1, "k", payload)))
        .isInstanceOf(EventRefusedException.class)
        .hasMessageContaining(inJava)
        .hasMessageContaining("log.tested \"k\"");
    assertThatThrownBy(() -> publish(TYPE, 1, "k", payload))
        .rootCause()
        .hasMessageContaining(inSql);
    assertThatThrownBy(() -> publishAll(TYPE, 1, "k", payload))
        .rootCause()
        .hasMessageContaining(inSql);
    theLogGoesOn();
  }

  /** unnest fills up the shorter array. */
  @ParameterizedTest
  @CsvSource({
    "'event_ids => ARRAY[NULL, NULL]::uuid[]', 2 event_ids for 1 events",
    "'traceparents => ARRAY[NULL, NULL]::text[]', 2 traceparents for 1 events",
    "'event_ids => ARRAY[]::uuid[]', 0 event_ids for 1 events"
  })
  void arraysThatDoNotFitTheEventsAreRefused(String beside, String what) {
    String sql =
        """
        SELECT commondata.publish_all(
            ARRAY[ROW('log.tested', 'k', '{}', 1, NULL, NULL, NULL, NULL, NULL)
                ::commondata.new_event], %s)
        """;

    assertThatThrownBy(
            () ->
                DATABASE
                    .login("order_service")
                    .jdbc()
                    .sql(sql.formatted(beside))
                    .query()
                    .singleValue())
        .rootCause()
        .isInstanceOf(PSQLException.class)
        .hasMessageContaining(what)
        .satisfies(
            refused -> assertThat(hint((PSQLException) refused)).contains("one for each event"));
    theLogGoesOn();
  }

  /** They come with every event to every reader, and no limit of the payload counts them. */
  @ParameterizedTest
  @CsvSource({"reply_to, It names a service", "traceparent, W3C Trace Context"})
  void whatGoesWithAnEventIsLimited(String argument, String remedy) {
    String all =
        """
        SELECT commondata.publish_all(
            ARRAY[ROW('log.tested', 'k', '{}', 1, NULL, NULL, NULL, NULL, %s)
                ::commondata.new_event], traceparents => ARRAY[%s])
        """;
    String text = "repeat('x', 101)";
    boolean replies = argument.equals("reply_to");
    for (String sql :
        List.of(
            "SELECT commondata.publish('log.tested', 'k', '{}', %s => %s)"
                .formatted(argument, text),
            all.formatted(replies ? text : "NULL", replies ? "NULL" : text))) {
      assertThatThrownBy(() -> login().jdbc().sql(sql).query().singleValue())
          .rootCause()
          .isInstanceOf(PSQLException.class)
          .hasMessageContaining("of log.tested \"k\" has 101 bytes")
          .satisfies(refused -> assertThat(hint((PSQLException) refused)).contains(remedy));
    }
    theLogGoesOn();
  }

  @Test
  void aNulInAKeyIsRefused() {
    assertThatThrownBy(() -> outbox().publish(event(TYPE, 1, "a\0b", "{}")))
        .isInstanceOf(EventRefusedException.class)
        .hasMessage(
            "type, key, payload or replyTo of log.tested \"a?b\" holds a NUL, which is no text: leave it out.");
  }

  @Test
  void aNulInTheNameOfWhoIsAnsweredIsRefused() {
    NewEvent request = new NewEvent(TYPE, 1, "k", "{}", Kind.REQUEST, "a\0b", null, null, null);

    assertThatThrownBy(() -> outbox().publish(request)).isInstanceOf(EventRefusedException.class);
  }

  @Test
  void whatIsMissingIsRefused() {
    assertThatThrownBy(() -> publish(TYPE, 1, null, "{}"))
        .rootCause()
        .hasMessageContaining("key \"<NULL>\" of log.tested has 0 bytes");
    assertThatThrownBy(() -> publish(null, 1, "k", "{}"))
        .rootCause()
        .hasMessageContaining("event type \"<NULL>\" has 0 bytes");
    assertThatThrownBy(() -> publish(TYPE, 1, "k", null))
        .rootCause()
        .hasMessageContaining("payload of log.tested \"k\" is missing");
    assertThatThrownBy(() -> publishAll(TYPE, 1, "k", null))
        .rootCause()
        .hasMessageContaining("payload of log.tested \"k\" is missing");
  }

  @Test
  void aKindNobodyKnowsIsRefused() {
    assertThatThrownBy(
            () ->
                login()
                    .jdbc()
                    .sql("SELECT commondata.publish('log.tested', 'k', '{}', kind => 'order')")
                    .query()
                    .singleValue())
        .rootCause()
        .hasMessageContaining("kind \"order\" of log.tested \"k\" is not known");
  }

  @Test
  void aRefusalUndoesTheCallersTransaction() {
    long before = events();

    assertThatThrownBy(
            () ->
                login()
                    .inTransactionDo(
                        () -> {
                          outbox().publish(event(TYPE, 1, "good", "{}"));
                          outbox().publish(event(TYPE, 1, LONG_KEY, "{}"));
                        }))
        .isInstanceOf(EventRefusedException.class);

    assertThat(events()).isEqualTo(before);
  }

  /** It goes to the server with the events, and runs what the service has deferred. */
  @ParameterizedTest
  @ValueSource(strings = {"22003", "22P02", "54001"})
  void whatTheCommitFailsAtIsNoRefusalOfAnEvent(String state) {
    DATABASE
        .superuser()
        .sql(
            """
            DROP TABLE IF EXISTS orders.checked;
            CREATE TABLE orders.checked (n integer);
            GRANT INSERT ON orders.checked TO order_service;
            CREATE OR REPLACE FUNCTION orders.check_it() RETURNS trigger
            LANGUAGE plpgsql
            AS $$
            BEGIN
                RAISE 'the sum is too large' USING ERRCODE = '%s';
            END
            $$;
            CREATE CONSTRAINT TRIGGER is_right AFTER INSERT ON orders.checked
                DEFERRABLE INITIALLY DEFERRED
                FOR EACH ROW EXECUTE FUNCTION orders.check_it();
            """
                .formatted(state))
        .update();

    assertThatThrownBy(
            () ->
                login()
                    .inTransactionDo(
                        () -> {
                          login().jdbc().sql("INSERT INTO orders.checked VALUES (1)").update();
                          outbox().publish(event(TYPE, 1, "good", "{}"));
                        }))
        .isInstanceOf(DataAccessException.class)
        .rootCause()
        .hasMessageContaining("the sum is too large");
    theLogGoesOn();
  }

  @Test
  void aHandlerThatPublishesOneIsNotTriedAgain() {
    DATABASE
        .superuser()
        .sql(
            """
            SELECT commondata.create_subscription('refused', 'order_service', ARRAY['log.tested'])
            """)
        .query((row, n) -> true)
        .single();
    outbox().publish(event(TYPE, 1, "answered", "{}"));

    Node.of(
            DATABASE,
            Subscription.named("refused")
                .login("order_service")
                .onBatch(
                    events ->
                        events.stream()
                            .filter(event -> event.key().equals("answered"))
                            .forEach(event -> outbox().publish(event("log.testd", 1, "k", "{}"))))
                .build())
        .untilQuiet();

    assertThat(
            DATABASE
                .superuser()
                .sql("SELECT attempts || ' ' || error_message FROM commondata.dead_letter")
                .query(String.class)
                .list())
        .singleElement()
        .asString()
        .startsWith("1 event type \"log.testd\" is not registered");
  }

  @Test
  void onlyAMigrationRegistersAType() {
    assertThatThrownBy(
            () ->
                login()
                    .jdbc()
                    .sql("SELECT commondata.register_type('order.imagined')")
                    .query()
                    .singleValue())
        .rootCause()
        .hasMessageContaining("permission denied for function register_type");
  }

  private static NewEvent event(String type, int version, String key, String payload) {
    return new NewEvent(type, version, key, payload, Kind.EVENT, null, null, null, null);
  }

  private static Login login() {
    return DATABASE.login("order_service");
  }

  private static Outbox outbox() {
    return new Outbox(login(), new EventCodec());
  }

  private static void publish(
      @Nullable String type, int version, @Nullable String key, @Nullable String payload) {
    login()
        .jdbc()
        .sql("SELECT commondata.publish(:type, :key, CAST(:payload AS jsonb), :version)")
        .param("type", type)
        .param("key", key)
        .param("payload", payload)
        .param("version", version)
        .query()
        .singleValue();
  }

  private static void publishAll(String type, int version, String key, @Nullable String payload) {
    login()
        .jdbc()
        .sql(
            """
            SELECT commondata.publish_all(ARRAY[
                CAST(ROW('log.tested', 'good', '{}', 1, NULL, NULL, NULL, NULL, NULL)
                    AS commondata.new_event),
                CAST(
                    ROW(:type, :key, CAST(:payload AS jsonb), :version, NULL, NULL, NULL, NULL,
                        NULL)
                    AS commondata.new_event)
            ])
            """)
        .param("type", type)
        .param("key", key)
        .param("payload", payload)
        .param("version", version)
        .query()
        .singleValue();
  }

  private static void theLogGoesOn() {
    long before = events();
    outbox().publish(event(TYPE, 1, "good", "{}"));
    assertThat(events()).isEqualTo(before + 1);
  }

  private static long events() {
    return DATABASE
        .superuser()
        .sql("SELECT count(*) FROM commondata.outbox")
        .query(Long.class)
        .single();
  }

  private static String hint(PSQLException refused) {
    return String.valueOf(Objects.requireNonNull(refused.getServerErrorMessage()).getHint());
  }
}

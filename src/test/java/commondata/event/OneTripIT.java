package commondata.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import commondata.database.Login;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.dao.DataAccessException;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.UnexpectedRollbackException;
import org.springframework.transaction.support.TransactionTemplate;
import testkit.RoundTrips;
import testkit.TestDatabase;

/** A row that nobody waits for, the events and the COMMIT go to the server in one round trip. */
final class OneTripIT {

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();

  private static final String INSERT = "INSERT INTO orders.trip (id, n) VALUES (?, ?)";

  private RoundTrips trips;
  private int id;

  @BeforeAll
  static void makeTheTables() {
    DATABASE
        .superuser()
        .sql(
            """
            CREATE TABLE orders.customer_of_trip (id integer PRIMARY KEY);
            CREATE TABLE orders.trip (
                id       integer PRIMARY KEY,
                n        integer,
                customer integer REFERENCES orders.customer_of_trip DEFERRABLE INITIALLY DEFERRED
            );
            GRANT ALL ON orders.trip TO order_service;
            CREATE TABLE orders.told (what text);
            GRANT ALL ON orders.told TO order_service;
            CREATE FUNCTION orders.tell() RETURNS trigger
            LANGUAGE plpgsql
            AS $$
            BEGIN
                PERFORM commondata.publish('log.tested', 'told', NEW.what::jsonb);
                RETURN NEW;
            END
            $$;
            CREATE TRIGGER tell AFTER INSERT ON orders.told
                FOR EACH ROW EXECUTE FUNCTION orders.tell()
            """)
        .update();
  }

  @BeforeEach
  void empty() throws IOException {
    DATABASE.superuser().sql("TRUNCATE orders.trip, commondata.outbox").update();
    trips = new RoundTrips(DATABASE);
  }

  @AfterEach
  void close() throws IOException {
    trips.close();
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0, 0", "1, 0, 1", "0, 1, 1", "1, 1, 1", "1, 3, 1", "3, 1, 2", "3, 0, 2", "0, 3, 1"
  })
  void aTransactionTakesNoMoreThanItMust(int writes, int events, int expected) {
    long taken =
        trips.of(
            () ->
                login()
                    .inTransactionDo(
                        () -> {
                          for (int n = 0; n < writes; n++) {
                            login().write(INSERT, ++id, n);
                          }
                          for (int n = 0; n < events; n++) {
                            publish("{}");
                          }
                        }));

    assertThat(taken).isEqualTo(expected);
    assertThat(rows()).isEqualTo(writes * RoundTrips.TRIES);
    assertThat(events()).isEqualTo(events * RoundTrips.TRIES);
  }

  /** What is waited for is a round trip of its own. */
  @Test
  void aRowThatIsWaitedForTakesOneMore() {
    long taken =
        trips.of(
            () ->
                login()
                    .inTransactionDo(
                        () -> {
                          login().jdbc().sql(INSERT).params(++id, 1).update();
                          publish("{}");
                        }));

    assertThat(taken).isEqualTo(2);
  }

  @Test
  void whatIsSentTogetherIsInTheOrderOfTheCalls() {
    login()
        .inTransactionDo(
            () -> {
              publish("{\"n\": 1}");
              login()
                  .write(
                      "INSERT INTO orders.trip (id, n) SELECT ?, count(*) FROM commondata.outbox",
                      1);
              publish("{\"n\": 2}");
            });

    assertThat(column("SELECT n FROM orders.trip")).containsExactly("0");
    assertThat(column("SELECT payload ->> 'n' FROM commondata.outbox ORDER BY id"))
        .containsExactly("1", "2");
  }

  /** A remark would hide what comes behind it on its line. */
  @ParameterizedTest
  @ValueSource(strings = {"; -- what?", ";", " -- who?", " /* ; */", "\n"})
  void aRowIsWrittenHoweverItsTextEnds(String end) {
    writeAndPublish("{}", INSERT + end, 1, 1);
    login().inTransactionDo(() -> login().write(INSERT + end, 2, 1));

    assertThat(rows()).isEqualTo(2);
    assertThat(events()).isEqualTo(1);
  }

  @Test
  void eventsThatAreDueAtSeveralTimesGoBehindTheRow() {
    login()
        .inTransactionDo(
            () -> {
              login().write(INSERT, 1, 1);
              publish("{}");
              outbox()
                  .publish(
                      new NewEvent(
                          TestDatabase.TYPE,
                          1,
                          "k",
                          "{}",
                          Kind.EVENT,
                          null,
                          null,
                          null,
                          Instant.now().plusSeconds(60)));
              publish("{}");
            });

    assertThat(rows()).isEqualTo(1);
    assertThat(events()).isEqualTo(3);
  }

  /** The server's words for these are the same for a payload. */
  @ParameterizedTest
  @CsvSource({
    "CAST(? AS integer), many",
    "CAST(? AS numeric)::integer, 3000000000",
    "length(CAST(? AS jsonb) #>> '{}'), [",
    "length(CAST(? AS jsonb) #>> '{}'), '{\"a\":\"\\u0000\"}'"
  })
  void aRowThatIsRefusedIsNoRefusalOfTheEvent(String expression, String value) {
    String insert = "INSERT INTO orders.trip (id, n) VALUES (1, %s)".formatted(expression);

    assertThatThrownBy(() -> writeAndPublish("{}", insert, value))
        .isInstanceOf(DataAccessException.class);

    assertThat(rows() + events()).isZero();
  }

  /** It publishes by SQL, and its own text is in the context of what it fails at. */
  @Test
  void aTriggerOfARowThatFailsIsNoRefusalOfTheEvent() {
    assertThatThrownBy(
            () -> writeAndPublish("{}", "INSERT INTO orders.told (what) VALUES (?)", "no JSON"))
        .isInstanceOf(DataAccessException.class);

    assertThat(events()).isZero();
  }

  @Test
  void anEventIsRefusedWhateverTheSearchPathIs() throws IOException {
    DATABASE.superuser().sql("ALTER ROLE order_service SET search_path = commondata").update();
    try (RoundTrips others = new RoundTrips(DATABASE)) {
      Outbox outbox = new Outbox(others.login("order_service"), new EventCodec());

      assertThatThrownBy(() -> outbox.publish(NewEvent.of(TestDatabase.TYPE, "k", "no JSON")))
          .isInstanceOf(EventRefusedException.class);
    } finally {
      DATABASE.superuser().sql("ALTER ROLE order_service RESET search_path").update();
    }
  }

  /** The driver would send the events before it reads what the row answers. */
  @Test
  void longEventsGoBehindARowThatAnswersAtLength() {
    String large = "\"" + "x".repeat(900_000) + "\"";
    String insert =
        """
        INSERT INTO orders.trip (id)
        SELECT g.n
        FROM generate_series(1, ?) AS g (n)
        RETURNING id, repeat('y', 100)
        """;

    login()
        .inTransactionDo(
            () -> {
              login().write(insert, 40_000);
              for (int n = 0; n < 8; n++) {
                publish(large);
              }
            });

    assertThat(rows()).isEqualTo(40_000);
    assertThat(events()).isEqualTo(8);
  }

  /** The savepoint of a nested transaction sends what waits. */
  @Test
  void whatCouldNotBeSentIsNotLeftOut() {
    TransactionTemplate nested =
        new TransactionTemplate(new JdbcTransactionManager(login().dataSource()));
    nested.setPropagationBehavior(TransactionDefinition.PROPAGATION_NESTED);

    assertThatThrownBy(
            () ->
                login()
                    .inTransactionDo(
                        () -> {
                          login().write(INSERT, 1, new Object());
                          publish("{}");
                          assertThatThrownBy(() -> nested.executeWithoutResult(status -> {}))
                              .isInstanceOf(DataAccessException.class);
                        }))
        .isInstanceOf(UnexpectedRollbackException.class);

    assertThat(rows() + events()).isZero();
  }

  @Test
  void aRowThatIsThereAlreadyIsToldAsOne() {
    login().write(INSERT, 1, 1);

    assertThatThrownBy(() -> writeAndPublish("{}", INSERT, 1, 1))
        .isInstanceOf(DuplicateKeyException.class);
    assertThatThrownBy(() -> login().inTransactionDo(() -> login().write(INSERT, 1, 1)))
        .isInstanceOf(DuplicateKeyException.class);

    assertThat(events()).isZero();
  }

  @Test
  void anEventThatIsRefusedTakesTheRowWithIt() {
    assertThatThrownBy(() -> writeAndPublish("{'a': 1}", INSERT, 1, 1))
        .isInstanceOf(EventRefusedException.class)
        .hasMessageContaining("payload of log.tested \"k\" is no JSON");

    assertThat(rows()).isZero();
  }

  @Test
  void whatTheCommitRefusesIsTold() {
    String insert = "INSERT INTO orders.trip (id, customer) VALUES (?, ?)";

    assertThatThrownBy(() -> writeAndPublish("{}", insert, 1, 7))
        .isInstanceOf(DataIntegrityViolationException.class);
    assertThatThrownBy(() -> login().inTransactionDo(() -> login().write(insert, 1, 7)))
        .isInstanceOf(DataIntegrityViolationException.class);

    assertThat(rows() + events()).isZero();
  }

  /** In one transaction, the row first. */
  private void writeAndPublish(String payload, String sql, Object... values) {
    login()
        .inTransactionDo(
            () -> {
              login().write(sql, values);
              publish(payload);
            });
  }

  private void publish(String payload) {
    outbox().publish(NewEvent.of(TestDatabase.TYPE, "k", payload));
  }

  private Outbox outbox() {
    return new Outbox(login(), new EventCodec());
  }

  private Login login() {
    return trips.login("order_service");
  }

  private static int rows() {
    return column("SELECT id FROM orders.trip").size();
  }

  private static int events() {
    return column("SELECT id FROM commondata.outbox").size();
  }

  private static List<String> column(String sql) {
    return DATABASE.superuser().sql(sql).query(String.class).list();
  }
}

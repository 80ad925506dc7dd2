package musiccorp.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.read.ListAppender;
import commondata.database.Login;
import commondata.event.EventCodec;
import commondata.operate.Act;
import commondata.operate.ActEntry;
import commondata.operate.DeadLetter;
import commondata.operate.DeadLetterFilter;
import commondata.operate.Operate;
import commondata.subscription.Poller;
import commondata.subscription.Sequencer;
import commondata.subscription.Subscription;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import musiccorp.order.NewOrder;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import testkit.TestDatabase;

/**
 * A canary: a customer whose name, mail address and street must turn up nowhere that people look,
 * whatever goes wrong, unless somebody who may has asked for it.
 */
final class PersonalDataIT {

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();

  private static final List<String> CANARIES = List.of("Zoë", "Müller", "zoe@example", "Ringstr");
  private static final Act ANN = new Act("ann", "the customer asks what went wrong");

  @TempDir private static Path home = Path.of("");

  @SuppressWarnings("NullAway.Init")
  private static Company company;

  private final Logger root = (Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME);
  private final ListAppender<ILoggingEvent> log = new ListAppender<>();
  private final Operate operate =
      new Operate(DATABASE.login(Operate.READER), () -> DATABASE.login(Operate.OPERATOR));

  @BeforeAll
  static void found() {
    company = new Company(DATABASE, home);
  }

  @AfterAll
  static void dissolve() {
    company.close();
  }

  @BeforeEach
  void listen() {
    log.start();
    root.setLevel(Level.INFO);
    root.addAppender(log);
  }

  @AfterEach
  void stopListening() {
    root.detachAppender(log);
    root.setLevel(Level.WARN);
  }

  @Test
  void isSeenNowhereWhateverGoesWrong() {
    String customer = company.aCustomer();
    String order =
        company.place(customer, "card-ok", new NewOrder.Line(company.anItem("3.00", 5), 1));
    company.settle();
    company.deliver(order);
    company.settle();
    poison(customer);
    company.settle();

    List<String> seen = new ArrayList<>();
    log.list.forEach(line -> seen.add(line.getFormattedMessage() + " " + stackOf(line)));
    operate.trace(order).forEach(entry -> seen.add(entry.toString()));
    operate.trace(customer).forEach(entry -> seen.add(entry.toString()));
    operate.events(order, 100).forEach(event -> seen.add(event.toString()));
    operate
        .events(order, 100)
        .forEach(event -> seen.add(operate.cloudEvent(event.eventId()).orElseThrow()));
    operate.events(customer, 100).forEach(event -> seen.add(event.toString()));
    letters().forEach(letter -> seen.add(letter.toString()));
    operate.check(100).unsettled().forEach(work -> seen.add(work.toString()));

    assertThat(log.list).as("something went wrong, and was logged").isNotEmpty();
    assertThat(letters()).as("and ended in the hospital").hasSizeGreaterThan(1);
    assertThat(seen).hasSizeGreaterThan(40).allSatisfy(PersonalDataIT::isClean);
  }

  @Test
  void isNotSeenInWhatTheServerQuotes() throws SQLException {
    subscribe("cast");
    subscribe("cast-sql");
    String customer = company.aCustomer();
    poison(customer);
    Poller poller = poller("cast", "SELECT CAST(CAST(? AS jsonb) ->> 'email' AS integer)");
    for (int i = 0; i < 5; i++) {
      poller.pollOnce();
    }
    castInSql("cast-sql");

    List<String> seen = new ArrayList<>();
    log.list.forEach(line -> seen.add(line.getFormattedMessage() + " " + stackOf(line)));
    operate.trace(customer).forEach(entry -> seen.add(entry.toString()));
    List<DeadLetter> cast =
        letters().stream().filter(letter -> letter.subscription().startsWith("cast")).toList();
    cast.forEach(letter -> seen.add(letter.toString()));
    assertThat(cast).extracting(DeadLetter::subscription).contains("cast", "cast-sql");
    assertThat(cast)
        .extracting(DeadLetter::errorMessage)
        .allSatisfy(said -> assertThat(said).endsWith("syntax for type integer: \"***\""));
    assertThat(seen).allSatisfy(PersonalDataIT::isClean);
  }

  private static void subscribe(String reader) {
    DATABASE
        .superuser()
        .sql(
            """
            SELECT commondata.create_subscription(
                :reader, 'fraud_service', ARRAY['order.packaged'])
            """)
        .param("reader", reader)
        .query((row, n) -> true)
        .single();
  }

  /** Its handler does nothing but a query with the payload. */
  private static Poller poller(String reader, String sql) {
    Login login = DATABASE.login("fraud_service");
    return new Poller(
        Subscription.named(reader)
            .login("fraud_service")
            .onBatch(
                events ->
                    events.forEach(
                        event -> login.jdbc().sql(sql).param(event.payload()).query().singleRow()))
            .build(),
        login,
        new EventCodec(),
        "test",
        10,
        new Sequencer(login, 0));
  }

  /** What sql-services do with an event that fails. */
  private static void castInSql(String reader) throws SQLException {
    try (Connection client = DATABASE.login("fraud_service").dataSource().getConnection();
        Statement statement = client.createStatement()) {
      statement.execute("SELECT commondata.begin_batch('%s')".formatted(reader));
      client.setAutoCommit(false);
      statement.execute(
          """
          DO $$
          DECLARE
              event commondata.batch_event;
          BEGIN
              SELECT b.* INTO event FROM commondata.take_batch('%1$s', 100) AS b LIMIT 1;
              BEGIN
                  PERFORM CAST(event.payload ->> 'email' AS integer);
              EXCEPTION WHEN OTHERS THEN
                  PERFORM commondata.fail('%1$s', event.seq, SQLERRM, SQLSTATE);
              END;
          END
          $$
          """
              .formatted(reader));
      statement.execute("SELECT commondata.finish('%s')".formatted(reader));
      client.commit();
    }
  }

  @Test
  void isShownToAnOperatorWhoGivesAReason() {
    String customer = company.aCustomer();
    poison(customer);
    company.settle();
    DeadLetter letter = letters().get(0);

    assertThat(operate.revealDeadLetter(letter.id(), ANN)).get().asString().contains("Zoë");
    assertThat(operate.reveal(operate.events(customer, 1).get(0).eventId(), ANN))
        .get()
        .asString()
        .contains("zoe@example.org");
    assertThat(operate.revealDeadLetter(999, ANN)).isEmpty();
    assertThat(operate.acts(null, 2))
        .extracting(ActEntry::act, ActEntry::actor, ActEntry::reason)
        .containsOnly(tuple("reveal", "ann", ANN.reason()));
  }

  @Test
  void isClosedToWhoMayOnlyLook() {
    for (String sql :
        List.of(
            "SELECT payload FROM commondata.outbox",
            "SELECT payload FROM commondata.dead_letter",
            "SELECT cloud_event FROM commondata.cloud_event",
            "SELECT commondata.ask_reveal('dead letter 1', 'ann', 'curious')",
            "SELECT commondata.reveal_dead_letter(1, 1)",
            "SELECT commondata.reveal_proposed_changes(1, 1)",
            "SELECT commondata.proposed_changes(1)",
            "SELECT payload FROM commondata.outbox_"
                + DATABASE
                    .superuser()
                    .sql("SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYYMMDD')")
                    .query(String.class)
                    .single())) {
      assertThatThrownBy(() -> DATABASE.login(Operate.READER).jdbc().sql(sql).query().listOfRows())
          .as(sql)
          .isInstanceOf(DataAccessException.class)
          .rootCause()
          .hasMessageContaining("permission denied");
    }
  }

  /** A field of another type, a row that its table refuses, a customer nobody knows. */
  private static void poison(String customer) {
    for (String change :
        List.of(
            "{\"shipTo\": \"Zoë Müller, Ringstr. 1\"}",
            "{\"parcels\": \"zoe@example.org\"}",
            "{\"customerName\": null}")) {
      DATABASE
          .login("warehouse_service")
          .jdbc()
          .sql(
              """
              SELECT commondata.publish(
                  'order.packaged',
                  :key,
                  CAST(:payload AS jsonb) || CAST(:change AS jsonb)
              )
              """)
          .param("key", customer)
          .param(
              "payload",
              """
              {"orderId": "poison", "customerId": "%s", "customerName": "Zoë Müller",
               "email": "zoe@example.org", "parcels": 1,
               "shipTo": {"street": "Ringstr. 1", "city": "Zürich", "postalCode": "",
                          "country": "Switzerland"}}
              """
                  .formatted(customer))
          .param("change", change)
          .query()
          .singleValue();
    }
    DATABASE
        .superuser()
        .sql("UPDATE commondata.subscription SET max_attempts = 1, on_dead = 'SKIP'")
        .update();
  }

  private List<DeadLetter> letters() {
    return operate.deadLetters(DeadLetterFilter.ANY, 100);
  }

  private static String stackOf(ILoggingEvent line) {
    return line.getThrowableProxy() == null
        ? ""
        : ThrowableProxyUtil.asString(line.getThrowableProxy());
  }

  private static void isClean(String text) {
    assertThat(text).doesNotContain(CANARIES);
  }
}

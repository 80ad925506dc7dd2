package docs;

import static docs.voucher.VoucherConfiguration.LOGIN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import commondata.database.Login;
import commondata.database.Migrator;
import commondata.event.EventCodec;
import commondata.event.NewEvent;
import commondata.event.Outbox;
import commondata.operate.Act;
import commondata.operate.DeadLetter;
import commondata.operate.DeadLetterFilter;
import commondata.operate.Lag;
import commondata.operate.LetterAct;
import commondata.operate.Operate;
import commondata.operate.TraceEntry;
import commondata.subscription.PollOutcome;
import commondata.subscription.Poller;
import commondata.subscription.Sequencer;
import commondata.subscription.Subscription;
import docs.voucher.Rejected;
import docs.voucher.VoucherConfiguration;
import docs.voucher.VoucherHandlers;
import docs.voucher.VoucherNode;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import musiccorp.contract.CustomerRegistered;
import musiccorp.contract.OrderRejected;
import musiccorp.contract.PaymentChargedBack;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.context.ConfigurableApplicationContext;
import testkit.TestDatabase;

/** Does what docs/how-to/add-a-reader.md says: its SQL is run, its Java is that of docs.voucher. */
final class AddAReaderIT {

  private static final String PAGE = Markdown.read("docs/how-to/add-a-reader.md").text();
  private static final Pattern JAVA = Pattern.compile("(?s)```java\n(.*?)```");
  private static final Pattern SQL = Pattern.compile("(?s)```sql\n-- (my-services/\\S+)\n(.*?)```");
  private static final Act ACT = new Act("ann", "a new version");

  private final TestDatabase database = TestDatabase.fresh();
  private final EventCodec codec = new EventCodec();

  @TempDir private Path directory = Path.of("");

  @BeforeEach
  void installThePagesFirstMigration() throws IOException {
    database.open();
    superuser("DROP ROLE IF EXISTS voucher_service");
    migrate("V1");
  }

  @AfterEach
  void leaveNoLogin() {
    superuser("DROP OWNED BY voucher_service");
    superuser("DROP ROLE voucher_service");
    database.close();
  }

  @Test
  void everyPieceOfJavaIsTakenFromWhatRunsHere() throws IOException {
    List<String> sources = new ArrayList<>();
    try (Stream<Path> files = Files.list(Path.of("src/test/java/docs/voucher"))) {
      for (Path file : files.toList()) {
        sources.add(squeezed(Files.readString(file)));
      }
    }
    sources.add(squeezed(Files.readString(Path.of("src/test/java/docs/AddAReaderIT.java"))));
    List<String> pieces = JAVA.matcher(PAGE).results().map(found -> found.group(1)).toList();

    assertThat(pieces).hasSize(8);
    assertThat(pieces)
        .allSatisfy(piece -> assertThat(sources).anyMatch(file -> file.contains(squeezed(piece))));
  }

  @Test
  void handlesOneEventAtATime() {
    Login login = database.login(LOGIN);
    publishRejected("O-1", OrderRejected.Cause.STOCK);
    publishRejected("O-2", OrderRejected.Cause.PAYMENT);
    untilQuiet(VoucherConfiguration.subscription(login, codec));

    assertThat(vouchers()).containsExactly("O-1 CU-1 5.00 of order.rejected");
  }

  @Test
  void liftsAnOldVersion() {
    outbox("order_service").publish(NewEvent.of("order.rejected", "O-1", rejectedV1()));

    untilQuiet(VoucherConfiguration.subscription(database.login(LOGIN), codec));

    assertThat(vouchers()).isEmpty();
    assertThat(operate().deadLetters(DeadLetterFilter.ANY, 10)).isEmpty();
    assertThat(lag("voucher").waiting()).isZero();
  }

  @Test
  void handlesABatch() {
    for (String customer : List.of("CU-1", "CU-2", "CU-1")) {
      outbox("customer_service")
          .publish(customer, new CustomerRegistered(customer, "Ann", "ann@example.com", "CH"));
    }

    untilQuiet(VoucherConfiguration.welcome(database.login(LOGIN), codec));

    assertThat(vouchers())
        .containsExactly(
            "CU-1 CU-1 10.00 of customer.registered", "CU-2 CU-2 10.00 of customer.registered");
  }

  @Test
  void publishesOutsideOfAHandler() {
    new VoucherHandlers(database.login(LOGIN), codec).grant("V-1", "CU-1", new BigDecimal("7.00"));

    assertThat(vouchers()).containsExactly("V-1 CU-1 7.00 of nothing");
  }

  @Test
  void runsInAProgramOfItsOwn() {
    publishRejected("O-1", OrderRejected.Cause.STOCK);

    try (ConfigurableApplicationContext node =
        VoucherNode.start(
            database.url(),
            login -> database.password(),
            directory.resolve("my-services"),
            "--server.port=0",
            "--logging.config=classpath:logback.xml")) {
      assertThat(node.isActive()).isTrue();
      await().until(() -> !vouchers().isEmpty());
    }

    assertThat(lag("voucher").waiting()).isZero();
    assertThat(operate().trace("O-1"))
        .filteredOn(entry -> entry.what().equals("receipt") || entry.what().equals("event"))
        .extracting(TraceEntry::name)
        .containsExactlyInAnyOrder("order.rejected", "order.rejected", "voucher.granted");
  }

  @Test
  void anOldNodeGivesUpWhatItDoesNotKnow() throws IOException {
    Subscription old = VoucherConfiguration.subscription(database.login(LOGIN), codec);
    migrate("V2");
    publishChargedBack("O-1");
    untilQuiet(old);

    List<DeadLetter> letters = operate().deadLetters(DeadLetterFilter.ANY, 10);
    assertThat(letters).extracting(DeadLetter::errorClass).containsExactly("UnknownTypeException");
    assertThat(letters).extracting(DeadLetter::attempts).containsExactly(1);
    assertThat(letters.get(0).errorMessage())
        .startsWith(
            "subscription \"voucher\" has no handler for payment.charged-back v1 key \"O-1\"")
        .contains("start a program that has one, then replay");

    operate().treat(letters.get(0).id(), LetterAct.REPLAY, ACT);
    assertThat(readByANewNode()).containsExactly("O-1");
  }

  @Test
  void aPausedReaderKeepsThemForTheNewNodes() throws IOException {
    Subscription old = VoucherConfiguration.subscription(database.login(LOGIN), codec);
    operate().pause("voucher", true, ACT);
    migrate("V2");
    publishChargedBack("O-1");
    untilQuiet(old);
    operate().pause("voucher", false, ACT);

    assertThat(readByANewNode()).containsExactly("O-1");
    assertThat(operate().deadLetters(DeadLetterFilter.ANY, 10)).isEmpty();
  }

  private List<String> readByANewNode() {
    List<String> chargedBack = new ArrayList<>();
    untilQuiet(
        Subscription.named("voucher")
            .login(LOGIN)
            .on(Rejected.class, (order, event) -> {})
            .on(PaymentChargedBack.class, (payment, event) -> chargedBack.add(event.key()))
            .build());
    return chargedBack;
  }

  /** Polls until there is nothing to do: no clock, and nobody sleeps. */
  private void untilQuiet(Subscription reader) {
    Login login = database.login(reader.login());
    Poller poller = new Poller(reader, login, codec, "test", 100, new Sequencer(login, 0));
    PollOutcome outcome;
    do {
      outcome = poller.pollOnce();
    } while (outcome.worked());
  }

  private void publishRejected(String orderId, OrderRejected.Cause cause) {
    outbox("order_service")
        .publish(orderId, new OrderRejected(orderId, "CU-1", "ann@example.com", cause, "gone"));
  }

  private static String rejectedV1() {
    return """
    {"orderId": "O-1", "customerId": "CU-1", "email": "ann@example.com", "reason": "sku S-1"}
    """;
  }

  private void publishChargedBack(String orderId) {
    outbox("payment_service")
        .publish(
            orderId, new PaymentChargedBack(orderId, "CU-1", new BigDecimal("9.00"), "disputed"));
  }

  private Outbox outbox(String login) {
    return new Outbox(database.login(login), codec);
  }

  /** Each with the type of the event that its own names as its cause. */
  private List<String> vouchers() {
    return database
        .superuser()
        .sql(
            """
            SELECT concat_ws(' ', v.voucher_id, v.customer_id, v.amount, 'of',
                coalesce(cause.type, 'nothing'))
            FROM voucher.voucher AS v
            JOIN commondata.outbox AS granted
                ON granted.type = 'voucher.granted' AND granted.key = v.voucher_id
            LEFT JOIN commondata.outbox AS cause ON cause.event_id = granted.causation_id
            ORDER BY v.voucher_id
            """)
        .query(String.class)
        .list();
  }

  private Lag lag(String subscription) {
    return operate().lag().stream()
        .filter(lag -> lag.subscription().equals(subscription))
        .findAny()
        .orElseThrow();
  }

  private Operate operate() {
    return new Operate(database.login(Operate.READER), () -> database.login(Operate.OPERATOR));
  }

  /** Brings the page's migrations up to this version, as a node does at its start. */
  private void migrate(String version) throws IOException {
    Matcher block = SQL.matcher(PAGE);
    List<String> written = new ArrayList<>();
    while (block.find()) {
      Path file = directory.resolve(block.group(1));
      String name = String.valueOf(file.getFileName());
      if (name.substring(0, version.length()).compareTo(version) <= 0) {
        Files.createDirectories(Objects.requireNonNull(file.getParent()));
        Files.writeString(file, block.group(2));
        written.add(name);
      }
    }
    assertThat(written).anyMatch(name -> name.startsWith(version));
    new Migrator(database.url(), database.owner(), login -> database.password(), Migrator.IN_JAR)
        .withJobs(directory.resolve("my-services"))
        .migrate();
  }

  private void superuser(String statement) {
    database.superuser().sql(statement).update();
  }

  private static String squeezed(String text) {
    return text.strip().replaceAll("\\s+", " ");
  }
}

package commondata.operate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.math.BigDecimal;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.jdbc.core.simple.JdbcClient;
import scenario.SettledWorld;
import testkit.TestDatabase;

final class OperateIT {

  private static final DeadLetterFilter ANY = DeadLetterFilter.ANY;
  private static final Act ANN = new Act("ann", "a test");

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();

  private final Operate operate =
      new Operate(DATABASE.login(Operate.READER), () -> DATABASE.login(Operate.OPERATOR));

  @BeforeAll
  static void settle() {
    SettledWorld.write(SettledWorld.owner(DATABASE));
  }

  @Test
  void tracesAnOrderThroughRowsEventsReceiptsFilesAndRuns() {
    List<TraceEntry> trace = operate.trace("o2");

    assertThat(trace).isSortedAccordingTo((a, b) -> a.at().compareTo(b.at()));
    assertThat(trace)
        .extracting(TraceEntry::what, TraceEntry::name)
        .contains(
            tuple("row", "orders.customer_order"),
            tuple("row", "orders.order_line"),
            tuple("row", "payment.payment"),
            tuple("row", "payment.entry"),
            tuple("row", "payment.bank_return"),
            tuple("row", "fraud.charge_back"),
            tuple("row", "warehouse.reservation"),
            tuple("row", "warehouse.movement"),
            tuple("row", "shipping.shipment"),
            tuple("row", "shipping.tracking"),
            tuple("event", "order.placed"),
            tuple("event", "payment.charged-back"),
            tuple("receipt", "order.placed"),
            tuple("file", "store.csv"),
            tuple("file", "bank.txt"),
            tuple("file", "carrier.csv"),
            tuple("file", "out.csv"),
            tuple("run", "store-orders"),
            tuple("run", "bank-returns"),
            tuple("run", "carrier-tracking"),
            tuple("run", "carrier-manifest"));
  }

  @Test
  void namesTheLineThatAnOrderCameFrom() {
    assertThat(operate.trace("o2"))
        .filteredOn(entry -> entry.name().equals("store.csv"))
        .extracting(TraceEntry::file, TraceEntry::line, TraceEntry::run)
        .containsExactly(tuple(1L, 2L, 1L));
  }

  @Test
  void givesEachReceiptItsWait() {
    assertThat(operate.trace("o1"))
        .filteredOn(entry -> entry.what().equals("receipt"))
        .hasSize(11)
        .allSatisfy(
            receipt ->
                assertThat(Objects.requireNonNull(receipt.waitMs()))
                    .isGreaterThan(BigDecimal.ZERO));
  }

  @Test
  void findsMailByOrderAndOrdersByCustomer() {
    assertThat(operate.trace("o1")).extracting(TraceEntry::what).contains("mail");
    assertThat(operate.trace("c1"))
        .extracting(TraceEntry::detail)
        .anyMatch(detail -> String.valueOf(detail).startsWith("order o1"));
  }

  @Test
  void knowsNothingOfAnUnknownId() {
    assertThat(operate.trace("nobody")).isEmpty();
  }

  @Test
  void countsWhatWaitsPerReaderAndPart() {
    DATABASE
        .login("order_service")
        .jdbc()
        .sql("SELECT commondata.publish('order.placed', 'waiting', '{}')")
        .query()
        .singleValue();
    try {
      assertThat(operate.lag())
          .filteredOn(lag -> lag.waiting() > 0)
          .extracting(Lag::subscription, Lag::waiting)
          .containsExactly(tuple("payment", 1L));
      assertThat(operate.lagByPart()).hasSize(6 * 8);
      assertThat(operate.check(5).unsettledCount()).isPositive();
    } finally {
      owner().sql("DELETE FROM commondata.outbox WHERE key = 'waiting'").update();
    }
  }

  @Test
  void pausesAndResumesAReader() {
    assertThat(operate.pause("fraud", true, ANN)).isTrue();
    assertThat(operate.subscriptions())
        .filteredOn(Reader::paused)
        .extracting(Reader::name)
        .containsExactly("fraud");

    assertThat(operate.pause("fraud", false, ANN)).isTrue();
    assertThat(operate.subscriptions()).noneMatch(Reader::paused);
    assertThat(operate.pause("nobody", true, ANN)).isFalse();
  }

  @Test
  void replaysADeadLetterOnceWithActorAndReason() {
    long id = aDeadLetter("s-replay");

    assertThat(operate.treat(id, LetterAct.REPLAY, new Act("ann", "mended")))
        .isEqualTo(LetterResult.DONE);
    assertThat(operate.treat(id, LetterAct.REPLAY, new Act("ann", "mended")))
        .isEqualTo(LetterResult.NOT_OPEN);

    assertThat(operate.deadLetter(id))
        .hasValueSatisfying(
            letter -> {
              assertThat(letter.state()).isEqualTo("REPLAYED");
              assertThat(letter.closedBy()).isEqualTo("ann");
              assertThat(letter.reason()).isEqualTo("mended");
            });
    owner().sql("DELETE FROM commondata.parked_event WHERE key = 's-replay'").update();
    owner().sql("DELETE FROM commondata.parked_key WHERE key = 's-replay'").update();
  }

  @Test
  void findsDeadLettersByWhatIsWrong() {
    long id = aDeadLetter("s-filter");

    assertThat(
            operate.deadLetters(new DeadLetterFilter(null, "OPEN", null, null, "BOOM", null), 10))
        .extracting(DeadLetter::id)
        .contains(id);
    assertThat(operate.deadLetters(new DeadLetterFilter("order", null, null, null, null, null), 10))
        .isEmpty();
    assertThat(operate.treat(id, LetterAct.DISCARD, new Act("ann", "of no use")))
        .isEqualTo(LetterResult.DONE);
    assertThat(operate.deadLetters(ANY, 10)).extracting(DeadLetter::id).contains(id);
  }

  @Test
  void showsFilesWithTheirErrorsCounted() {
    assertThat(operate.files("carrier-tracking", "LOADED", 10))
        .singleElement()
        .satisfies(
            file -> {
              assertThat(file.errors()).isEqualTo("E-KEY-MISSING 1, E-RANGE 1");
              assertThat(operate.rejects(file.id(), 10)).hasSize(2);
              assertThat(operate.release(file.id(), ANN))
                  .contains("is not HELD: there is nothing to release");
            });
  }

  @Test
  void showsJobsWithTheirLastRun() {
    assertThat(operate.jobs())
        .filteredOn(job -> job.name().equals("catalog"))
        .singleElement()
        .satisfies(
            job -> {
              assertThat(Objects.requireNonNull(job.lastRun()).exitCode()).isEqualTo(8);
              assertThat(job.lastRun().files()).isEqualTo("broken.csv");
            });
    assertThat(operate.runs("bank-returns", null, null, 10)).hasSize(1);
    assertThat(operate.runs("bank-returns", "SUCCEEDED", null, 10)).hasSize(1);
    assertThat(operate.runs("bank-returns", "FAILED", null, 10)).isEmpty();
    assertThat(operate.run(999)).isEmpty();
  }

  private static long aDeadLetter(String key) {
    return SettledWorld.deadLetter(SettledWorld.owner(DATABASE), key);
  }

  private static JdbcClient owner() {
    return JdbcClient.create(SettledWorld.owner(DATABASE));
  }
}

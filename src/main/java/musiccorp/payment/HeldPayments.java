package musiccorp.payment;

import commondata.database.Login;
import commondata.event.EventCodec;
import commondata.event.Outbox;
import java.util.List;
import java.util.function.Supplier;
import musiccorp.contract.PaymentReceived;
import musiccorp.contract.PaymentRefused;

/**
 * What an operator does with payments of flagged customers. Each call is one transaction, or joins
 * the caller's. Thread-safe.
 */
public final class HeldPayments {

  private final Login login;
  private final PaymentRows rows;
  private final Outbox outbox;

  /**
   * @param login {@code payment_service}
   */
  public HeldPayments(Login login, EventCodec codec) {
    this.login = login;
    this.rows = new PaymentRows(login);
    this.outbox = new Outbox(login, codec);
  }

  /** All that wait, the longest waiting first. */
  public List<HeldPayment> list() {
    return rows.held();
  }

  /** Takes the money after all. */
  public HeldResult release(String orderId, String actor) {
    return ifStored(
        orderId,
        () ->
            rows.decide(orderId, "RECEIVED", actor, null)
                .map(this::received)
                .orElseGet(() -> notHeld(orderId)));
  }

  /** Does not take the money; the order will be rejected. */
  public HeldResult refuse(String orderId, String actor, String reason) {
    return ifStored(
        orderId,
        () ->
            rows.decide(orderId, "REFUSED", actor, reason)
                .map(payment -> refused(payment, reason))
                .orElseGet(() -> notHeld(orderId)));
  }

  /** PostgreSQL's text has no NUL; an id with one was never stored. */
  private HeldResult ifStored(String orderId, Supplier<HeldResult> work) {
    return orderId.indexOf('\0') < 0 ? login.inTransaction(work) : new HeldResult.NotFound(orderId);
  }

  private HeldResult received(PaymentRows.Changed payment) {
    outbox.publish(
        payment.orderId(),
        new PaymentReceived(payment.orderId(), payment.customerId(), payment.amount()),
        payment.businessDate());
    return new HeldResult.Released(payment.orderId());
  }

  private HeldResult refused(PaymentRows.Changed payment, String reason) {
    outbox.publish(
        payment.orderId(),
        new PaymentRefused(payment.orderId(), payment.customerId(), payment.amount(), reason),
        payment.businessDate());
    return new HeldResult.Refused(payment.orderId());
  }

  private HeldResult notHeld(String orderId) {
    return rows.state(orderId)
        .<HeldResult>map(state -> new HeldResult.NotHeld(orderId, state))
        .orElseGet(() -> new HeldResult.NotFound(orderId));
  }
}

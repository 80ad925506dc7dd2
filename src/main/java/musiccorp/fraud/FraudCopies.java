package musiccorp.fraud;

import commondata.database.Login;
import commondata.event.Event;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import musiccorp.contract.CustomerRegistered;
import musiccorp.contract.PaymentChargedBack;

/** Keeps customers and charge-backs as the rules need them; those of a batch are sent together. */
final class FraudCopies {

  private final Login login;

  FraudCopies(Login login) {
    this.login = login;
  }

  void onRegistered(CustomerRegistered customer, Event event) {
    login.write(
        """
        INSERT INTO fraud.customer (customer_id, country, registered_at)
        VALUES (?, ?, ?)
        ON CONFLICT (customer_id) DO UPDATE
        SET country = excluded.country
        """,
        customer.customerId(),
        customer.country(),
        utc(event.occurredAt()));
  }

  void onChargedBack(PaymentChargedBack payment, Event event) {
    login.write(
        """
        INSERT INTO fraud.charge_back (
            order_id,
            customer_id,
            amount,
            business_date,
            charged_back_at
        )
        VALUES (?, ?, ?, ?, ?)
        ON CONFLICT (order_id) DO NOTHING
        """,
        payment.orderId(),
        payment.customerId(),
        payment.amount(),
        event.businessDate(),
        utc(event.occurredAt()));
  }

  private static OffsetDateTime utc(Instant instant) {
    return instant.atOffset(ZoneOffset.UTC);
  }
}

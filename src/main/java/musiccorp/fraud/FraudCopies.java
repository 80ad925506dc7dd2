package musiccorp.fraud;

import commondata.database.Login;
import commondata.event.Event;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import musiccorp.contract.CustomerRegistered;
import musiccorp.contract.PaymentChargedBack;

/** Keeps customers and charge-backs as the rules need them. */
final class FraudCopies {

  private final Login login;

  FraudCopies(Login login) {
    this.login = login;
  }

  void onRegistered(CustomerRegistered customer, Event event) {
    login
        .jdbc()
        .sql(
            """
            INSERT INTO fraud.customer (customer_id, country, registered_at)
            VALUES (:customer_id, :country, :registered_at)
            ON CONFLICT (customer_id) DO UPDATE
            SET country = excluded.country
            """)
        .param("customer_id", customer.customerId())
        .param("country", customer.country())
        .param("registered_at", utc(event.occurredAt()))
        .update();
  }

  void onChargedBack(PaymentChargedBack payment, Event event) {
    login
        .jdbc()
        .sql(
            """
            INSERT INTO fraud.charge_back (
                order_id,
                customer_id,
                amount,
                business_date,
                charged_back_at
            )
            VALUES (:order_id, :customer_id, :amount, :business_date, :charged_back_at)
            ON CONFLICT (order_id) DO NOTHING
            """)
        .param("order_id", payment.orderId())
        .param("customer_id", payment.customerId())
        .param("amount", payment.amount())
        .param("business_date", event.businessDate())
        .param("charged_back_at", utc(event.occurredAt()))
        .update();
  }

  private static OffsetDateTime utc(Instant instant) {
    return instant.atOffset(ZoneOffset.UTC);
  }
}

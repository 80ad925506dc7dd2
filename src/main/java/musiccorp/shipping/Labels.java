package musiccorp.shipping;

import commondata.database.Login;
import commondata.event.Event;
import musiccorp.contract.OrderPackaged;

/** Makes the label of a packed order; the next manifest tells the carrier. */
final class Labels {

  private final Login login;

  Labels(Login login) {
    this.login = login;
  }

  void onPackaged(OrderPackaged order, Event event) {
    login
        .jdbc()
        .sql(
            """
            INSERT INTO shipping.shipment (
                order_id,
                tracking_no,
                customer_id,
                recipient,
                street,
                city,
                postal_code,
                country,
                business_date
            )
            VALUES (
                :order_id,
                'T-' || :order_id,
                :customer_id,
                :recipient,
                :street,
                :city,
                :postal_code,
                :country,
                :business_date
            )
            ON CONFLICT (order_id) DO NOTHING
            """)
        .param("order_id", order.orderId())
        .param("customer_id", order.customerId())
        .param("recipient", order.customerName())
        .param("street", order.shipTo().street())
        .param("city", order.shipTo().city())
        .param("postal_code", order.shipTo().postalCode())
        .param("country", order.shipTo().country())
        .param("business_date", event.businessDate())
        .update();
  }
}

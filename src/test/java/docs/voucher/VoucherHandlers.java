package docs.voucher;

import commondata.database.Login;
import commondata.event.Event;
import commondata.event.EventCodec;
import commondata.event.Handling;
import commondata.event.Outbox;
import java.math.BigDecimal;
import java.sql.Types;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Grants vouchers: one to whom an order was refused for lack of stock, one to each customer. */
public final class VoucherHandlers {

  private static final BigDecimal SORRY = new BigDecimal("5.00");
  private static final BigDecimal WELCOME = new BigDecimal("10.00");

  private final Login login;
  private final Outbox outbox;

  public VoucherHandlers(Login login, EventCodec codec) {
    this.login = login;
    this.outbox = new Outbox(login, codec);
  }

  void onRejected(Rejected order, Event event) {
    if ("STOCK".equals(order.cause())) {
      grant(event.key(), order.customerId(), SORRY);
    }
  }

  /** At the counter, too: in the handler's transaction, or in one of its own. */
  public void grant(String voucherId, String customerId, BigDecimal amount) {
    login.inTransactionDo(
        () -> {
          if (insert(voucherId, customerId, amount)) {
            outbox.publish(voucherId, new VoucherGranted(voucherId, customerId, amount));
          }
        });
  }

  private boolean insert(String voucherId, String customerId, BigDecimal amount) {
    return login
            .jdbc()
            .sql(
                """
                INSERT INTO voucher.voucher (voucher_id, customer_id, amount)
                VALUES (:voucher_id, :customer_id, :amount)
                ON CONFLICT (voucher_id) DO NOTHING
                """)
            .param("voucher_id", voucherId)
            .param("customer_id", customerId)
            .param("amount", amount)
            .update()
        == 1;
  }

  void onRegistered(List<Event> events) {
    Set<String> granted =
        new HashSet<>(
            login
                .jdbc()
                .sql(
                    """
                    INSERT INTO voucher.voucher (voucher_id, customer_id, amount)
                    SELECT c.customer_id, c.customer_id, :amount
                    FROM unnest(:customer_ids) AS c (customer_id)
                    ON CONFLICT (voucher_id) DO NOTHING
                    RETURNING voucher_id
                    """)
                .param("amount", WELCOME)
                .param(
                    "customer_ids",
                    events.stream().map(Event::key).toArray(String[]::new),
                    Types.ARRAY)
                .query(String.class)
                .list());
    for (Event event : events) {
      if (granted.remove(event.key())) {
        Handling.begin(event);
        outbox.publish(event.key(), new VoucherGranted(event.key(), event.key(), WELCOME));
      }
    }
  }
}

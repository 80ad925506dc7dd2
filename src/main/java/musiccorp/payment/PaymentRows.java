package musiccorp.payment;

import commondata.database.Login;
import java.math.BigDecimal;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The statements on {@code payment.payment} and {@code payment.entry}. */
final class PaymentRows {

  private final Login login;

  PaymentRows(Login login) {
    this.login = login;
  }

  /** A payment after a change. */
  record Changed(
      String orderId, String customerId, BigDecimal amount, String state, LocalDate businessDate) {}

  /** Why a customer is flagged: one primary-key look-up. */
  Optional<String> flag(String customerId) {
    return login
        .jdbc()
        .sql(
            """
            SELECT rule || ': ' || reason
            FROM published.fraud_flag
            WHERE customer_id = :customer_id
            """)
        .param("customer_id", customerId)
        .query(String.class)
        .optional();
  }

  /** Stores a new payment, and books it if it is received; false if the order has one already. */
  boolean insert(Changed payment, String paymentMethod, @Nullable String reason) {
    return login
            .jdbc()
            .sql(
                """
                WITH inserted_payment AS (
                    INSERT INTO payment.payment (
                        order_id,
                        customer_id,
                        amount,
                        payment_method,
                        state,
                        reason,
                        business_date
                    )
                    VALUES (
                        :order_id,
                        :customer_id,
                        :amount,
                        :payment_method,
                        :state,
                        :reason,
                        :business_date
                    )
                    ON CONFLICT (order_id) DO NOTHING
                    RETURNING order_id, amount, state
                ),
                booked_entry AS (
                    INSERT INTO payment.entry (order_id, kind, amount)
                    SELECT order_id, 'RECEIVED', amount
                    FROM inserted_payment
                    WHERE state = 'RECEIVED'
                )
                SELECT count(*)
                FROM inserted_payment
                """)
            .param("order_id", payment.orderId())
            .param("customer_id", payment.customerId())
            .param("amount", payment.amount())
            .param("payment_method", paymentMethod)
            .param("state", payment.state())
            .param("reason", reason, Types.VARCHAR)
            .param("business_date", payment.businessDate())
            .query(Integer.class)
            .single()
        > 0;
  }

  /** The order has ended: gives back what was received, drops what is held; else does nothing. */
  Optional<Changed> giveBack(String orderId, String reason) {
    return login
        .jdbc()
        .sql(
            """
            WITH changed_payment AS (
                UPDATE payment.payment
                SET
                    state = CASE state WHEN 'RECEIVED' THEN 'REFUNDED' ELSE 'CANCELLED' END,
                    reason = :reason,
                    changed_at = clock_timestamp()
                WHERE order_id = :order_id
                  AND state IN ('RECEIVED', 'HELD')
                RETURNING order_id, customer_id, amount, state, business_date
            ),
            booked_entry AS (
                INSERT INTO payment.entry (order_id, kind, amount)
                SELECT order_id, 'REFUNDED', -amount
                FROM changed_payment
                WHERE state = 'REFUNDED'
            )
            SELECT order_id, customer_id, amount, state, business_date
            FROM changed_payment
            """)
        .param("reason", reason)
        .param("order_id", orderId)
        .query((row, n) -> changed(row))
        .optional();
  }

  /** Ends the holding of a payment, and books it if it is received; nothing if it is not held. */
  Optional<Changed> decide(String orderId, String state, String actor, @Nullable String reason) {
    return login
        .jdbc()
        .sql(
            """
            WITH changed_payment AS (
                UPDATE payment.payment
                SET
                    state = :state,
                    reason = coalesce(:reason, reason),
                    decided_by = :decided_by,
                    changed_at = clock_timestamp()
                WHERE order_id = :order_id
                  AND state = 'HELD'
                RETURNING order_id, customer_id, amount, state, business_date
            ),
            booked_entry AS (
                INSERT INTO payment.entry (order_id, kind, amount)
                SELECT order_id, 'RECEIVED', amount
                FROM changed_payment
                WHERE state = 'RECEIVED'
            )
            SELECT order_id, customer_id, amount, state, business_date
            FROM changed_payment
            """)
        .param("state", state)
        .param("reason", reason, Types.VARCHAR)
        .param("decided_by", actor)
        .param("order_id", orderId)
        .query((row, n) -> changed(row))
        .optional();
  }

  Optional<String> state(String orderId) {
    return login
        .jdbc()
        .sql(
            """
            SELECT state
            FROM payment.payment
            WHERE order_id = :order_id
            """)
        .param("order_id", orderId)
        .query(String.class)
        .optional();
  }

  List<HeldPayment> held() {
    return login
        .jdbc()
        .sql(
            """
            SELECT order_id, customer_id, amount, reason, business_date, taken_at
            FROM payment.payment
            WHERE state = 'HELD'
            ORDER BY taken_at, order_id
            """)
        .query(
            (row, n) ->
                new HeldPayment(
                    row.getString("order_id"),
                    row.getString("customer_id"),
                    row.getBigDecimal("amount"),
                    row.getString("reason"),
                    row.getObject("business_date", LocalDate.class),
                    row.getObject("taken_at", OffsetDateTime.class).toInstant()))
        .list();
  }

  private static Changed changed(ResultSet row) throws SQLException {
    return new Changed(
        row.getString("order_id"),
        row.getString("customer_id"),
        row.getBigDecimal("amount"),
        row.getString("state"),
        row.getObject("business_date", LocalDate.class));
  }
}

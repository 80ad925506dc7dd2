package musiccorp.order;

import commondata.database.Login;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import musiccorp.contract.OrderLine;
import musiccorp.order.Order.PaymentState;
import musiccorp.order.Order.StockState;
import org.jspecify.annotations.Nullable;

/** The statements on {@code orders.customer_order} and {@code orders.order_line}. */
final class OrderRows {

  private final Login login;

  OrderRows(Login login) {
    this.login = login;
  }

  /** Who ordered, on which day, and how far it is. */
  record Head(String orderId, String customerId, LocalDate businessDate, Progress progress) {}

  /** Locks an order until the transaction ends. */
  Optional<Head> lock(String orderId) {
    return login
        .jdbc()
        .sql(
            """
            SELECT
                order_id,
                customer_id,
                business_date,
                state,
                payment_state,
                stock_state,
                release_asked_at IS NOT NULL AS release_is_asked
            FROM orders.customer_order
            WHERE order_id = :order_id
            FOR UPDATE
            """)
        .param("order_id", orderId)
        .query((row, n) -> head(row))
        .optional();
  }

  private static Head head(ResultSet row) throws SQLException {
    return new Head(
        row.getString("order_id"),
        row.getString("customer_id"),
        row.getObject("business_date", LocalDate.class),
        new Progress(
            OrderState.valueOf(row.getString("state")),
            PaymentState.valueOf(row.getString("payment_state")),
            StockState.valueOf(row.getString("stock_state")),
            row.getBoolean("release_is_asked")));
  }

  void store(String orderId, Progress progress, @Nullable String reason) {
    login
        .jdbc()
        .sql(
            """
            UPDATE orders.customer_order
            SET
                state = :state,
                payment_state = :payment_state,
                stock_state = :stock_state,
                reason = coalesce(:reason, reason),
                release_asked_at = CASE
                    WHEN :release_is_asked THEN coalesce(release_asked_at, clock_timestamp())
                END,
                charged_back_at = CASE
                    WHEN :payment_state = 'CHARGED_BACK'
                    THEN coalesce(charged_back_at, clock_timestamp())
                END,
                changed_at = clock_timestamp()
            WHERE order_id = :order_id
            """)
        .param("state", progress.state().name())
        .param("payment_state", progress.payment().name())
        .param("stock_state", progress.stock().name())
        .param("reason", reason, Types.VARCHAR)
        .param("release_is_asked", progress.releaseAsked())
        .param("order_id", orderId)
        .update();
  }

  /** Stores a new order with its lines; false if its idempotency key is taken. */
  boolean insert(String orderId, NewOrder order, LocalDate businessDate, List<OrderLine> lines) {
    return login
            .jdbc()
            .sql(
                """
                WITH inserted_order AS (
                    INSERT INTO orders.customer_order (
                        order_id,
                        customer_id,
                        total,
                        payment_method,
                        channel,
                        idempotency_key,
                        business_date
                    )
                    VALUES (
                        :order_id,
                        :customer_id,
                        :total,
                        :payment_method,
                        :channel,
                        :idempotency_key,
                        :business_date
                    )
                    ON CONFLICT (idempotency_key) DO NOTHING
                    RETURNING order_id
                )
                INSERT INTO orders.order_line (
                    order_id,
                    line_no,
                    sku,
                    title,
                    quantity,
                    unit_price
                )
                SELECT
                    o.order_id,
                    l.line_no,
                    l.sku,
                    l.title,
                    l.quantity,
                    l.unit_price
                FROM inserted_order AS o
                CROSS JOIN unnest(:line_nos, :skus, :titles, :quantities, :unit_prices)
                    AS l (line_no, sku, title, quantity, unit_price)
                """)
            .param("order_id", orderId)
            .param("customer_id", order.customerId())
            .param("total", NewOrderCheck.total(lines))
            .param("payment_method", order.paymentMethod())
            .param("channel", order.channel().name())
            .param("idempotency_key", order.idempotencyKey(), Types.VARCHAR)
            .param("business_date", businessDate, Types.DATE)
            .param("line_nos", column(lines, OrderLine::lineNo, Integer[]::new), Types.ARRAY)
            .param("skus", column(lines, OrderLine::sku, String[]::new), Types.ARRAY)
            .param("titles", column(lines, OrderLine::title, String[]::new), Types.ARRAY)
            .param("quantities", column(lines, OrderLine::quantity, Integer[]::new), Types.ARRAY)
            .param(
                "unit_prices",
                column(lines, OrderLine::unitPrice, java.math.BigDecimal[]::new),
                Types.ARRAY)
            .update()
        > 0;
  }

  private static <T> T[] column(
      List<OrderLine> lines,
      java.util.function.Function<OrderLine, T> value,
      java.util.function.IntFunction<T[]> array) {
    return lines.stream().map(value).toArray(array);
  }

  Optional<Order> find(String orderId) {
    return login
        .jdbc()
        .sql(
            """
            SELECT
                order_id,
                customer_id,
                state,
                payment_state,
                stock_state,
                total,
                payment_method,
                channel,
                business_date,
                reason,
                placed_at,
                changed_at
            FROM orders.customer_order
            WHERE order_id = :order_id
            """)
        .param("order_id", orderId)
        .query((row, n) -> order(row, lines(orderId)))
        .optional();
  }

  Optional<String> findByIdempotencyKey(String idempotencyKey) {
    return login
        .jdbc()
        .sql(
            """
            SELECT order_id
            FROM orders.customer_order
            WHERE idempotency_key = :idempotency_key
            """)
        .param("idempotency_key", idempotencyKey)
        .query(String.class)
        .optional();
  }

  List<OrderLine> lines(String orderId) {
    return login
        .jdbc()
        .sql(
            """
            SELECT line_no, sku, title, quantity, unit_price
            FROM orders.order_line
            WHERE order_id = :order_id
            ORDER BY line_no
            """)
        .param("order_id", orderId)
        .query(
            (row, n) ->
                new OrderLine(
                    row.getInt("line_no"),
                    row.getString("sku"),
                    row.getString("title"),
                    row.getInt("quantity"),
                    row.getBigDecimal("unit_price")))
        .list();
  }

  private static Order order(ResultSet row, List<OrderLine> lines) throws SQLException {
    return new Order(
        row.getString("order_id"),
        row.getString("customer_id"),
        OrderState.valueOf(row.getString("state")),
        PaymentState.valueOf(row.getString("payment_state")),
        StockState.valueOf(row.getString("stock_state")),
        row.getBigDecimal("total"),
        row.getString("payment_method"),
        row.getString("channel"),
        row.getObject("business_date", LocalDate.class),
        row.getString("reason"),
        row.getObject("placed_at", OffsetDateTime.class).toInstant(),
        row.getObject("changed_at", OffsetDateTime.class).toInstant(),
        lines);
  }

  LocalDate today() {
    return login
        .jdbc()
        .sql(
            """
            SELECT current_date
            """)
        .query(LocalDate.class)
        .single();
  }
}

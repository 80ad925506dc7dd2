package musiccorp.order;

import commondata.database.Login;
import java.time.OffsetDateTime;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The latest orders, for people. */
public final class OrderList {

  private final Login login;

  /**
   * @param login any that may read the orders
   */
  public OrderList(Login login) {
    this.login = login;
  }

  /** The latest orders first; null: of any state, of any customer. */
  public List<OrderHeader> latest(
      @Nullable OrderState state, @Nullable String customerId, int limit) {
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
                channel,
                business_date,
                placed_at
            FROM orders.customer_order
            WHERE (CAST(:state AS text) IS NULL OR state = :state)
              AND (CAST(:customer_id AS text) IS NULL OR customer_id = :customer_id)
            ORDER BY
                placed_at DESC,
                order_id
            LIMIT :limit
            """)
        .param("state", state == null ? null : state.name())
        .param("customer_id", customerId)
        .param("limit", limit)
        .query(
            (row, n) ->
                new OrderHeader(
                    row.getString("order_id"),
                    row.getString("customer_id"),
                    row.getString("state"),
                    row.getString("payment_state"),
                    row.getString("stock_state"),
                    row.getBigDecimal("total"),
                    row.getString("channel"),
                    row.getObject("business_date", java.time.LocalDate.class),
                    row.getObject("placed_at", OffsetDateTime.class).toInstant()))
        .list();
  }
}

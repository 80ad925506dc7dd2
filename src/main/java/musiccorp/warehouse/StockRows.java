package musiccorp.warehouse;

import commondata.database.Login;
import java.sql.Types;
import java.util.List;
import java.util.Optional;
import musiccorp.contract.StockLine;
import org.jspecify.annotations.Nullable;

/**
 * The statements on {@code warehouse.stock}, {@code reservation} and {@code movement}. Each change
 * is one statement: reservation, movements and stock move together or not at all.
 */
final class StockRows {

  private final Login login;

  StockRows(Login login) {
    this.login = login;
  }

  /**
   * What an order wants of one item.
   *
   * @param available null if the warehouse does not know the item
   */
  record Wanted(String sku, int quantity, @Nullable Integer available, boolean isInCatalog) {

    boolean lacks() {
      return available == null || available < quantity;
    }
  }

  /**
   * Lets one transaction at a time change stock. A batch locks the items of many orders, in
   * whatever order these come: two batches that locked row by row would deadlock. Readers don't
   * wait.
   */
  void lock() {
    login
        .jdbc()
        .sql(
            """
            LOCK TABLE warehouse.stock IN SHARE ROW EXCLUSIVE MODE
            """)
        .update();
  }

  void list(String sku, int initialStock) {
    login
        .jdbc()
        .sql(
            """
            INSERT INTO warehouse.stock (sku, initial, on_hand)
            VALUES (:sku, :initial, :initial)
            ON CONFLICT (sku) DO NOTHING
            """)
        .param("sku", sku)
        .param("initial", initialStock)
        .update();
  }

  List<Wanted> wanted(List<StockLine> lines) {
    return login
        .jdbc()
        .sql(
            """
            SELECT
                w.sku,
                w.quantity,
                s.on_hand - s.reserved AS available,
                s.sku IS NOT NULL
                    OR EXISTS (
                        SELECT FROM published.catalog_item AS c
                        WHERE c.sku = w.sku
                    ) AS is_in_catalog
            FROM (
                SELECT l.sku, least(sum(l.quantity), 2147483647)::integer AS quantity
                FROM unnest(:skus, :quantities) AS l (sku, quantity)
                GROUP BY l.sku
            ) AS w
            LEFT JOIN warehouse.stock AS s ON s.sku = w.sku
            ORDER BY w.sku
            """)
        .param("skus", lines.stream().map(StockLine::sku).toArray(String[]::new), Types.ARRAY)
        .param(
            "quantities",
            lines.stream().map(StockLine::quantity).toArray(Integer[]::new),
            Types.ARRAY)
        .query(
            (row, n) ->
                new Wanted(
                    row.getString("sku"),
                    row.getInt("quantity"),
                    row.getObject("available", Integer.class),
                    row.getBoolean("is_in_catalog")))
        .list();
  }

  /** Promises all items to an order; false if it asked before. */
  boolean reserve(String orderId, List<Wanted> wanted) {
    return login
            .jdbc()
            .sql(
                """
                WITH inserted_reservation AS (
                    INSERT INTO warehouse.reservation (order_id, state)
                    VALUES (:order_id, 'RESERVED')
                    ON CONFLICT (order_id) DO NOTHING
                    RETURNING order_id
                ),
                inserted_movement AS (
                    INSERT INTO warehouse.movement (order_id, sku, kind, quantity)
                    SELECT r.order_id, l.sku, 'RESERVE', l.quantity
                    FROM inserted_reservation AS r
                    CROSS JOIN unnest(:skus, :quantities) AS l (sku, quantity)
                    RETURNING sku, quantity
                ),
                reserved_stock AS (
                    UPDATE warehouse.stock AS s
                    SET reserved = s.reserved + m.quantity, changed_at = clock_timestamp()
                    FROM inserted_movement AS m
                    WHERE s.sku = m.sku
                )
                SELECT count(*)
                FROM inserted_reservation
                """)
            .param("order_id", orderId)
            .param("skus", wanted.stream().map(Wanted::sku).toArray(String[]::new), Types.ARRAY)
            .param(
                "quantities",
                wanted.stream().map(Wanted::quantity).toArray(Integer[]::new),
                Types.ARRAY)
            .query(Integer.class)
            .single()
        > 0;
  }

  /** Notes that an order gets nothing; false if it asked before. */
  boolean reject(String orderId, String reason) {
    return login
            .jdbc()
            .sql(
                """
                INSERT INTO warehouse.reservation (order_id, state, reason)
                VALUES (:order_id, 'REJECTED', :reason)
                ON CONFLICT (order_id) DO NOTHING
                """)
            .param("order_id", orderId)
            .param("reason", reason)
            .update()
        > 0;
  }

  /**
   * Packs a reserved order, unless the order service has asked to give it up: then the request is
   * on its way and decides. The look at published.order_header only lets a customer win more often;
   * were it wrong, the request would be answered "too late".
   */
  boolean pack(String orderId) {
    return login
            .jdbc()
            .sql(
                """
                WITH packed_reservation AS (
                    UPDATE warehouse.reservation AS r
                    SET state = 'PACKED', changed_at = clock_timestamp()
                    WHERE r.order_id = :order_id
                      AND r.state = 'RESERVED'
                      AND NOT EXISTS (
                          SELECT FROM published.order_header AS h
                          WHERE h.order_id = r.order_id
                            AND h.release_is_asked
                      )
                    RETURNING r.order_id
                ),
                inserted_movement AS (
                    INSERT INTO warehouse.movement (order_id, sku, kind, quantity)
                    SELECT m.order_id, m.sku, 'PACK', m.quantity
                    FROM packed_reservation AS r
                    JOIN warehouse.movement AS m
                        ON m.order_id = r.order_id
                        AND m.kind = 'RESERVE'
                    RETURNING sku, quantity
                ),
                packed_stock AS (
                    UPDATE warehouse.stock AS s
                    SET
                        on_hand = s.on_hand - m.quantity,
                        reserved = s.reserved - m.quantity,
                        changed_at = clock_timestamp()
                    FROM inserted_movement AS m
                    WHERE s.sku = m.sku
                )
                SELECT count(*)
                FROM packed_reservation
                """)
            .param("order_id", orderId)
            .query(Integer.class)
            .single()
        > 0;
  }

  /** Frees what was promised to an order; false if nothing is promised (any more). */
  boolean release(String orderId, String reason) {
    return login
            .jdbc()
            .sql(
                """
                WITH released_reservation AS (
                    UPDATE warehouse.reservation
                    SET state = 'RELEASED', reason = :reason, changed_at = clock_timestamp()
                    WHERE order_id = :order_id
                      AND state = 'RESERVED'
                    RETURNING order_id
                ),
                inserted_movement AS (
                    INSERT INTO warehouse.movement (order_id, sku, kind, quantity)
                    SELECT m.order_id, m.sku, 'RELEASE', m.quantity
                    FROM released_reservation AS r
                    JOIN warehouse.movement AS m
                        ON m.order_id = r.order_id
                        AND m.kind = 'RESERVE'
                    RETURNING sku, quantity
                ),
                released_stock AS (
                    UPDATE warehouse.stock AS s
                    SET reserved = s.reserved - m.quantity, changed_at = clock_timestamp()
                    FROM inserted_movement AS m
                    WHERE s.sku = m.sku
                )
                SELECT count(*)
                FROM released_reservation
                """)
            .param("reason", reason)
            .param("order_id", orderId)
            .query(Integer.class)
            .single()
        > 0;
  }

  Optional<String> state(String orderId) {
    return login
        .jdbc()
        .sql(
            """
            SELECT state
            FROM warehouse.reservation
            WHERE order_id = :order_id
            """)
        .param("order_id", orderId)
        .query(String.class)
        .optional();
  }
}

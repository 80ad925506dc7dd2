package scenario;

import javax.sql.DataSource;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DriverManagerDataSource;
import testkit.TestDatabase;

/**
 * A company in which all is done, written straight into the tables: {@code o1} was delivered,
 * {@code o2} came in a file and was charged back, {@code o3} was rejected.
 */
public final class SettledWorld {

  private SettledWorld() {}

  /** The login that owns everything. */
  public static DataSource owner(TestDatabase database) {
    return new DriverManagerDataSource(database.url(), database.owner(), database.password());
  }

  public static void write(DataSource ownersDataSource) {
    JdbcClient owner = JdbcClient.create(ownersDataSource);
    owner.sql(RUNS_AND_FILES).update();
    owner.sql(ORDERS).update();
    owner.sql(MONEY).update();
    owner.sql(PARCELS).update();
    owner.sql(EVENTS).query().listOfRows();
    owner.sql("SELECT commondata.stamp()").query().singleValue();
    owner.sql(RECEIPTS).update();
    owner.sql(MAIL).update();
    owner
        .sql("SELECT commondata.audit('ann', 'pause', 'subscription fraud', 'stock-taking')")
        .query()
        .singleValue();
  }

  /** Writes a dead letter, as if the reader shipping had given up, and returns its number. */
  public static long deadLetter(DataSource ownersDataSource, String key) {
    return JdbcClient.create(ownersDataSource)
        .sql(
            """
            INSERT INTO commondata.dead_letter (
                subscription, part, seq, stamped_at, event_id, type, version, key, correlation_id,
                business_date, payload, attempts, error_class, error_message, node)
            VALUES (
                'shipping', commondata.part_of(:key),
                (SELECT -count(*) FROM commondata.dead_letter), now(), gen_random_uuid(),
                'stock.reserved', 1, :key, gen_random_uuid(), '2026-11-20', '{}', 5,
                'IllegalStateException', 'Boom', 'n1')
            RETURNING id
            """)
        .param("key", key)
        .query(Long.class)
        .single();
  }

  private static final String RUNS_AND_FILES =
      """
      INSERT INTO commondata.run (
          job, business_date, attempt, started_by, node, state, exit_code, finished_at)
      VALUES
          ('store-orders', '2026-11-20', 1, 'file', 'n1', 'SUCCEEDED', 0, clock_timestamp()),
          ('bank-returns', '2026-11-20', 1, 'file', 'n1', 'SUCCEEDED', 0, clock_timestamp()),
          ('carrier-tracking', '2026-11-20', 1, 'file', 'n1', 'SUCCEEDED', 4, clock_timestamp()),
          ('catalog', '2026-11-20', 1, 'file', 'n1', 'FAILED', 8, clock_timestamp()),
          ('carrier-manifest', '2026-11-20', 1, 'hand', 'n1', 'SUCCEEDED', 0, clock_timestamp());
      INSERT INTO commondata.file (
          feed, name, sha256, size_bytes, business_date, state, run, record_count, loaded_count,
          rejected_count, finished_at)
      VALUES
          ('store-orders', 'store.csv', 'a1', 10, '2026-11-20', 'LOADED', 1, 1, 1, 0, now()),
          ('bank-returns', 'bank.txt', 'a2', 10, '2026-11-20', 'LOADED', 2, 1, 1, 0, now()),
          ('carrier-tracking', 'carrier.csv', 'a3', 10, '2026-11-20', 'LOADED', 3, 5, 4, 1, now()),
          ('catalog', 'broken.csv', 'a4', 10, '2026-11-20', 'REJECTED', 4, 1, 0, 1, now());
      INSERT INTO commondata.file (
          feed, direction, name, sha256, size_bytes, business_date, state, run, record_count,
          loaded_count, finished_at)
      VALUES
          ('carrier-manifest', 'OUT', 'out.csv', 'a5', 9, '2026-11-20', 'SENT', 5, 2, 2, now());
      INSERT INTO commondata.file_reject (file, line, column_name, code, message, raw)
      VALUES
          (3, 6, 'tracking_no', 'E-KEY-MISSING', 'parcel "T9" is not known', 'T9,SHIPPED'),
          (3, 6, 'status', 'E-RANGE', 'status "LOST" is not known', 'T9,LOST'),
          (4, 1, '', 'E-HEADER', 'the header differs', 'sku;title')
      """;

  private static final String ORDERS =
      """
      INSERT INTO orders.customer_order (
          order_id, customer_id, total, payment_method, channel, business_date, file, line)
      VALUES
          ('o1', 'c1', 4.00, 'card-ok', 'REST', '2026-11-20', NULL, NULL),
          ('o2', 'c1', 3.00, 'card-ok', 'FILE', '2026-11-20', 1, 2),
          ('o3', 'c2', 2.00, 'card-declined', 'CLI', '2026-11-20', NULL, NULL);
      INSERT INTO orders.order_line (
          order_id, line_no, sku, title, quantity, unit_price, file, line)
      VALUES
          ('o1', 1, 's1', 'Blue Train', 1, 2.00, NULL, NULL),
          ('o1', 2, 's1', 'Blue Train', 1, 2.00, NULL, NULL),
          ('o2', 1, 's1', 'Blue Train', 1, 3.00, 1, 2),
          ('o3', 1, 's1', 'Blue Train', 1, 2.00, NULL, NULL);
      UPDATE orders.customer_order SET state = 'REJECTED' WHERE order_id = 'o3';
      UPDATE orders.customer_order SET state = 'CONFIRMED' WHERE order_id <> 'o3';
      UPDATE orders.customer_order SET state = 'PACKED' WHERE order_id <> 'o3';
      UPDATE orders.customer_order SET state = 'SHIPPED' WHERE order_id <> 'o3';
      UPDATE orders.customer_order
      SET state = 'DELIVERED', payment_state = 'PAID', stock_state = 'RESERVED',
          changed_at = clock_timestamp()
      WHERE order_id <> 'o3';
      UPDATE orders.customer_order
      SET state = 'CHARGED_BACK', charged_back_at = now()
      WHERE order_id = 'o2'
      """;

  private static final String MONEY =
      """
      INSERT INTO payment.payment (
          order_id, customer_id, amount, payment_method, state, business_date)
      VALUES
          ('o1', 'c1', 4.00, 'card-ok', 'RECEIVED', '2026-11-20'),
          ('o2', 'c1', 3.00, 'card-ok', 'CHARGED_BACK', '2026-11-20'),
          ('o3', 'c2', 2.00, 'card-declined', 'REFUSED', '2026-11-20');
      INSERT INTO payment.entry (order_id, kind, amount)
      VALUES
          ('o1', 'RECEIVED', 4.00),
          ('o2', 'RECEIVED', 3.00),
          ('o2', 'CHARGED_BACK', -3.00);
      INSERT INTO payment.bank_return (file, line, order_id, returned_on, amount, reason, outcome)
      VALUES (2, 2, 'o2', '2026-11-20', 3.00, 'disputed', 'CHARGED_BACK');
      INSERT INTO fraud.charge_back (order_id, customer_id, amount, business_date, charged_back_at)
      VALUES ('o2', 'c1', 3.00, '2026-11-20', now())
      """;

  private static final String PARCELS =
      """
      INSERT INTO warehouse.stock (sku, initial, on_hand) VALUES ('s1', 10, 7);
      INSERT INTO warehouse.reservation (order_id, state)
      VALUES ('o1', 'PACKED'), ('o2', 'PACKED'), ('o3', 'RELEASED');
      INSERT INTO warehouse.movement (order_id, sku, kind, quantity)
      VALUES
          ('o1', 's1', 'RESERVE', 2),
          ('o1', 's1', 'PACK', 2),
          ('o2', 's1', 'RESERVE', 1),
          ('o2', 's1', 'PACK', 1),
          ('o3', 's1', 'RESERVE', 1),
          ('o3', 's1', 'RELEASE', 1);
      INSERT INTO shipping.shipment (
          order_id, tracking_no, customer_id, recipient, street, city, postal_code, country, state,
          business_date, manifest_run)
      VALUES
          ('o1', 'T1', 'c1', 'Ann', 'Road 1', 'Oslo', '1', 'NO', 'DELIVERED', '2026-11-20', 5),
          ('o2', 'T2', 'c1', 'Ann', 'Road 1', 'Oslo', '1', 'NO', 'DELIVERED', '2026-11-20', 5);
      INSERT INTO shipping.tracking (file, line, tracking_no, order_id, status, status_on)
      VALUES
          (3, 2, 'T1', 'o1', 'SHIPPED', '2026-11-20'),
          (3, 3, 'T1', 'o1', 'DELIVERED', '2026-11-20'),
          (3, 4, 'T2', 'o2', 'SHIPPED', '2026-11-20'),
          (3, 5, 'T2', 'o2', 'DELIVERED', '2026-11-20')
      """;

  private static final String EVENTS =
      """
      SELECT commondata.publish(e.type, e.key, '{}')
      FROM (VALUES
          ('order.placed', 'o1'),
          ('stock.reserve', 'o1'),
          ('payment.received', 'o1'),
          ('stock.reserved', 'o1'),
          ('order.confirmed', 'o1'),
          ('order.packaged', 'o1'),
          ('order.shipped', 'o1'),
          ('order.delivered', 'o1'),
          ('order.placed', 'o2'),
          ('payment.received', 'o2'),
          ('order.confirmed', 'o2'),
          ('order.packaged', 'o2'),
          ('order.delivered', 'o2'),
          ('payment.charged-back', 'o2'),
          ('order.placed', 'o3'),
          ('payment.refused', 'o3'),
          ('order.rejected', 'o3')
      ) AS e (type, key)
      """;

  private static final String RECEIPTS =
      """
      INSERT INTO commondata.receipt_batch (subscription, part, first_seq, last_seq, seqs, node)
      SELECT s.name, q.part, min(q.seq), max(q.seq), array_agg(q.seq ORDER BY q.seq), 'n1'
      FROM commondata.subscription AS s
      JOIN commondata.log_position AS q ON q.type = ANY (s.types)
      GROUP BY s.name, q.part;
      UPDATE commondata.cursor AS c
      SET pos = h.head
      FROM commondata.part_head AS h
      WHERE h.part = c.part;
      INSERT INTO commondata.delay (id, part, key, available_at)
      SELECT o.id, o.part, o.key, o.occurred_at
      FROM commondata.outbox AS o
      WHERE o.key = 'o1' AND o.type = 'order.placed'
      """;

  private static final String MAIL =
      """
      INSERT INTO notification.mail (
          event_id, order_id, customer_id, recipient, subject, body, written_at)
      SELECT o.event_id, 'o1', 'c1', 'ann@example.org', 'Delivered', 'Enjoy', clock_timestamp()
      FROM commondata.outbox AS o
      WHERE o.type = 'order.delivered' AND o.key = 'o1'
      """;
}

package scenario;

import java.util.LinkedHashMap;
import java.util.Map;

/** SQL that breaks one invariant of the {@link SettledWorld}, and no other. */
final class Violations {

  static final Map<String, String> ALL = new LinkedHashMap<>();

  private Violations() {}

  private static void plant(String invariant, String sql) {
    ALL.put(invariant, sql);
  }

  static {
    log();
    readers();
    readersPlaces();
    filesAndRights();
    moneyAndStock();
    orders();
  }

  private static void log() {
    plant(
        "event_has_position",
        """
        INSERT INTO commondata.outbox (
            tx, part, source, kind, type, version, key, event_id, correlation_id, business_date,
            payload)
        VALUES (
            '3', 0, 'x', 'event', 'x.happened', 1, 'x', gen_random_uuid(), gen_random_uuid(),
            '2026-11-20', '{}')
        """);
    plant(
        "position_has_one_event",
        """
        UPDATE commondata.part_head SET head = head + 1 WHERE part = 0;
        INSERT INTO commondata.outbox_seq (
            part, first_seq, last_seq, stamped_at, ids, txs, occurred_at, types)
        SELECT
            0,
            h.head,
            h.head,
            clock_timestamp(),
            '{1000000}',
            '{3}',
            ARRAY[clock_timestamp()],
            '{x.happened}'
        FROM commondata.part_head AS h
        WHERE h.part = 0
        """);
    plant("positions_are_dense", "UPDATE commondata.part_head SET head = head + 1 WHERE part = 0");
  }

  private static void readers() {
    plant(
        "event_is_accounted_for",
        "DELETE FROM commondata.receipt_batch WHERE subscription = 'fraud'");
    plant(
        "event_is_handled_once",
        """
        INSERT INTO commondata.receipt_batch (
            subscription, part, first_seq, last_seq, seqs, handled_at, node)
        SELECT b.subscription, b.part, 0, b.last_seq, b.seqs, b.handled_at, 'n2'
        FROM commondata.receipt_batch AS b
        WHERE b.subscription = 'shipping'
        """);
    plant(
        "receipt_has_event",
        """
        INSERT INTO commondata.receipt_batch (subscription, part, first_seq, last_seq, seqs, node)
        VALUES ('order', 0, 999, 999, '{999}', 'n1')
        """);
    plant(
        "handled_is_not_waiting",
        """
        INSERT INTO commondata.dead_letter (
            subscription, part, seq, stamped_at, event_id, type, version, key, correlation_id,
            business_date, payload, attempts, error_class, error_message, node)
        SELECT
            'shipping', b.part, b.first_seq, now(), gen_random_uuid(), 'order.packaged', 1, 'o1',
            gen_random_uuid(), '2026-11-20', '{}', 5, 'X', 'broken', 'n1'
        FROM commondata.receipt_batch AS b
        WHERE b.subscription = 'shipping'
        LIMIT 1
        """);
    plant(
        "key_keeps_its_order",
        """
        INSERT INTO commondata.receipt_batch (
            subscription, part, first_seq, last_seq, seqs, handled_at, node)
        SELECT
            b.subscription, b.part, -1, b.first_seq, b.seqs[1:1], b.handled_at + interval '1 h',
            b.node
        FROM commondata.receipt_batch AS b
        WHERE b.subscription = 'order' AND b.part = commondata.part_of('o1');
        UPDATE commondata.receipt_batch AS b
        SET first_seq = b.seqs[2], seqs = b.seqs[2:]
        WHERE b.subscription = 'order' AND b.part = commondata.part_of('o1') AND b.first_seq > 0
        """);
    plant(
        "parked_key_has_events",
        """
        INSERT INTO commondata.parked_key (subscription, part, key, error_class, error_message)
        VALUES ('order', 0, 'x', 'X', 'broken')
        """);
  }

  private static void readersPlaces() {
    plant(
        "cursor_is_within_log",
        "UPDATE commondata.cursor SET pos = pos + 1000 WHERE subscription = 'fraud' AND part = 0");
    plant(
        "waiting_is_behind_cursor",
        """
        INSERT INTO commondata.parked_key (
            subscription, part, key, chain, error_class, error_message)
        VALUES ('order', 0, 'x', 1, 'X', 'broken');
        INSERT INTO commondata.parked_event (subscription, part, key, seq, stamped_at)
        VALUES ('order', 0, 'x', 1000, now())
        """);
  }

  private static void filesAndRights() {
    plant(
        "file_adds_up",
        """
        INSERT INTO commondata.file_reject (file, line, code, message)
        VALUES (2, 7, 'E-TYPE', 'no number')
        """);
    plant(
        "content_is_loaded_once",
        """
        DROP INDEX commondata.file_by_content;
        INSERT INTO commondata.file (feed, name, sha256, size_bytes, state, run)
        VALUES
            ('catalog', 'a.csv', 'b1', 1, 'LOADED', 1),
            ('catalog', 'b.csv', 'b1', 1, 'LOADED', 1)
        """);
    plant(
        "rejected_file_loads_nothing",
        "UPDATE commondata.file SET loaded_count = 1 WHERE state = 'REJECTED'");
    plant("file_agrees_with_run", "UPDATE commondata.file SET run = 4 WHERE feed = 'bank-returns'");
    plant(
        "corrected_record_was_refused",
        """
        INSERT INTO commondata.file_correction (corrected_file, line, file, record)
        VALUES (1, 2, 1, 'x')
        """);
    plant(
        "superseded_file_has_successor",
        """
        INSERT INTO commondata.file (
            feed, name, sha256, size_bytes, business_date, state, run, superseded_by)
        VALUES ('catalog', 'old.csv', 'b2', 1, '2026-11-20', 'SUPERSEDED', 1, 2)
        """);
    plant(
        "table_has_one_writer",
        """
        GRANT USAGE ON SCHEMA orders TO payment_service;
        GRANT UPDATE (title) ON orders.order_line TO payment_service
        """);
    plant(
        "delayed_is_not_early",
        "UPDATE commondata.delay SET available_at = now() + interval '1 h'");
    plant(
        "chain_is_counted",
        """
        INSERT INTO commondata.parked_key (
            subscription, part, key, chain, error_class, error_message)
        VALUES ('order', 0, 'x', 2, 'X', 'broken');
        INSERT INTO commondata.parked_event (subscription, part, key, seq, stamped_at)
        VALUES ('order', 0, 'x', 0, now())
        """);
    plant(
        "act_chain_is_whole",
        """
        ALTER TABLE commondata.operator_act DISABLE TRIGGER stays_as_it_is;
        UPDATE commondata.operator_act SET actor = 'bob'
        """);
    plant("log_is_guarded", "ALTER TABLE commondata.outbox NO FORCE ROW LEVEL SECURITY");
  }

  private static void moneyAndStock() {
    plant(
        "order_total_is_its_lines",
        "UPDATE orders.order_line SET unit_price = 9 WHERE order_id = 'o3'");
    plant(
        "payment_is_its_entries",
        """
        UPDATE orders.customer_order SET charged_back_at = now() WHERE order_id = 'o1';
        INSERT INTO payment.entry (order_id, kind, amount) VALUES ('o1', 'REFUNDED', -4.00)
        """);
    plant(
        "payment_is_for_its_order",
        "UPDATE payment.payment SET customer_id = 'c2' WHERE order_id = 'o1'");
    plant(
        "money_agrees_with_order",
        "UPDATE orders.customer_order SET charged_back_at = now() WHERE order_id = 'o1'");
    plant("charge_back_is_the_banks", "UPDATE payment.bank_return SET outcome = 'TWICE'");
    plant("fraud_knows_charge_backs", "UPDATE fraud.charge_back SET amount = 1");
    plant("stock_is_its_movements", "UPDATE warehouse.stock SET on_hand = 8");
    plant(
        "reservation_is_its_movements",
        "INSERT INTO warehouse.reservation (order_id, state) VALUES ('x', 'RESERVED')");
    plant(
        "packed_is_what_was_ordered",
        """
        UPDATE orders.order_line
        SET quantity = 2, unit_price = 1
        WHERE (order_id, line_no) = ('o1', 1)
        """);
    plant(
        "stock_agrees_with_order",
        """
        DELETE FROM warehouse.movement WHERE order_id = 'o3' AND kind = 'RELEASE';
        UPDATE warehouse.reservation SET state = 'RESERVED' WHERE order_id = 'o3';
        UPDATE warehouse.stock SET reserved = 1
        """);
  }

  private static void orders() {
    plant("order_is_announced_once", "SELECT commondata.publish('order.placed', 'x', '{}')");
    plant("step_is_taken_once", "SELECT commondata.publish('order.confirmed', 'o1', '{}')");
    plant(
        "order_goes_on",
        """
        ALTER TABLE orders.customer_order DISABLE TRIGGER state_changes;
        UPDATE orders.customer_order SET state = 'SHIPPED' WHERE order_id = 'o1'
        """);
    plant(
        "shipment_is_for_packed_order",
        """
        INSERT INTO shipping.shipment (
            order_id, tracking_no, customer_id, recipient, street, city, postal_code, country,
            business_date)
        VALUES ('x', 'T3', 'c1', 'Ann', 'Road 1', 'Oslo', '1', 'NO', '2026-11-20')
        """);
    plant("packed_order_has_shipment", "DELETE FROM shipping.shipment WHERE order_id = 'o1'");
    plant("parcel_goes_as_tracked", "UPDATE shipping.shipment SET state = 'MANIFESTED'");
    plant(
        "loaded_record_is_a_row",
        """
        UPDATE commondata.file
        SET record_count = 9, loaded_count = 9
        WHERE feed = 'bank-returns'
        """);
    plant(
        "mail_has_its_event",
        """
        INSERT INTO notification.mail (
            event_id, customer_id, recipient, subject, body, written_at)
        VALUES (gen_random_uuid(), 'c1', 'ann@example.org', 'Hello', '', now())
        """);
  }
}

-- What must always hold for MusicCorp: orders and files. See R__invariants_1_log.sql.

CREATE OR REPLACE VIEW invariant.order_is_announced_once AS
SELECT
    coalesce(o.order_id, e.key) AS order_id,
    o.order_id IS NOT NULL AS has_row,
    coalesce(e.events, 0) AS events
FROM orders.customer_order AS o
FULL JOIN (
    SELECT b.key, count(*) AS events
    FROM commondata.outbox AS b
    WHERE b.type = 'order.placed'
    GROUP BY b.key
) AS e ON e.key = o.order_id
WHERE o.order_id IS NULL
   OR e.events > 1
   OR (e.events IS NULL AND o.placed_at >= commondata.log_begins_at());
COMMENT ON VIEW invariant.order_is_announced_once IS
    'Every order has exactly one order.placed, and every order.placed has its order';

CREATE OR REPLACE VIEW invariant.step_is_taken_once AS
SELECT o.key AS order_id, o.type, count(*) AS times
FROM commondata.outbox AS o
WHERE o.type IN (
    'order.confirmed',
    'order.rejected',
    'order.cancelled',
    'order.packaged',
    'order.shipped',
    'order.delivered',
    'payment.received',
    'payment.held',
    'payment.refused',
    'payment.refunded',
    'payment.charged-back',
    'stock.reserve',
    'stock.reserved',
    'stock.rejected'
)
GROUP BY o.key, o.type
HAVING count(*) > 1;
COMMENT ON VIEW invariant.step_is_taken_once IS 'No step of an order is announced twice';

CREATE OR REPLACE VIEW invariant.order_goes_on AS
WITH busy AS MATERIALIZED (
    SELECT DISTINCT u.key FROM commondata.unhandled AS u
)
SELECT o.order_id, o.state, o.payment_state, o.stock_state, s.state AS shipment, o.changed_at
FROM orders.customer_order AS o
LEFT JOIN payment.payment AS p ON p.order_id = o.order_id
LEFT JOIN shipping.shipment AS s ON s.order_id = o.order_id
WHERE o.state NOT IN ('DELIVERED', 'CHARGED_BACK', 'CANCELLED', 'REJECTED')
  AND (
      (o.state = 'PLACED' AND p.state = 'HELD')
      OR (o.state = 'PACKED' AND s.state IN ('LABELLED', 'MANIFESTED'))
      OR (o.state = 'SHIPPED' AND s.state = 'SHIPPED')
  ) IS NOT TRUE
  AND NOT EXISTS (SELECT FROM busy AS u WHERE u.key = o.order_id);
COMMENT ON VIEW invariant.order_goes_on IS
    'An order in no final state waits for an event, an operator or the carrier: none is stuck';

CREATE OR REPLACE VIEW invariant.stock_agrees_with_order AS
WITH busy AS MATERIALIZED (
    SELECT DISTINCT u.key FROM commondata.unhandled AS u
)
SELECT o.order_id, o.state, r.state AS reservation
FROM orders.customer_order AS o
LEFT JOIN warehouse.reservation AS r ON r.order_id = o.order_id
WHERE NOT CASE
    WHEN o.state = 'PLACED' THEN coalesce(r.state, 'REJECTED') IN ('RESERVED', 'REJECTED')
    WHEN o.state = 'CONFIRMED' THEN coalesce(r.state = 'RESERVED', false)
    WHEN o.state IN ('CANCELLED', 'REJECTED')
        THEN coalesce(r.state, 'REJECTED') IN ('RELEASED', 'REJECTED')
    ELSE coalesce(r.state = 'PACKED', false)
END
  AND NOT EXISTS (SELECT FROM busy AS u WHERE u.key = o.order_id);
COMMENT ON VIEW invariant.stock_agrees_with_order IS
    'Stock is packed for orders on their way, and given back for those that are off';

CREATE OR REPLACE VIEW invariant.shipment_is_for_packed_order AS
SELECT s.order_id, s.tracking_no, s.state, r.state AS reservation
FROM shipping.shipment AS s
LEFT JOIN warehouse.reservation AS r ON r.order_id = s.order_id
WHERE r.state IS DISTINCT FROM 'PACKED';
COMMENT ON VIEW invariant.shipment_is_for_packed_order IS
    'A parcel is made only of what was packed';

CREATE OR REPLACE VIEW invariant.packed_order_has_shipment AS
WITH busy AS MATERIALIZED (
    SELECT DISTINCT u.key FROM commondata.unhandled AS u
)
SELECT r.order_id, r.changed_at AS packed_at
FROM warehouse.reservation AS r
WHERE r.state = 'PACKED'
  AND NOT EXISTS (SELECT FROM shipping.shipment AS s WHERE s.order_id = r.order_id)
  AND NOT EXISTS (SELECT FROM busy AS u WHERE u.key = r.order_id);
COMMENT ON VIEW invariant.packed_order_has_shipment IS 'Everything that was packed has its parcel';

CREATE OR REPLACE VIEW invariant.parcel_goes_as_tracked AS
SELECT s.order_id, s.tracking_no, s.state, t.statuses
FROM shipping.shipment AS s
LEFT JOIN (
    SELECT k.order_id, array_agg(DISTINCT k.status ORDER BY k.status) AS statuses
    FROM shipping.tracking AS k
    GROUP BY k.order_id
) AS t ON t.order_id = s.order_id
WHERE coalesce(t.statuses, '{}') <> CASE s.state
    WHEN 'DELIVERED' THEN ARRAY['DELIVERED', 'SHIPPED']
    WHEN 'SHIPPED' THEN ARRAY['SHIPPED']
    ELSE ARRAY[]::text[]
END;
COMMENT ON VIEW invariant.parcel_goes_as_tracked IS
    'A parcel is shipped or delivered because the carrier said so, and not otherwise';

CREATE OR REPLACE VIEW invariant.loaded_record_is_a_row AS
SELECT f.id AS file, f.feed, f.name, f.loaded_count, coalesce(r.found, 0) AS found
FROM commondata.file AS f
LEFT JOIN (
    SELECT b.file, count(*) AS found
    FROM payment.bank_return AS b
    GROUP BY b.file
    UNION ALL
    SELECT t.file, count(*)
    FROM shipping.tracking AS t
    GROUP BY t.file
    UNION ALL
    SELECT l.file, count(*)
    FROM orders.order_line AS l
    WHERE l.file IS NOT NULL
    GROUP BY l.file
) AS r ON r.file = f.id
WHERE (f.feed IN ('bank-returns', 'carrier-tracking', 'store-orders') OR r.found > 0)
  AND f.direction = 'IN'
  AND coalesce(r.found, 0) <> CASE f.state WHEN 'LOADED' THEN f.loaded_count ELSE 0 END;
COMMENT ON VIEW invariant.loaded_record_is_a_row IS
    'Each loaded record of an order, bank or carrier file is one row, and no other file left any';

CREATE OR REPLACE VIEW invariant.mail_has_its_event AS
SELECT m.event_id, m.order_id, m.subject, m.requested_at
FROM notification.mail AS m
WHERE NOT EXISTS (SELECT FROM commondata.outbox AS o WHERE o.event_id = m.event_id)
  AND commondata.made_at(m.event_id) >= commondata.log_begins_at();
COMMENT ON VIEW invariant.mail_has_its_event IS 'No mail is sent without the event that caused it';

CREATE OR REPLACE VIEW invariant.population_musiccorp AS
SELECT p.name, p.row_count
FROM (
    SELECT count(*) AS all_of_them, count(*) FILTER (WHERE o.state <> 'PLACED') AS decided
    FROM orders.customer_order AS o
) AS o
CROSS JOIN (
    SELECT
        (SELECT count(*) FROM payment.payment) AS payments,
        (SELECT count(*) FROM payment.entry AS e WHERE e.kind = 'CHARGED_BACK') AS charge_backs,
        (SELECT count(*) FROM warehouse.stock) AS items,
        (SELECT count(*) FROM warehouse.reservation) AS reservations,
        (SELECT count(*) FROM warehouse.reservation AS r WHERE r.state = 'PACKED') AS packed,
        (SELECT count(*) FROM shipping.shipment) AS shipments,
        (SELECT count(*) FROM notification.mail) AS mails,
        (SELECT count(*) FROM commondata.outbox) AS events,
        (
            SELECT count(*)
            FROM commondata.file AS f
            WHERE f.feed IN ('bank-returns', 'carrier-tracking', 'store-orders')
              AND f.direction = 'IN'
        ) AS files
) AS n
CROSS JOIN LATERAL (
    VALUES
        ('order_total_is_its_lines', o.all_of_them),
        ('payment_is_its_entries', n.payments),
        ('payment_is_for_its_order', n.payments),
        ('money_agrees_with_order', o.decided),
        ('charge_back_is_the_banks', n.charge_backs),
        ('fraud_knows_charge_backs', n.charge_backs),
        ('stock_is_its_movements', n.items),
        ('reservation_is_its_movements', n.reservations),
        ('packed_is_what_was_ordered', n.packed),
        ('order_is_announced_once', o.all_of_them),
        ('step_is_taken_once', n.events),
        ('order_goes_on', o.all_of_them),
        ('stock_agrees_with_order', o.all_of_them),
        ('shipment_is_for_packed_order', n.shipments),
        ('packed_order_has_shipment', n.packed),
        ('parcel_goes_as_tracked', n.shipments),
        ('loaded_record_is_a_row', n.files),
        ('mail_has_its_event', n.mails)
) AS p (name, row_count);
COMMENT ON VIEW invariant.population_musiccorp IS 'Rows that each invariant of MusicCorp looks at';
COMMENT ON COLUMN invariant.population_musiccorp.name IS 'View in this schema';
COMMENT ON COLUMN invariant.population_musiccorp.row_count IS 'Rows it looks at';

CREATE OR REPLACE VIEW invariant.unsettled_musiccorp AS
SELECT
    'order' AS what,
    o.order_id AS id,
    CASE
        WHEN o.state = 'PLACED' AND p.state = 'HELD' THEN 'payment is held for an operator'
        WHEN o.state IN ('PACKED', 'SHIPPED') THEN lower(o.state) || ', the carrier''s turn'
        ELSE lower(o.state) || ', events on their way'
    END AS detail
FROM orders.customer_order AS o
LEFT JOIN payment.payment AS p ON p.order_id = o.order_id
WHERE o.state NOT IN ('DELIVERED', 'CHARGED_BACK', 'CANCELLED', 'REJECTED')
UNION ALL
SELECT 'mail', m.event_id::text, 'not written yet'
FROM notification.mail AS m
WHERE m.written_at IS NULL;
COMMENT ON VIEW invariant.unsettled_musiccorp IS
    'Orders in no final state, and mail that is not written';
COMMENT ON COLUMN invariant.unsettled_musiccorp.what IS 'order | mail';
COMMENT ON COLUMN invariant.unsettled_musiccorp.id IS 'Its id';
COMMENT ON COLUMN invariant.unsettled_musiccorp.detail IS 'In words';

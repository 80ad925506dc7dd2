-- What must always hold for MusicCorp: money and stock. See R__invariants_1_log.sql. Most are exact
-- at any moment, as one service writes both sides in one commit. Those that compare services leave
-- out orders with events still unhandled: they are reported as unsettled.

CREATE OR REPLACE VIEW invariant.order_total_is_its_lines AS
SELECT o.order_id, o.total, coalesce(sum(l.quantity * l.unit_price), 0) AS of_lines
FROM orders.customer_order AS o
LEFT JOIN orders.order_line AS l ON l.order_id = o.order_id
GROUP BY o.order_id
HAVING count(l.line_no) = 0 OR o.total <> sum(l.quantity * l.unit_price);
COMMENT ON VIEW invariant.order_total_is_its_lines IS
    'The total of an order is the sum of its lines, and it has at least one';

CREATE OR REPLACE VIEW invariant.payment_is_its_entries AS
SELECT p.order_id, p.state, p.amount, coalesce(sum(e.amount), 0) AS booked
FROM payment.payment AS p
LEFT JOIN payment.entry AS e ON e.order_id = p.order_id
GROUP BY p.order_id
HAVING coalesce(sum(e.amount), 0) <> CASE p.state WHEN 'RECEIVED' THEN p.amount ELSE 0 END;
COMMENT ON VIEW invariant.payment_is_its_entries IS
    'What is booked for a payment is its amount while it is received, and nothing otherwise';

CREATE OR REPLACE VIEW invariant.payment_is_for_its_order AS
SELECT p.order_id, p.customer_id, p.amount, o.customer_id AS orders_customer, o.total
FROM payment.payment AS p
LEFT JOIN orders.customer_order AS o ON o.order_id = p.order_id
WHERE o.order_id IS NULL
   OR o.total <> p.amount
   OR o.customer_id <> p.customer_id;
COMMENT ON VIEW invariant.payment_is_for_its_order IS
    'Every payment is for an order, its customer and its total';

CREATE OR REPLACE VIEW invariant.money_agrees_with_order AS
WITH busy AS MATERIALIZED (
    SELECT DISTINCT u.key FROM commondata.unhandled AS u
)
SELECT o.order_id, o.state, o.total, b.booked
FROM orders.customer_order AS o
LEFT JOIN (
    SELECT e.order_id, sum(e.amount) AS booked
    FROM payment.entry AS e
    GROUP BY e.order_id
) AS b ON b.order_id = o.order_id
WHERE o.state <> 'PLACED'
  AND coalesce(b.booked, 0) <> CASE
      WHEN o.charged_back_at IS NOT NULL THEN 0
      WHEN o.state IN ('CONFIRMED', 'PACKED', 'SHIPPED', 'DELIVERED') THEN o.total
      ELSE 0
  END
  AND NOT EXISTS (SELECT FROM busy AS u WHERE u.key = o.order_id);
COMMENT ON VIEW invariant.money_agrees_with_order IS
    'Booked money is the total of a confirmed order, and nothing once it is off or charged back';

CREATE OR REPLACE VIEW invariant.charge_back_is_the_banks AS
SELECT
    coalesce(e.order_id, b.order_id) AS order_id,
    -e.amount AS booked,
    b.amount AS by_bank,
    b.records
FROM (
    SELECT n.order_id, n.amount
    FROM payment.entry AS n
    WHERE n.kind = 'CHARGED_BACK'
) AS e
FULL JOIN (
    SELECT r.order_id, sum(r.amount) AS amount, count(*) AS records
    FROM payment.bank_return AS r
    WHERE r.outcome = 'CHARGED_BACK'
    GROUP BY r.order_id
) AS b ON b.order_id = e.order_id
WHERE (-e.amount = b.amount AND b.records = 1) IS NOT TRUE;
COMMENT ON VIEW invariant.charge_back_is_the_banks IS
    'Every charge-back that is booked stands in exactly one record of the bank, and the reverse';

CREATE OR REPLACE VIEW invariant.fraud_knows_charge_backs AS
WITH busy AS MATERIALIZED (
    SELECT DISTINCT u.key FROM commondata.unhandled AS u
)
SELECT coalesce(e.order_id, c.order_id) AS order_id, -e.amount AS booked, c.amount AS known
FROM (
    SELECT n.order_id, n.amount
    FROM payment.entry AS n
    WHERE n.kind = 'CHARGED_BACK'
) AS e
FULL JOIN fraud.charge_back AS c ON c.order_id = e.order_id
WHERE (-e.amount = c.amount) IS NOT TRUE
  AND NOT EXISTS (
      SELECT FROM busy AS u WHERE u.key = coalesce(e.order_id, c.order_id)
  );
COMMENT ON VIEW invariant.fraud_knows_charge_backs IS
    'Fraud knows every charge-back that payment has booked, and no other';

CREATE OR REPLACE VIEW invariant.stock_is_its_movements AS
SELECT
    s.sku,
    s.initial,
    s.on_hand,
    s.reserved,
    m.reserve AS moved_reserve,
    m.release AS moved_release,
    m.pack AS moved_pack
FROM warehouse.stock AS s
LEFT JOIN (
    SELECT
        v.sku,
        coalesce(sum(v.quantity) FILTER (WHERE v.kind = 'RESERVE'), 0) AS reserve,
        coalesce(sum(v.quantity) FILTER (WHERE v.kind = 'RELEASE'), 0) AS release,
        coalesce(sum(v.quantity) FILTER (WHERE v.kind = 'PACK'), 0) AS pack
    FROM warehouse.movement AS v
    GROUP BY v.sku
) AS m ON m.sku = s.sku
WHERE s.on_hand <> s.initial - coalesce(m.pack, 0)
   OR s.reserved <> coalesce(m.reserve - m.release - m.pack, 0);
COMMENT ON VIEW invariant.stock_is_its_movements IS
    'Stock on hand is what it began with less what was packed; reserved is what is still promised';

CREATE OR REPLACE VIEW invariant.reservation_is_its_movements AS
SELECT r.order_id, r.state, m.sku, m.reserve, m.release, m.pack
FROM warehouse.reservation AS r
LEFT JOIN (
    SELECT
        v.order_id,
        v.sku,
        coalesce(sum(v.quantity) FILTER (WHERE v.kind = 'RESERVE'), 0) AS reserve,
        coalesce(sum(v.quantity) FILTER (WHERE v.kind = 'RELEASE'), 0) AS release,
        coalesce(sum(v.quantity) FILTER (WHERE v.kind = 'PACK'), 0) AS pack
    FROM warehouse.movement AS v
    GROUP BY v.order_id, v.sku
) AS m ON m.order_id = r.order_id
WHERE NOT CASE r.state
    WHEN 'REJECTED' THEN m.order_id IS NULL
    WHEN 'RESERVED' THEN coalesce(m.reserve > 0 AND m.release = 0 AND m.pack = 0, false)
    WHEN 'RELEASED' THEN m.order_id IS NULL OR (m.release = m.reserve AND m.pack = 0)
    ELSE coalesce(m.pack = m.reserve AND m.pack > 0 AND m.release = 0, false)
END;
COMMENT ON VIEW invariant.reservation_is_its_movements IS
    'What a reservation moved fits its state: promised, given back, or packed, and all of it';

CREATE OR REPLACE VIEW invariant.packed_is_what_was_ordered AS
SELECT
    coalesce(p.order_id, l.order_id) AS order_id,
    coalesce(p.sku, l.sku) AS sku,
    l.ordered,
    p.packed
FROM (
    SELECT m.order_id, m.sku, sum(m.quantity) AS packed
    FROM warehouse.movement AS m
    WHERE m.kind = 'PACK'
    GROUP BY m.order_id, m.sku
) AS p
FULL JOIN (
    SELECT n.order_id, n.sku, sum(n.quantity) AS ordered
    FROM orders.order_line AS n
    JOIN warehouse.reservation AS r
        ON r.order_id = n.order_id
        AND r.state = 'PACKED'
    GROUP BY n.order_id, n.sku
) AS l
    ON l.order_id = p.order_id
    AND l.sku = p.sku
WHERE p.packed IS DISTINCT FROM l.ordered;
COMMENT ON VIEW invariant.packed_is_what_was_ordered IS
    'What was packed for an order is what was ordered, item by item';

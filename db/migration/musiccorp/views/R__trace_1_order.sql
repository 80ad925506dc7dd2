-- An order's rows in every service's tables, as they are now; what a row was before stands in the
-- events. Without names and addresses: who follows a flow need not know whose it is. Part of the
-- view trace. Each branch takes the order through an index.

CREATE OR REPLACE VIEW commondata.trace_order AS
SELECT
    o.order_id AS business_id,
    o.placed_at AS at,
    'row' AS what,
    'orders.customer_order' AS name,
    'order_service' AS source,
    NULL::numeric AS wait_ms,
    'placed by customer ' || o.customer_id || ' over ' || o.channel || ', total '
        || o.total AS detail,
    NULL::uuid AS event_id,
    o.file,
    o.line,
    NULL::bigint AS run
FROM orders.customer_order AS o
UNION ALL
SELECT
    o.order_id,
    o.changed_at,
    'row',
    'orders.customer_order',
    'order_service',
    NULL,
    'now ' || o.state || ', payment ' || o.payment_state || ', stock ' || o.stock_state
        || coalesce(' (' || o.reason || ')', ''),
    NULL,
    NULL,
    NULL,
    NULL
FROM orders.customer_order AS o
WHERE o.changed_at > o.placed_at
UNION ALL
SELECT
    l.order_id,
    o.placed_at,
    'row',
    'orders.order_line',
    'order_service',
    NULL,
    'line ' || l.line_no || ': ' || l.quantity || ' x ' || l.sku || ' at ' || l.unit_price,
    NULL,
    l.file,
    l.line,
    NULL
FROM orders.order_line AS l
JOIN orders.customer_order AS o ON o.order_id = l.order_id
UNION ALL
SELECT
    p.order_id,
    p.taken_at,
    'row',
    'payment.payment',
    'payment_service',
    NULL,
    p.amount || ' by ' || p.payment_method || ', now ' || p.state
        || coalesce(' (' || p.reason || ')', '')
        || coalesce(', decided by ' || p.decided_by, ''),
    NULL,
    NULL,
    NULL,
    NULL
FROM payment.payment AS p
UNION ALL
SELECT
    e.order_id,
    e.booked_at,
    'row',
    'payment.entry',
    'payment_service',
    NULL,
    lower(e.kind) || ' ' || e.amount,
    NULL,
    NULL,
    NULL,
    NULL
FROM payment.entry AS e
UNION ALL
SELECT
    b.order_id,
    coalesce(f.finished_at, f.arrived_at),
    'row',
    'payment.bank_return',
    'payment_service',
    NULL,
    b.amount || ' returned on ' || b.returned_on || ', ' || b.reason || ': ' || b.outcome,
    NULL,
    b.file,
    b.line,
    f.run
FROM payment.bank_return AS b
JOIN commondata.file AS f ON f.id = b.file
UNION ALL
SELECT
    d.order_id,
    coalesce(r.finished_at, r.started_at),
    'row',
    'payment.disagreement',
    'payment_service',
    NULL,
    d.kind || ': ' || d.ruling,
    NULL,
    d.file,
    d.line,
    d.run
FROM payment.disagreement AS d
JOIN commondata.run AS r ON r.id = d.run
UNION ALL
SELECT
    c.order_id,
    c.charged_back_at,
    'row',
    'fraud.charge_back',
    'fraud_service',
    NULL,
    c.amount || ' charged back by customer ' || c.customer_id,
    NULL,
    NULL,
    NULL,
    NULL
FROM fraud.charge_back AS c
UNION ALL
SELECT
    v.order_id,
    v.reserved_at,
    'row',
    'warehouse.reservation',
    'warehouse_service',
    NULL,
    'now ' || v.state || coalesce(' (' || v.reason || ')', ''),
    NULL,
    NULL,
    NULL,
    NULL
FROM warehouse.reservation AS v
UNION ALL
SELECT
    m.order_id,
    m.moved_at,
    'row',
    'warehouse.movement',
    'warehouse_service',
    NULL,
    lower(m.kind) || ' ' || m.quantity || ' x ' || m.sku,
    NULL,
    NULL,
    NULL,
    NULL
FROM warehouse.movement AS m
UNION ALL
SELECT
    s.order_id,
    s.labelled_at,
    'row',
    'shipping.shipment',
    'shipping_service',
    NULL,
    'parcel ' || s.tracking_no || ', now ' || s.state,
    NULL,
    NULL,
    NULL,
    s.manifest_run
FROM shipping.shipment AS s
UNION ALL
SELECT
    t.order_id,
    coalesce(f.finished_at, f.arrived_at),
    'row',
    'shipping.tracking',
    'shipping_service',
    NULL,
    'parcel ' || t.tracking_no || ' ' || t.status || ' on ' || t.status_on,
    NULL,
    t.file,
    t.line,
    f.run
FROM shipping.tracking AS t
JOIN commondata.file AS f ON f.id = t.file
UNION ALL
SELECT
    m.order_id,
    m.requested_at,
    'row',
    'notification.mail',
    'notification_service',
    NULL,
    m.subject,
    m.event_id,
    NULL,
    NULL,
    NULL
FROM notification.mail AS m
UNION ALL
SELECT
    m.order_id,
    m.written_at,
    'mail',
    m.event_id || '.eml',
    'notification_service',
    round(extract(epoch FROM m.written_at - m.requested_at) * 1000, 3),
    m.subject,
    m.event_id,
    NULL,
    NULL,
    NULL
FROM notification.mail AS m
WHERE m.written_at IS NOT NULL
UNION ALL
SELECT
    x.order_id,
    coalesce(r.finished_at, r.started_at),
    'row',
    'reporting.sale',
    'reporting_service',
    NULL,
    'line ' || x.line_no || ': ' || x.amount || ' when the order was ' || x.order_state,
    NULL,
    NULL,
    NULL,
    x.run
FROM orders.customer_order AS o
JOIN reporting.sale AS x
    ON x.business_date = o.business_date
    AND x.order_id = o.order_id
JOIN commondata.run AS r ON r.id = x.run;
COMMENT ON VIEW commondata.trace_order IS 'Part of the view trace: rows of orders';
COMMENT ON COLUMN commondata.trace_order.business_id IS 'Order, customer or item';
COMMENT ON COLUMN commondata.trace_order.at IS 'When';
COMMENT ON COLUMN commondata.trace_order.what IS
    'row | event | receipt | parked | dead letter | file | run | mail';
COMMENT ON COLUMN commondata.trace_order.name IS 'Table, event type, file, job';
COMMENT ON COLUMN commondata.trace_order.source IS 'Login that wrote it';
COMMENT ON COLUMN commondata.trace_order.wait_ms IS
    'Receipt: published -> handled; file, run, mail: how long it took';
COMMENT ON COLUMN commondata.trace_order.detail IS 'In words';
COMMENT ON COLUMN commondata.trace_order.event_id IS 'Event';
COMMENT ON COLUMN commondata.trace_order.file IS 'File (commondata.file)';
COMMENT ON COLUMN commondata.trace_order.line IS 'Line in that file';
COMMENT ON COLUMN commondata.trace_order.run IS 'Run (commondata.run)';

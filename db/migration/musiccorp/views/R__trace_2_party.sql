-- Rows of a customer and of an item. Part of the view trace. Each branch takes the id through an
-- index.

CREATE OR REPLACE VIEW commondata.trace_party AS
SELECT
    c.customer_id AS business_id,
    c.registered_at AS at,
    'row' AS what,
    'customer.customer' AS name,
    'customer_service' AS source,
    NULL::numeric AS wait_ms,
    'from ' || c.country AS detail,
    NULL::uuid AS event_id,
    c.file,
    c.line,
    NULL::bigint AS run
FROM customer.customer AS c
UNION ALL
SELECT
    c.customer_id,
    c.registered_at,
    'row',
    'fraud.customer',
    'fraud_service',
    NULL,
    'known in ' || c.country,
    NULL,
    NULL,
    NULL,
    NULL
FROM fraud.customer AS c
UNION ALL
SELECT
    o.customer_id,
    o.placed_at,
    'row',
    'orders.customer_order',
    'order_service',
    NULL,
    'order ' || o.order_id || ', total ' || o.total || ', now ' || o.state,
    NULL,
    o.file,
    o.line,
    NULL
FROM orders.customer_order AS o
UNION ALL
SELECT
    c.customer_id,
    c.charged_back_at,
    'row',
    'fraud.charge_back',
    'fraud_service',
    NULL,
    'order ' || c.order_id || ', ' || c.amount || ' charged back',
    NULL,
    NULL,
    NULL,
    NULL
FROM fraud.charge_back AS c
UNION ALL
SELECT
    g.customer_id,
    g.computed_at,
    'row',
    'fraud.flag',
    'fraud_service',
    NULL,
    g.rule || ': ' || g.reason,
    NULL,
    NULL,
    NULL,
    g.run
FROM fraud.flag AS g
UNION ALL
SELECT
    m.customer_id,
    coalesce(m.written_at, m.requested_at),
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
UNION ALL
SELECT
    i.sku,
    i.changed_at,
    'row',
    'catalog.item',
    'catalog_service',
    NULL,
    i.title || ' by ' || i.artist || ', ' || i.unit_price,
    NULL,
    i.file,
    i.line,
    NULL
FROM catalog.item AS i
UNION ALL
SELECT
    k.sku,
    k.changed_at,
    'row',
    'warehouse.stock',
    'warehouse_service',
    NULL,
    k.on_hand || ' on hand, ' || k.reserved || ' reserved, began with ' || k.initial,
    NULL,
    NULL,
    NULL,
    NULL
FROM warehouse.stock AS k
UNION ALL
SELECT
    m.sku,
    m.moved_at,
    'row',
    'warehouse.movement',
    'warehouse_service',
    NULL,
    lower(m.kind) || ' ' || m.quantity || ' for order ' || m.order_id,
    NULL,
    NULL,
    NULL,
    NULL
FROM warehouse.movement AS m;
COMMENT ON VIEW commondata.trace_party IS 'Part of the view trace: rows of customers and items';
COMMENT ON COLUMN commondata.trace_party.business_id IS 'Order, customer or item';
COMMENT ON COLUMN commondata.trace_party.at IS 'When';
COMMENT ON COLUMN commondata.trace_party.what IS
    'row | event | receipt | parked | dead letter | file | run | mail';
COMMENT ON COLUMN commondata.trace_party.name IS 'Table, event type, file, job';
COMMENT ON COLUMN commondata.trace_party.source IS 'Login that wrote it';
COMMENT ON COLUMN commondata.trace_party.wait_ms IS
    'Receipt: published -> handled; file, run, mail: how long it took';
COMMENT ON COLUMN commondata.trace_party.detail IS 'In words';
COMMENT ON COLUMN commondata.trace_party.event_id IS 'Event';
COMMENT ON COLUMN commondata.trace_party.file IS 'File (commondata.file)';
COMMENT ON COLUMN commondata.trace_party.line IS 'Line in that file';
COMMENT ON COLUMN commondata.trace_party.run IS 'Run (commondata.run)';

-- Warehouse: stock and packing. Written by the warehouse service under the login
-- warehouse_service; read by others through published.stock_level. Rows are kept for ever.

CREATE SCHEMA warehouse;
COMMENT ON SCHEMA warehouse IS 'Service warehouse: stock, reservations, packing';

CREATE TABLE warehouse.stock (
    sku        text        PRIMARY KEY,
    initial    integer     NOT NULL,
    on_hand    integer     NOT NULL,
    reserved   integer     NOT NULL DEFAULT 0,
    changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT stock_is_not_negative CHECK (on_hand >= 0 AND reserved >= 0),
    CONSTRAINT reserved_is_on_hand CHECK (reserved <= on_hand)
);
COMMENT ON TABLE warehouse.stock IS 'One row an item';
COMMENT ON COLUMN warehouse.stock.sku IS 'Item';
COMMENT ON COLUMN warehouse.stock.initial IS 'What it began with';
COMMENT ON COLUMN warehouse.stock.on_hand IS 'What lies there now';
COMMENT ON COLUMN warehouse.stock.reserved IS 'Part of it promised to orders';
COMMENT ON COLUMN warehouse.stock.changed_at IS 'When the row last changed';

CREATE TABLE warehouse.reservation (
    order_id    text        PRIMARY KEY,
    state       text        NOT NULL,
    reason      text,
    reserved_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    changed_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT state_is_known CHECK (state IN ('RESERVED', 'REJECTED', 'RELEASED', 'PACKED'))
);
COMMENT ON TABLE warehouse.reservation IS 'One row an order that asked for stock';
COMMENT ON COLUMN warehouse.reservation.order_id IS 'Order';
COMMENT ON COLUMN warehouse.reservation.state IS 'RESERVED | REJECTED | RELEASED | PACKED';
COMMENT ON COLUMN warehouse.reservation.reason IS 'Why it was rejected or released';
COMMENT ON COLUMN warehouse.reservation.reserved_at IS 'When it was asked for';
COMMENT ON COLUMN warehouse.reservation.changed_at IS 'When the row last changed';

CREATE TABLE warehouse.movement (
    order_id text        NOT NULL REFERENCES warehouse.reservation (order_id),
    sku      text        NOT NULL REFERENCES warehouse.stock (sku),
    kind     text        NOT NULL,
    quantity integer     NOT NULL,
    moved_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (order_id, sku, kind),
    CONSTRAINT kind_is_known CHECK (kind IN ('RESERVE', 'RELEASE', 'PACK')),
    CONSTRAINT quantity_is_positive CHECK (quantity > 0)
);
CREATE INDEX movement_by_sku ON warehouse.movement (sku);
COMMENT ON TABLE warehouse.movement IS 'Every change of stock; never changed itself';
COMMENT ON COLUMN warehouse.movement.order_id IS 'Order';
COMMENT ON COLUMN warehouse.movement.sku IS 'Item';
COMMENT ON COLUMN warehouse.movement.kind IS 'RESERVE | RELEASE | PACK';
COMMENT ON COLUMN warehouse.movement.quantity IS 'How many';
COMMENT ON COLUMN warehouse.movement.moved_at IS 'When';

CREATE VIEW published.stock_level AS
SELECT sku, on_hand - reserved AS available
FROM warehouse.stock;
COMMENT ON VIEW published.stock_level IS 'What can still be promised';

GRANT USAGE ON SCHEMA warehouse TO warehouse_service, commondata_reader;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA warehouse TO warehouse_service;
REVOKE UPDATE, DELETE ON warehouse.movement FROM warehouse_service;
GRANT SELECT ON ALL TABLES IN SCHEMA warehouse TO commondata_reader;
SELECT commondata.create_subscription(
    'warehouse',
    'warehouse_service',
    ARRAY[
        'catalog.item-listed', 'stock.reserve', 'stock.release', 'order.confirmed',
        'order.cancelled', 'order.rejected'
    ],
    on_dead => 'HOLD',
    max_attempts => 10);

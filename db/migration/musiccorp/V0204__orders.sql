-- Orders. The schema is called orders because ORDER is a word of SQL. Written by the order service
-- (REST, command line, events) and the feed store-orders, all under the login order_service; read
-- by others through published.order_header and events. Rows are kept for ever.
-- customer_order_by_customer serves the fraud rules and "orders of a customer".

CREATE SCHEMA orders;
COMMENT ON SCHEMA orders IS 'Service order: what was ordered, and how far it is';

CREATE TABLE orders.customer_order (
    order_id         text           PRIMARY KEY,
    customer_id      text           NOT NULL,
    state            text           NOT NULL DEFAULT 'PLACED',
    payment_state    text           NOT NULL DEFAULT 'PENDING',
    stock_state      text           NOT NULL DEFAULT 'PENDING',
    total            numeric(12, 2) NOT NULL,
    payment_method   text           NOT NULL,
    channel          text           NOT NULL,
    idempotency_key  text           UNIQUE,
    business_date    date           NOT NULL,
    reason           text,
    file             bigint,
    line             bigint,
    release_asked_at timestamptz,
    charged_back_at  timestamptz,
    placed_at        timestamptz    NOT NULL DEFAULT clock_timestamp(),
    changed_at       timestamptz    NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT payment_state_is_known CHECK (
        payment_state IN ('PENDING', 'HELD', 'PAID', 'REFUSED', 'REFUNDED', 'CHARGED_BACK')),
    CONSTRAINT stock_state_is_known CHECK (
        stock_state IN ('PENDING', 'RESERVED', 'REJECTED', 'RELEASED')),
    CONSTRAINT idempotency_key_is_short CHECK (length(idempotency_key) BETWEEN 1 AND 200),
    CONSTRAINT channel_is_known CHECK (channel IN ('REST', 'CLI', 'FILE')),
    CONSTRAINT total_is_not_negative CHECK (total >= 0),
    CONSTRAINT lineage_is_whole CHECK ((file IS NULL) = (line IS NULL))
);
CREATE INDEX customer_order_by_customer ON orders.customer_order (customer_id, business_date);
COMMENT ON TABLE orders.customer_order IS 'One row an order';
COMMENT ON COLUMN orders.customer_order.order_id IS 'Business id';
COMMENT ON COLUMN orders.customer_order.customer_id IS 'Who ordered';
COMMENT ON COLUMN orders.customer_order.state IS
    'PLACED, CONFIRMED, PACKED, SHIPPED; final: DELIVERED, CHARGED_BACK, CANCELLED, REJECTED';
COMMENT ON COLUMN orders.customer_order.payment_state IS 'What the payment service said last';
COMMENT ON COLUMN orders.customer_order.stock_state IS 'What the warehouse answered last';
COMMENT ON COLUMN orders.customer_order.total IS 'Sum of the lines';
COMMENT ON COLUMN orders.customer_order.payment_method IS 'How it is paid, such as card-ok';
COMMENT ON COLUMN orders.customer_order.channel IS 'REST | CLI | FILE';
COMMENT ON COLUMN orders.customer_order.idempotency_key IS
    'Key the client gave: one key, one order';
COMMENT ON COLUMN orders.customer_order.business_date IS 'Day the order is about';
COMMENT ON COLUMN orders.customer_order.reason IS 'Why it was rejected or cancelled';
COMMENT ON COLUMN orders.customer_order.file IS 'File (commondata.file) it came from';
COMMENT ON COLUMN orders.customer_order.line IS 'Its first line in that file';
COMMENT ON COLUMN orders.customer_order.release_asked_at IS
    'When the warehouse was asked to give up packing the confirmed order (stock.release)';
COMMENT ON COLUMN orders.customer_order.charged_back_at IS 'When the bank took the money back';
COMMENT ON COLUMN orders.customer_order.placed_at IS 'When it was placed';
COMMENT ON COLUMN orders.customer_order.changed_at IS 'When the row last changed';

CREATE TABLE orders.order_line (
    order_id   text           NOT NULL REFERENCES orders.customer_order (order_id),
    line_no    integer        NOT NULL,
    sku        text           NOT NULL,
    title      text           NOT NULL,
    quantity   integer        NOT NULL,
    unit_price numeric(12, 2) NOT NULL,
    file       bigint,
    line       bigint,
    PRIMARY KEY (order_id, line_no),
    CONSTRAINT quantity_is_positive CHECK (quantity > 0),
    CONSTRAINT lineage_is_whole CHECK ((file IS NULL) = (line IS NULL))
);
COMMENT ON TABLE orders.order_line IS 'One row a line of an order; never changed';
COMMENT ON COLUMN orders.order_line.order_id IS 'Order';
COMMENT ON COLUMN orders.order_line.line_no IS 'Number of the line in the order, from 1';
COMMENT ON COLUMN orders.order_line.sku IS 'What';
COMMENT ON COLUMN orders.order_line.title IS 'Its title when it was ordered';
COMMENT ON COLUMN orders.order_line.quantity IS 'How many';
COMMENT ON COLUMN orders.order_line.unit_price IS 'Its price when it was ordered';
COMMENT ON COLUMN orders.order_line.file IS 'File (commondata.file) it came from';
COMMENT ON COLUMN orders.order_line.line IS 'Line in that file';

CREATE TABLE orders.state_transition (
    from_state text NOT NULL,
    to_state   text NOT NULL,
    PRIMARY KEY (from_state, to_state)
);
COMMENT ON TABLE orders.state_transition IS
    'Legal changes of customer_order.state; all others fail';
COMMENT ON COLUMN orders.state_transition.from_state IS 'State before';
COMMENT ON COLUMN orders.state_transition.to_state IS 'State after';
INSERT INTO orders.state_transition (from_state, to_state)
VALUES
    ('PLACED', 'CONFIRMED'),
    ('PLACED', 'REJECTED'),
    ('PLACED', 'CANCELLED'),
    ('CONFIRMED', 'PACKED'),
    ('CONFIRMED', 'CANCELLED'),
    ('PACKED', 'SHIPPED'),
    ('SHIPPED', 'DELIVERED'),
    ('DELIVERED', 'CHARGED_BACK');

CREATE FUNCTION orders.refuse_illegal_transition() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF TG_OP = 'INSERT' AND NEW.state = 'PLACED' THEN
        RETURN NEW;
    END IF;
    IF TG_OP = 'UPDATE' AND EXISTS (
        SELECT FROM orders.state_transition AS t
        WHERE t.from_state = OLD.state AND t.to_state = NEW.state
    ) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'order "%" can''t go from % to %',
        NEW.order_id, CASE WHEN TG_OP = 'UPDATE' THEN OLD.state ELSE 'nothing' END, NEW.state
        USING ERRCODE = 'check_violation',
              HINT = 'Legal changes stand in orders.state_transition.';
END
$$;
COMMENT ON FUNCTION orders.refuse_illegal_transition() IS 'Lets only legal changes of state pass';
CREATE TRIGGER state_begins BEFORE INSERT ON orders.customer_order
    FOR EACH ROW EXECUTE FUNCTION orders.refuse_illegal_transition();
CREATE TRIGGER state_changes BEFORE UPDATE OF state ON orders.customer_order
    FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state)
    EXECUTE FUNCTION orders.refuse_illegal_transition();

CREATE VIEW published.order_header AS
SELECT
    order_id,
    customer_id,
    state,
    total,
    business_date,
    placed_at,
    release_asked_at IS NOT NULL AS release_is_asked
FROM orders.customer_order;
COMMENT ON VIEW published.order_header IS 'Orders without their lines';

CREATE VIEW published.order_line AS
SELECT order_id, line_no, sku, title, quantity, unit_price
FROM orders.order_line;
COMMENT ON VIEW published.order_line IS 'Lines of orders';

CREATE UNLOGGED TABLE staging.store_order_line (
    file           bigint NOT NULL,
    line           bigint NOT NULL,
    order_no       text,
    customer_id    text,
    order_date     date,
    sku            text,
    quantity       integer,
    payment_method text
);
COMMENT ON TABLE staging.store_order_line IS
    'Records of a store-orders file between COPY and merge';

GRANT USAGE ON SCHEMA orders TO order_service, commondata_reader;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA orders TO order_service;
REVOKE INSERT, UPDATE, DELETE ON orders.state_transition FROM order_service;
GRANT SELECT ON ALL TABLES IN SCHEMA orders TO commondata_reader;
GRANT SELECT, INSERT, DELETE, TRUNCATE ON staging.store_order_line TO order_service;
SELECT commondata.register_job('store-orders', 'order_service');
SELECT commondata.create_subscription(
    'order',
    'order_service',
    ARRAY[
        'payment.received', 'payment.held', 'payment.refused', 'payment.refunded',
        'payment.charged-back', 'stock.reserved', 'stock.rejected', 'stock.released',
        'stock.release-refused', 'order.packaged', 'order.shipped', 'order.delivered'
    ],
    on_dead => 'HOLD');

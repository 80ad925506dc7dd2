-- The target of Spring Batch: as the product's bench has it, without the file and line that the
-- product adds to each row.

CREATE TABLE item (
    sku text PRIMARY KEY
);
INSERT INTO item (sku)
SELECT 'SKU-' || lpad(n::text, 6, '0')
FROM generate_series(0, 9999) AS n;

CREATE TABLE customer_order (
    order_id    uuid           PRIMARY KEY,
    customer_id text           NOT NULL,
    order_date  date           NOT NULL,
    sku         text           NOT NULL,
    quantity    integer        NOT NULL,
    unit_price  numeric(12, 2) NOT NULL,
    note        text
);
CREATE INDEX customer_order_by_customer ON customer_order (customer_id);

CREATE TABLE reject (
    line   integer NOT NULL,
    reason text    NOT NULL,
    raw    text    NOT NULL
);

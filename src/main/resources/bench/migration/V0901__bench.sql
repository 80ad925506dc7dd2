-- Tables of ./commondata bench, in a database of its own that is dropped afterwards. Written by the
-- login bench_service: a business row and an effect row for each event.

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'bench_service') THEN
        CREATE ROLE bench_service LOGIN;
    END IF;
    GRANT commondata_service TO bench_service;
END
$$;

CREATE SCHEMA bench;

CREATE TABLE bench.business (
    id     bigint PRIMARY KEY,
    key    text   NOT NULL,
    amount bigint NOT NULL
);

CREATE TABLE bench.effect_one (
    part smallint NOT NULL,
    seq  bigint   NOT NULL,
    key  text     NOT NULL
);

CREATE TABLE bench.effect_batch (
    part smallint NOT NULL,
    seq  bigint   NOT NULL,
    key  text     NOT NULL
);

GRANT USAGE ON SCHEMA bench TO bench_service;
GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON ALL TABLES IN SCHEMA bench TO bench_service;

SELECT commondata.register_type('bench.done');
SELECT commondata.register_type('bench.polled');
SELECT commondata.register_type('bench.woken');
SELECT commondata.create_subscription('bench-nothing', 'bench_service', ARRAY['bench.done']);
SELECT commondata.create_subscription('bench-one', 'bench_service', ARRAY['bench.done']);
SELECT commondata.create_subscription('bench-batch', 'bench_service', ARRAY['bench.done']);
SELECT commondata.create_subscription('bench-polled', 'bench_service', ARRAY['bench.polled']);
SELECT commondata.create_subscription('bench-woken', 'bench_service', ARRAY['bench.woken']);

-- What a service may not see of receipts and positions, the bench must: how long its own events
-- waited.
CREATE VIEW bench.wait AS
SELECT b.subscription, b.handled_at - q.occurred_at AS waited
FROM commondata.receipt_batch AS b
CROSS JOIN LATERAL unnest(b.seqs) AS s (seq)
JOIN commondata.log_position AS q
    ON q.part = b.part
    AND q.seq = s.seq;
GRANT SELECT ON bench.wait TO bench_service;

CREATE TABLE bench.item (
    sku text PRIMARY KEY
);
INSERT INTO bench.item (sku)
SELECT 'SKU-' || lpad(n::text, 6, '0')
FROM generate_series(0, 9999) AS n;

CREATE TABLE bench.customer_order (
    order_id    uuid           PRIMARY KEY,
    customer_id text           NOT NULL,
    order_date  date           NOT NULL,
    sku         text           NOT NULL,
    quantity    integer        NOT NULL,
    unit_price  numeric(12, 2) NOT NULL,
    note        text,
    file        bigint         NOT NULL,
    line        bigint         NOT NULL
);
CREATE INDEX customer_order_by_customer ON bench.customer_order (customer_id);

-- The same, with a partition a file.
CREATE TABLE bench.split_order (
    LIKE bench.customer_order,
    PRIMARY KEY (order_id, file)
)
PARTITION BY LIST (file);
CREATE INDEX split_order_by_customer ON bench.split_order (customer_id);

-- The same, with room on each page for rows that a later file changes: without it every change
-- takes a new entry in each index, and a merge takes half as long again.
CREATE TABLE bench.merged_order (LIKE bench.customer_order, PRIMARY KEY (order_id))
WITH (fillfactor = 50);
CREATE INDEX merged_order_by_customer ON bench.merged_order (customer_id);

-- The same without where a row came from, for a raw COPY.
CREATE TABLE bench.raw_order (
    order_id    uuid           PRIMARY KEY,
    customer_id text           NOT NULL,
    order_date  date           NOT NULL,
    sku         text           NOT NULL,
    quantity    integer        NOT NULL,
    unit_price  numeric(12, 2) NOT NULL,
    note        text
);
CREATE INDEX raw_order_by_customer ON bench.raw_order (customer_id);

CREATE UNLOGGED TABLE staging.bench_order (
    file        bigint NOT NULL,
    line        bigint NOT NULL,
    order_id    uuid,
    customer_id text,
    order_date  date,
    sku         text,
    quantity    integer,
    unit_price  numeric(12, 2),
    note        text
);

-- Finds the rows of a file in a table of many; next to nothing to write.
CREATE INDEX customer_order_by_file ON bench.customer_order USING brin (file);

GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE
ON bench.item, bench.customer_order, bench.split_order, bench.merged_order, bench.raw_order
TO bench_service;
GRANT SELECT, INSERT, DELETE, TRUNCATE ON staging.bench_order TO bench_service;
SELECT commondata.register_job('bench-orders', 'bench_service');
SELECT commondata.register_job('bench-orders-fixed', 'bench_service');
SELECT commondata.register_job('bench-orders-split', 'bench_service');
SELECT commondata.register_job('bench-orders-merge', 'bench_service');

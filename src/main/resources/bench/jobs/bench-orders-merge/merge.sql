-- New orders and changed ones. Reads staging; writes bench.merged_order.
INSERT INTO bench.merged_order AS o (
    order_id,
    customer_id,
    order_date,
    sku,
    quantity,
    unit_price,
    note,
    file,
    line
)
SELECT
    s.order_id,
    s.customer_id,
    s.order_date,
    s.sku,
    s.quantity,
    s.unit_price,
    s.note,
    s.file,
    s.line
FROM staging.bench_order AS s
WHERE s.file = :file_id
ORDER BY s.order_id
ON CONFLICT (order_id) DO UPDATE
SET
    order_date = excluded.order_date,
    sku = excluded.sku,
    quantity = excluded.quantity,
    unit_price = excluded.unit_price,
    note = excluded.note,
    file = excluded.file,
    line = excluded.line;

-- The day's order lines as facts. Reads published views; replaces the day in reporting.sale.

-- counts: nothing
DELETE FROM reporting.sale AS s
WHERE s.business_date = :business_date;

INSERT INTO reporting.sale (
    business_date,
    order_id,
    line_no,
    customer_id,
    sku,
    quantity,
    amount,
    order_state,
    run
)
SELECT
    o.business_date,
    o.order_id,
    l.line_no,
    o.customer_id,
    l.sku,
    l.quantity,
    l.quantity * l.unit_price,
    o.state,
    :run_id
FROM published.order_header AS o
JOIN published.order_line AS l ON l.order_id = o.order_id
WHERE o.business_date = :business_date;

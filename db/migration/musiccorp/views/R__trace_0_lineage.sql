-- Which file, line and run an order, a customer or an item came through. Part of the view trace.
-- Each branch takes the business id through an index.

CREATE OR REPLACE VIEW commondata.lineage AS
SELECT o.order_id AS business_id, o.file, o.line, f.run
FROM orders.customer_order AS o
JOIN commondata.file AS f ON f.id = o.file
UNION ALL
SELECT b.order_id, b.file, b.line, f.run
FROM payment.bank_return AS b
JOIN commondata.file AS f ON f.id = b.file
UNION ALL
SELECT d.order_id, d.file, d.line, d.run
FROM payment.disagreement AS d
UNION ALL
SELECT t.order_id, t.file, t.line, f.run
FROM shipping.tracking AS t
JOIN commondata.file AS f ON f.id = t.file
UNION ALL
SELECT s.order_id, f.id, NULL, s.manifest_run
FROM shipping.shipment AS s
LEFT JOIN commondata.file AS f
    ON f.run = s.manifest_run
    AND f.direction = 'OUT'
WHERE s.manifest_run IS NOT NULL
UNION ALL
SELECT o.order_id, NULL, NULL, x.run
FROM orders.customer_order AS o
JOIN reporting.sale AS x
    ON x.business_date = o.business_date
    AND x.order_id = o.order_id
UNION ALL
SELECT c.customer_id, c.file, c.line, f.run
FROM customer.customer AS c
JOIN commondata.file AS f ON f.id = c.file
UNION ALL
SELECT g.customer_id, NULL, NULL, g.run
FROM fraud.flag AS g
UNION ALL
SELECT i.sku, i.file, i.line, f.run
FROM catalog.item AS i
JOIN commondata.file AS f ON f.id = i.file;
COMMENT ON VIEW commondata.lineage IS 'Which file, line and run a business id came through';
COMMENT ON COLUMN commondata.lineage.business_id IS 'Order, customer or item';
COMMENT ON COLUMN commondata.lineage.file IS 'File (commondata.file), if there was one';
COMMENT ON COLUMN commondata.lineage.line IS 'Line in that file';
COMMENT ON COLUMN commondata.lineage.run IS 'Run (commondata.run)';

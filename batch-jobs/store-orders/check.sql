-- Refuses lines that can't be placed, and then every other line of their orders: an order is placed
-- whole or not at all. Lines that the layout refused lie in staging too, so their orders are found.

INSERT INTO commondata.check_reject (file, line, column_name, code, message)
SELECT
    s.file,
    s.line,
    'customer_id',
    'E-KEY-MISSING',
    format('customer "%s" is not known', s.customer_id)
FROM staging.store_order_line AS s
WHERE s.file = :file_id
  AND s.customer_id IS NOT NULL
  AND NOT EXISTS (
      SELECT
      FROM published.customer AS c
      WHERE c.customer_id = s.customer_id
  );

INSERT INTO commondata.check_reject (file, line, column_name, code, message)
SELECT
    s.file,
    s.line,
    'sku',
    'E-KEY-MISSING',
    format('item "%s" is not in the catalog', s.sku)
FROM staging.store_order_line AS s
WHERE s.file = :file_id
  AND s.sku IS NOT NULL
  AND NOT EXISTS (
      SELECT
      FROM published.catalog_item AS i
      WHERE i.sku = s.sku
  );

INSERT INTO commondata.check_reject (file, line, column_name, code, message)
SELECT
    s.file,
    s.line,
    'order_no',
    'E-KEY-DUP',
    format('order "%s" was placed before', s.order_no)
FROM staging.store_order_line AS s
JOIN orders.customer_order AS o ON o.order_id = s.order_no
WHERE s.file = :file_id;

-- One customer, one date and one way to pay an order; the first line says which.
INSERT INTO commondata.check_reject (file, line, column_name, code, message)
SELECT
    s.file,
    s.line,
    'order_no',
    'E-GROUP',
    format(
        'order "%s" has another customer, date or payment method in line %s',
        s.order_no,
        s.first_line
    )
FROM (
    SELECT
        t.file,
        t.line,
        t.order_no,
        t.customer_id,
        t.order_date,
        t.payment_method,
        first_value(t.line) OVER same_order AS first_line,
        first_value(t.customer_id) OVER same_order AS first_customer_id,
        first_value(t.order_date) OVER same_order AS first_order_date,
        first_value(t.payment_method) OVER same_order AS first_payment_method
    FROM staging.store_order_line AS t
    WHERE t.file = :file_id
    WINDOW same_order AS (PARTITION BY t.order_no ORDER BY t.line)
) AS s
WHERE s.order_no IS NOT NULL
  AND (s.customer_id, s.order_date, s.payment_method)
      <> (s.first_customer_id, s.first_order_date, s.first_payment_method);

INSERT INTO commondata.check_reject (file, line, column_name, code, message)
SELECT
    s.file,
    s.line,
    '',
    'E-GROUP',
    format('order "%s" is refused because of line %s', s.order_no, bad.first_line)
FROM staging.store_order_line AS s
JOIN (
    SELECT
        t.order_no,
        min(t.line) AS first_line
    FROM staging.store_order_line AS t
    JOIN commondata.file_reject AS r ON r.file = t.file AND r.line = t.line
    WHERE t.file = :file_id
    GROUP BY t.order_no
) AS bad ON bad.order_no = s.order_no
WHERE s.file = :file_id
  AND NOT EXISTS (
      SELECT
      FROM commondata.file_reject AS r
      WHERE r.file = s.file AND r.line = s.line
  );

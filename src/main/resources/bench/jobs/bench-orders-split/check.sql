-- A sku that nobody sells. Reads bench.split_order and bench.item; writes rejects.

INSERT INTO commondata.check_reject (file, line, column_name, code, message)
SELECT
    o.file,
    o.line,
    'sku',
    'E-KEY-MISSING',
    format('sku "%s" is not in the catalog', o.sku)
FROM bench.split_order AS o
WHERE o.file = :file_id
  AND NOT EXISTS (
      SELECT
      FROM bench.item AS i
      WHERE i.sku = o.sku
  );

-- What is not there can't be counted.

INSERT INTO commondata.check_reject (file, line, column_name, code, message)
SELECT
    s.file,
    s.line,
    'quantity',
    'E-RANGE',
    'less than nothing'
FROM sample.stocktake AS s
WHERE s.file = :file_id
  AND s.quantity < 0;

-- Nothing is free.

INSERT INTO commondata.check_reject (file, line, column_name, code, message)
SELECT
    p.file,
    p.line,
    'price',
    'E-RANGE',
    'nothing is free'
FROM sample.price AS p
WHERE p.file = :file_id
  AND p.price = 0;

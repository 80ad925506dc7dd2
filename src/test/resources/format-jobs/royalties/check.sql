-- Nobody is paid nothing.

INSERT INTO commondata.check_reject (file, line, column_name, code, message)
SELECT
    r.file,
    r.line,
    'amount',
    'E-RANGE',
    'is nothing'
FROM sample.royalty AS r
WHERE r.file = :file_id
  AND r.amount = 0;

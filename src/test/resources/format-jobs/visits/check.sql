-- Nobody comes from the future.

INSERT INTO commondata.check_reject (file, line, column_name, code, message)
SELECT
    v.file,
    v.line,
    'seen_at',
    'E-RANGE',
    'is yet to come'
FROM sample.visit AS v
WHERE v.file = :file_id
  AND v.seen_at > clock_timestamp();

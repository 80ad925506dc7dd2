-- A door that nobody opened can't be closed.

INSERT INTO commondata.check_reject (file, line, column_name, code, message)
SELECT
    c.file,
    c.line,
    'door',
    'E-STATE',
    format('door "%s" was not opened before', c.door)
FROM sample.door_closed AS c
WHERE c.file = :file_id
  AND NOT EXISTS (
      SELECT
      FROM sample.door_opened AS o
      WHERE o.file = c.file AND o.door = c.door AND o.line < c.line
  );

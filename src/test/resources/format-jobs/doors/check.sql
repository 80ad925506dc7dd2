-- A door that nobody opened can't be closed.

-- counts: nothing
SELECT commondata.reject_records(
    :file_id,
    array_agg(
        CAST(
            ROW(
                c.file,
                c.line,
                'door',
                'E-STATE',
                format('door "%s" was not opened before', c.door),
                NULL
            )
            AS commondata.reject
        )
    )
)
FROM sample.door_closed AS c
WHERE c.file = :file_id
  AND NOT EXISTS (
      SELECT
      FROM sample.door_opened AS o
      WHERE o.file = c.file AND o.door = c.door AND o.line < c.line
  );

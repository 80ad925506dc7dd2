-- Nothing is free.

-- counts: nothing
SELECT commondata.reject_records(
    :file_id,
    array_agg(
        CAST(ROW(p.file, p.line, 'price', 'E-RANGE', 'nothing is free', NULL) AS commondata.reject)
    )
)
FROM sample.price AS p
WHERE p.file = :file_id
  AND p.price = 0;

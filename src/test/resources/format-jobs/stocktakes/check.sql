-- What is not there can't be counted.

-- counts: nothing
SELECT commondata.reject_records(
    :file_id,
    array_agg(
        CAST(
            ROW(s.file, s.line, 'quantity', 'E-RANGE', 'less than nothing', NULL)
            AS commondata.reject
        )
    )
)
FROM sample.stocktake AS s
WHERE s.file = :file_id
  AND s.quantity < 0;

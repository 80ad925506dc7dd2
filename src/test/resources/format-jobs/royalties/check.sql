-- Nobody is paid nothing.

-- counts: nothing
SELECT commondata.reject_records(
    :file_id,
    array_agg(
        CAST(ROW(r.file, r.line, 'amount', 'E-RANGE', 'is nothing', NULL) AS commondata.reject)
    )
)
FROM sample.royalty AS r
WHERE r.file = :file_id
  AND r.amount = 0;

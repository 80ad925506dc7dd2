-- Nobody comes from the future.

-- counts: nothing
SELECT commondata.reject_records(
    :file_id,
    array_agg(
        CAST(
            ROW(v.file, v.line, 'seen_at', 'E-RANGE', 'is yet to come', NULL)
            AS commondata.reject
        )
    )
)
FROM sample.visit AS v
WHERE v.file = :file_id
  AND v.seen_at > clock_timestamp();

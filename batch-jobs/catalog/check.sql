-- Refuses the second record of a sku in one file: which of the two is right is not ours to say.

-- counts: nothing
SELECT commondata.reject_records(
    :file_id,
    array_agg(
        CAST(
            ROW(
                again.file,
                again.line,
                'sku',
                'E-KEY-DUP',
                format('item "%s" stands in line %s already', again.sku, again.first_line),
                NULL
            )
            AS commondata.reject
        )
    )
)
FROM (
    SELECT
        s.file,
        s.line,
        s.sku,
        min(s.line) OVER (PARTITION BY s.sku) AS first_line
    FROM staging.catalog_item AS s
    WHERE s.file = :file_id
      AND s.sku IS NOT NULL
) AS again
WHERE again.line > again.first_line;

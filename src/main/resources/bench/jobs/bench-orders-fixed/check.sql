-- A sku that nobody sells. Reads bench.split_order and bench.item; writes rejects.

-- counts: nothing
SELECT commondata.reject_records(
    :file_id,
    array_agg(
        CAST(
            ROW(
                o.file,
                o.line,
                'sku',
                'E-KEY-MISSING',
                format('sku "%s" is not in the catalog', o.sku),
                NULL
            )
            AS commondata.reject
        )
    )
)
FROM bench.split_order AS o
WHERE o.file = :file_id
  AND NOT EXISTS (
      SELECT
      FROM bench.item AS i
      WHERE i.sku = o.sku
  )
HAVING count(*) > 0;

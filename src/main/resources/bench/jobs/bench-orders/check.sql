-- A sku that nobody sells. Reads staging and bench.item; writes rejects.

-- counts: nothing
SELECT commondata.reject_records(:file_id, array_agg(e.reject))
FROM (
    SELECT
        ROW(
            s.file, s.line, 'sku', 'E-KEY-MISSING', format('sku "%s" is not in the catalog', s.sku),
            s.sku
        )::commondata.file_reject AS reject
    FROM staging.bench_order AS s
    WHERE s.file = :file_id
      AND NOT EXISTS (SELECT FROM bench.item AS i WHERE i.sku = s.sku)
) AS e
HAVING count(*) > 0;

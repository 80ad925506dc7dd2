-- One event a file, in the commit that shows its rows: how many deliveries came.

-- counts: events
SELECT
    count(
        commondata.publish(
            'log.tested',
            CAST(:file_id AS text),
            jsonb_build_object('deliveries', f.deliveries)
        )
    )
FROM (
    SELECT count(*) AS deliveries
    FROM staging.delivery AS d
    WHERE d.file = :file_id
) AS f;

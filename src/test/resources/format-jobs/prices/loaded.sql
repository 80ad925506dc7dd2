-- One event a file, in the commit that shows its rows: how many prices came.

-- counts: events
SELECT
    count(
        commondata.publish(
            'log.tested',
            CAST(:file_id AS text),
            jsonb_build_object('prices', f.prices)
        )
    )
FROM (
    SELECT count(*) AS prices
    FROM sample.price AS p
    WHERE p.file = :file_id
) AS f;

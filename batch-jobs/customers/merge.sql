-- Takes new and changed customers; one that is as it was keeps its row and is not published.

INSERT INTO customer.customer AS c (
    customer_id,
    name,
    email,
    street,
    city,
    postal_code,
    country,
    file,
    line
)
SELECT
    s.customer_id,
    s.name,
    s.email,
    s.street,
    s.city,
    coalesce(s.postal_code, ''),
    s.country,
    s.file,
    s.line
FROM staging.customer AS s
WHERE s.file = :file_id
ORDER BY s.customer_id
ON CONFLICT (customer_id) DO UPDATE
SET
    name = excluded.name,
    email = excluded.email,
    street = excluded.street,
    city = excluded.city,
    postal_code = excluded.postal_code,
    country = excluded.country,
    file = excluded.file,
    line = excluded.line,
    changed_at = clock_timestamp()
WHERE (c.name, c.email, c.street, c.city, c.postal_code, c.country)
    IS DISTINCT FROM (
        excluded.name,
        excluded.email,
        excluded.street,
        excluded.city,
        excluded.postal_code,
        excluded.country
    );

-- The rows written above are those that now carry this file.
-- counts: events
SELECT sum(commondata.publish_all(registered.events))
FROM (
    SELECT
        array_agg(
            CAST(
                ROW(
                    'customer.registered',
                    c.customer_id,
                    jsonb_build_object(
                        'customerId', c.customer_id,
                        'name', c.name,
                        'email', c.email,
                        'country', c.country
                    ),
                    1,
                    NULL,
                    NULL,
                    CAST(:business_date AS date),
                    'event',
                    NULL
                )
                AS commondata.new_event
            )
            ORDER BY c.line
        ) AS events
    FROM staging.customer AS s
    JOIN customer.customer AS c ON c.customer_id = s.customer_id AND c.file = s.file
    WHERE s.file = :file_id
    GROUP BY c.line / 10000
    ORDER BY c.line / 10000
) AS registered;

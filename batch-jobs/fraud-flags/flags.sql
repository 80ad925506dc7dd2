-- Who is flagged as of :business_date, by which rule and why. Reads what fraud was told
-- (fraud.charge_back) and the published orders; writes fraud.flag; says what changed. A customer
-- has one flag, by the first rule that holds; run again, nothing changes and nothing is said.
WITH findings AS (
    SELECT
        c.customer_id,
        1 AS rank,
        'CHARGE_BACKS' AS rule,
        format('%s charge-back(s) of %s in %s days', count(*), sum(c.amount), :charge_back_days)
            AS reason
    FROM fraud.charge_back AS c
    WHERE c.business_date > CAST(:business_date AS date) - CAST(:charge_back_days AS integer)
      AND c.business_date <= CAST(:business_date AS date)
    GROUP BY c.customer_id
    UNION ALL
    SELECT
        d.customer_id,
        2,
        'VELOCITY',
        format('%s orders on %s', max(d.orders), max(d.business_date))
    FROM (
        SELECT o.customer_id, o.business_date, count(*) AS orders
        FROM published.order_header AS o
        WHERE o.business_date > CAST(:business_date AS date) - CAST(:velocity_days AS integer)
          AND o.business_date <= CAST(:business_date AS date)
        GROUP BY o.customer_id, o.business_date
        HAVING count(*) >= CAST(:orders_a_day AS integer)
    ) AS d
    GROUP BY d.customer_id
    UNION ALL
    SELECT
        o.customer_id,
        3,
        'AMOUNT',
        format('an order of %s', max(o.total))
    FROM published.order_header AS o
    WHERE o.business_date <= CAST(:business_date AS date)
      AND o.total > CAST(:amount AS numeric)
    GROUP BY o.customer_id
),
chosen AS (
    SELECT DISTINCT ON (f.customer_id) f.customer_id, f.rule, f.reason
    FROM findings AS f
    ORDER BY f.customer_id, f.rank
),
raised AS (
    INSERT INTO fraud.flag AS g (customer_id, rule, reason, business_date, run)
    SELECT c.customer_id, c.rule, c.reason, :business_date, :run_id
    FROM chosen AS c
    ON CONFLICT (customer_id) DO UPDATE
    SET
        rule = excluded.rule,
        reason = excluded.reason,
        business_date = excluded.business_date,
        computed_at = clock_timestamp(),
        run = excluded.run
    WHERE (g.rule, g.reason) <> (excluded.rule, excluded.reason)
    RETURNING g.customer_id, g.rule, g.reason
),
cleared AS (
    DELETE FROM fraud.flag AS g
    WHERE NOT EXISTS (SELECT FROM chosen AS c WHERE c.customer_id = g.customer_id)
    RETURNING g.customer_id, g.rule, g.reason
),
changes AS (
    SELECT 'fraud.flag-raised' AS type, r.customer_id, r.rule, r.reason
    FROM raised AS r
    UNION ALL
    SELECT 'fraud.flag-cleared', c.customer_id, c.rule, 'no longer holds: ' || c.reason
    FROM cleared AS c
),
published AS (
    SELECT commondata.publish_all(
        array_agg(
            ROW(
                c.type,
                c.customer_id,
                jsonb_build_object(
                    'customerId', c.customer_id,
                    'rule', c.rule,
                    'reason', c.reason
                ),
                1,
                NULL,
                NULL,
                CAST(:business_date AS date),
                'event',
                NULL
            )::commondata.new_event
            ORDER BY c.customer_id
        )
    ) AS events
    FROM changes AS c
    HAVING count(*) > 0
)
SELECT
    (SELECT count(*) FROM changes) AS written,
    coalesce((SELECT p.events FROM published AS p), 0) AS events;

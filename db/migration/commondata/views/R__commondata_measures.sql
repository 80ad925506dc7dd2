-- What a node measures of the log, for monitoring: all of it in one statement, cheap also with ten
-- million events behind a cursor. So a lag is counted in positions, up to the last one of the
-- reader's types; the exact counts are those of the view lag. Nobody moves the cursor of a reader
-- that nothing concerns: what lies between it and the first event of its types is not waited for.
-- It is looked through for ten thousand positions; beyond, the age is that of the position there.
--
-- Runs with the owner's rights, as it counts what no service may read; it returns numbers only.

CREATE OR REPLACE FUNCTION commondata.measures()
RETURNS TABLE (
    name         text,
    subscription text,
    part         smallint,
    error_class  text,
    value        double precision
)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
AS $$
    WITH lag AS MATERIALIZED (
        SELECT
            c.subscription,
            c.part,
            greatest(w.head - c.pos, 0) AS events,
            CASE WHEN w.head > c.pos THEN extract(epoch FROM clock_timestamp() - coalesce(
                (
                    SELECT q.occurred_at
                    FROM commondata.log_position AS q
                    WHERE q.part = c.part
                      AND q.last_seq > c.pos
                      AND q.last_seq <= c.pos + 10000
                      AND q.seq > c.pos
                      AND q.stamped_at >= c.pos_at
                      AND q.type = ANY (s.types)
                    ORDER BY q.last_seq, q.seq
                    LIMIT 1
                ),
                (
                    SELECT q.occurred_at
                    FROM commondata.log_position AS q
                    WHERE q.part = c.part
                      AND q.last_seq > c.pos + 10000
                      AND q.seq > c.pos
                      AND q.stamped_at >= c.pos_at
                    ORDER BY q.last_seq, q.seq
                    LIMIT 1
                ))) END AS seconds
        FROM commondata.cursor AS c
        JOIN commondata.subscription AS s ON s.name = c.subscription
        LEFT JOIN (
            SELECT r.name, t.part, max(t.head) AS head
            FROM commondata.subscription AS r
            JOIN commondata.type_head AS t ON t.type = ANY (r.types)
            GROUP BY r.name, t.part
        ) AS w
            ON w.name = c.subscription
            AND w.part = c.part
    ),
    parked AS MATERIALIZED (
        SELECT
            s.name AS subscription,
            count(k.key) AS keys,
            coalesce(max(k.attempts), 0) AS attempts,
            coalesce(max(k.chain), 0) AS chain,
            min(k.parked_at) FILTER (WHERE k.cause <> 'DELAYED') AS parked_at
        FROM commondata.subscription AS s
        LEFT JOIN commondata.parked_key AS k ON k.subscription = s.name
        GROUP BY s.name
    )
    SELECT 'commondata.lag.events', l.subscription, l.part, NULL, l.events
    FROM lag AS l
    UNION ALL
    SELECT 'commondata.lag.seconds', l.subscription, l.part, NULL, coalesce(l.seconds, 0)
    FROM lag AS l
    UNION ALL
    SELECT 'commondata.oldest.seconds', NULL, NULL, NULL, coalesce(max(l.seconds), 0)
    FROM lag AS l
    UNION ALL
    SELECT
        'commondata.stamp.lag.seconds',
        NULL,
        NULL,
        NULL,
        coalesce(extract(epoch FROM clock_timestamp() - min(u.occurred_at)), 0)
    FROM commondata.unstamped AS u
    UNION ALL
    SELECT 'commondata.parked.keys', p.subscription, NULL, NULL, p.keys
    FROM parked AS p
    UNION ALL
    SELECT 'commondata.parked.attempts', p.subscription, NULL, NULL, p.attempts
    FROM parked AS p
    UNION ALL
    SELECT 'commondata.parked.chain', p.subscription, NULL, NULL, p.chain
    FROM parked AS p
    UNION ALL
    SELECT
        'commondata.parked.seconds',
        p.subscription,
        NULL,
        NULL,
        coalesce(extract(epoch FROM clock_timestamp() - p.parked_at), 0)
    FROM parked AS p
    UNION ALL
    SELECT 'commondata.dead.letters', d.subscription, NULL, d.error_class, count(*)
    FROM commondata.dead_letter AS d
    WHERE d.state = 'OPEN'
    GROUP BY
        d.subscription,
        d.error_class
    UNION ALL
    SELECT 'commondata.files.late', NULL, NULL, NULL, count(*)
    FROM commondata.expected_summary AS e
    WHERE e.state = 'LATE'
    UNION ALL
    SELECT 'commondata.files.held', NULL, NULL, NULL, count(*)
    FROM commondata.file AS f
    WHERE f.state = 'HELD'
    UNION ALL
    SELECT 'commondata.files.stuck', NULL, NULL, NULL, count(*)
    FROM commondata.file_alarm AS a
    WHERE a.alarm = 'file-stuck'
    UNION ALL
    SELECT 'commondata.files.untaken', NULL, NULL, NULL, count(*)
    FROM commondata.file_alarm AS a
    WHERE a.alarm = 'file-untaken'
    UNION ALL
    SELECT 'commondata.files.unacknowledged', NULL, NULL, NULL, count(*)
    FROM commondata.file AS f
    WHERE f.state = 'SENT' AND f.acknowledge_by < statement_timestamp()
    UNION ALL
    SELECT 'commondata.events', NULL, NULL, NULL, sum(h.head)
    FROM commondata.part_head AS h
    UNION ALL
    SELECT
        'commondata.wal.bytes',
        NULL,
        NULL,
        NULL,
        pg_current_wal_insert_lsn() - '0/0'::pg_lsn
$$;
COMMENT ON FUNCTION commondata.measures() IS 'Figures of the log for monitoring; numbers only';
GRANT EXECUTE ON FUNCTION commondata.measures() TO commondata_node, commondata_reader;

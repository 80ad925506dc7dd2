-- What an operator should look at in the log.

-- changed_parts: nodes ask when they start, and alarms() while they run. A changed part_of leaves
-- some keys where they were by chance; not all of sixty-four.
CREATE FUNCTION commondata.changed_parts() RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT
        CASE
            WHEN i.parts <> commondata.parts() THEN format(
                'the log was installed with %s parts and now says %s', i.parts, commondata.parts())
            ELSE 'keys lie in other parts than the log was installed with'
        END || ': the order within a key breaks. Put commondata.parts() and part_of() back'
    FROM (SELECT count(*) AS parts FROM commondata.part_head AS h) AS i
    WHERE i.parts <> commondata.parts()
       OR EXISTS (
           SELECT
           FROM generate_series(1, 64) AS probe
           WHERE commondata.part_of('probe-' || probe)
               <> (hashtextextended('probe-' || probe, 0) & 2147483647) % i.parts
       );
END;
COMMENT ON FUNCTION commondata.changed_parts() IS
    'What is wrong if parts() or part_of() were changed after install; NULL if nothing is';
GRANT EXECUTE ON FUNCTION commondata.changed_parts() TO commondata_reader, commondata_service;

-- A query without the values that are written in it: up to the first text or comment, which may
-- hold any, and without numbers. Not text by text: a quote in a comment would turn them round.
CREATE FUNCTION commondata.without_literals(query text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT regexp_replace(
        regexp_replace(query, $r$('|\$\w*\$|--|/\*).*$r$, '***'), '(?<!\$)\m[0-9]+', '***', 'g');
END;
COMMENT ON FUNCTION commondata.without_literals(text) IS
    'A query up to its first text or comment, without numbers';

-- Sessions that keep vacuum waiting. With the owner's rights: of sessions of others the age is seen
-- by members of pg_read_all_stats only, who see all that others say to the server; so the owner is
-- one, if anybody is, and no login that only looks.
CREATE FUNCTION commondata.old_transactions(p_age interval)
RETURNS TABLE (pid integer, login name, datname name, has_written boolean, begun_at timestamptz,
    query text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT
        a.pid,
        a.usename,
        a.datname,
        a.backend_xid IS NOT NULL,
        a.xact_start,
        left(commondata.without_literals(a.query), 200)
    FROM pg_stat_activity AS a
    WHERE a.xact_start < statement_timestamp() - p_age
      AND (a.backend_xid IS NOT NULL OR a.backend_xmin IS NOT NULL)
      AND a.backend_type = 'client backend';
END;
COMMENT ON FUNCTION commondata.old_transactions(interval) IS
    'Sessions with a transaction that is older and keeps vacuum waiting; for alarms';
GRANT EXECUTE ON FUNCTION commondata.old_transactions(interval) TO commondata_reader;

-- log_alarms, subscription_alarms, session_alarms, retention_alarms: what alarms() brings together.
CREATE FUNCTION commondata.log_alarms(p_stamp interval)
RETURNS TABLE (alarm text, subject text, detail text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET timezone = 'UTC'
BEGIN ATOMIC
    SELECT
        'log-restored',
        'log',
        'its transaction ids are of another cluster: nothing is stamped. Stop all nodes and run '
            './commondata log restamp'
    FROM commondata.sequencer AS z
    CROSS JOIN pg_control_system() AS c
    WHERE z.cluster <> c.system_identifier
       OR pg_snapshot_xmax(z.snapshot) > pg_snapshot_xmax(pg_current_snapshot())
    UNION ALL
    SELECT 'log-parts', 'log', c.sentence
    FROM commondata.changed_parts() AS c (sentence)
    WHERE c.sentence IS NOT NULL
    UNION ALL
    SELECT
        'log-unstamped',
        'log',
        format(
            '%s committed events have no position, the oldest since %s: nobody reads them. %s',
            u.events,
            to_char(u.oldest_at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
            coalesce(h.sentence, 'No session stamps: start a node'))
    FROM (
        SELECT count(*) AS events, min(f.occurred_at) AS oldest_at
        FROM commondata.sequencer AS z
        CROSS JOIN LATERAL commondata.fresh(z.snapshot, pg_current_snapshot()) AS f
        WHERE z.stamped_at < statement_timestamp() - p_stamp
    ) AS u
    LEFT JOIN LATERAL (
        SELECT format(
            'Process %s of login "%s" holds the sequencer: let it end its transaction, or end it '
                'with pg_terminate_backend',
            a.pid, a.usename) AS sentence
        FROM pg_locks AS l
        JOIN pg_stat_activity AS a ON a.pid = l.pid
        WHERE l.relation = 'commondata.sequencer'::regclass
          AND l.database = (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database())
          AND l.mode IN ('RowShareLock', 'RowExclusiveLock')
        -- Who has found it locked and left has the weaker lock until he commits.
        ORDER BY l.mode, a.xact_start
        LIMIT 1
    ) AS h ON true
    WHERE u.oldest_at < statement_timestamp() - p_stamp
    UNION ALL
    SELECT
        'partitions-missing',
        'log',
        format(
            'day partitions are made up to %s: without one nothing can be published%s',
            max(l.day),
            (
                SELECT format(
                    '. Process %s of login "%s" holds a lock on %s: let it end its transaction',
                    k.pid, a.usename, k.relation::regclass)
                FROM pg_locks AS k
                JOIN pg_stat_activity AS a ON a.pid = k.pid
                WHERE k.relation IN (
                    'commondata.outbox'::regclass,
                    'commondata.outbox_seq'::regclass,
                    'commondata.receipt_batch'::regclass
                )
                  AND k.database = (
                      SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database()
                  )
                  AND k.granted
                  AND k.mode NOT IN ('AccessShareLock', 'RowShareLock', 'RowExclusiveLock')
                ORDER BY k.pid
                LIMIT 1
            ))
    FROM commondata.log_day AS l
    WHERE l.is_whole
    HAVING coalesce(max(l.day), '-infinity'::date) < current_date + 2;
END;
COMMENT ON FUNCTION commondata.log_alarms IS
    'Alarms of the log itself, whoever reads it';
GRANT EXECUTE ON FUNCTION commondata.log_alarms(interval) TO commondata_reader;

-- Why a chain does not get shorter, for the alarm chain-full.
CREATE FUNCTION commondata.why_chain_waits(k commondata.parked_key) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET timezone = 'UTC'
BEGIN ATOMIC
    SELECT CASE
        WHEN k.held THEN (
            SELECT format(
                'Dead letter %s holds the key: treat it by ./commondata hospital',
                min(d.id))
            FROM commondata.dead_letter AS d
            WHERE (d.subscription, d.part, d.key) = (k.subscription, k.part, k.key)
              AND d.state = 'OPEN'
              AND d.holds
        )
        WHEN k.cause = 'DELAYED' AND k.next_attempt_at > statement_timestamp() THEN (
            SELECT format(
                'The first is delayed until %s: ./commondata event release %s',
                to_char(k.next_attempt_at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
                o.event_id)
            FROM commondata.parked_event AS e
            CROSS JOIN LATERAL commondata.at_position(e.part, e.seq) AS q
            JOIN commondata.outbox AS o
                ON o.tx = q.tx
                AND o.id = q.id
                AND o.occurred_at = q.occurred_at
            WHERE (e.subscription, e.part, e.key) = (k.subscription, k.part, k.key)
              AND q.stamped_at = e.stamped_at
            ORDER BY e.seq
            LIMIT 1
        )
        WHEN k.attempts > 0 THEN format(
            'The first has failed, attempts: %s (%s), and is tried again at %s: mend what '
                'it fails of',
            k.attempts,
            k.error_class,
            to_char(k.next_attempt_at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"'))
        ELSE 'They are handled one by one: wait'
    END;
END;
COMMENT ON FUNCTION commondata.why_chain_waits IS
    'What the events of a parked key wait for, and what to do, in words';
GRANT EXECUTE ON FUNCTION commondata.why_chain_waits(commondata.parked_key) TO commondata_reader;

CREATE FUNCTION commondata.subscription_alarms(p_lag interval)
RETURNS TABLE (alarm text, subject text, detail text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET timezone = 'UTC'
BEGIN ATOMIC
    SELECT
        'chain-full',
        format('%s, key "%s"', k.subscription, k.key),
        format(
            '%s events of the key wait, and max_chain is %s: part %s, where others want to be '
                'read, stands still. %s; or raise max_chain',
            k.chain,
            s.max_chain,
            k.part,
            commondata.why_chain_waits(k))
    FROM commondata.subscription AS s
    JOIN commondata.cursor AS c
        ON c.subscription = s.name
        AND EXISTS (
            SELECT FROM commondata.type_head AS t
            WHERE t.type = ANY (s.types) AND t.part = c.part AND t.head > c.pos
        )
    JOIN commondata.full_chain AS f
        ON f.subscription = c.subscription
        AND f.part = c.part
    JOIN commondata.parked_key AS k
        ON k.subscription = f.subscription
        AND k.part = f.part
        AND k.key = f.key
    UNION ALL
    SELECT
        'subscription-dead',
        s.name,
        format(
            'its oldest unread event has waited since %s in part %s%s: retention keeps the log '
                'for it. Start its service, resume it, or remove it',
            to_char(min(w.stamped_at), 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
            (array_agg(c.part ORDER BY w.stamped_at))[1],
            CASE WHEN s.paused THEN ' (it is paused)' ELSE '' END)
    FROM commondata.subscription AS s
    JOIN commondata.cursor AS c
        ON c.subscription = s.name
        AND EXISTS (
            SELECT FROM commondata.type_head AS t
            WHERE t.type = ANY (s.types) AND t.part = c.part AND t.head > c.pos
        )
        -- No service would read it: see chain-full.
        AND NOT EXISTS (
            SELECT FROM commondata.full_chain AS f
            WHERE f.subscription = c.subscription AND f.part = c.part
        )
    CROSS JOIN LATERAL (
        SELECT q.stamped_at
        FROM commondata.log_position AS q
        WHERE q.part = c.part
          AND q.last_seq > c.pos
          AND q.seq > c.pos
          AND q.stamped_at >= c.pos_at
          AND q.type = ANY (s.types)
          AND (
              s.sources IS NULL
              OR EXISTS (
                  SELECT FROM commondata.outbox AS e
                  WHERE e.tx = q.tx
                    AND e.id = q.id
                    AND e.occurred_at = q.occurred_at
                    AND e.source = ANY (s.sources)
              )
          )
        ORDER BY q.last_seq, q.seq
        LIMIT 1
    ) AS w
    WHERE w.stamped_at < statement_timestamp() - p_lag
    GROUP BY s.name
    UNION ALL
    SELECT
        'parked-overdue',
        k.subscription,
        format(
            'parked keys that are due for another try since %s and get none: %s%s. Start its '
                'service, or resume it',
            to_char(min(k.next_attempt_at), 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
            count(*),
            CASE WHEN bool_or(s.paused) THEN ' (it is paused)' ELSE '' END)
    FROM commondata.parked_key AS k
    JOIN commondata.subscription AS s ON s.name = k.subscription
    WHERE NOT k.held
      AND k.next_attempt_at < statement_timestamp() - p_lag
    GROUP BY k.subscription
    UNION ALL
    SELECT
        'dead-letters',
        d.subscription,
        format(
            '%s open, the oldest since %s: %s. Look at ./commondata hospital group',
            count(*),
            to_char(min(d.died_at), 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
            CASE count(k.key)
                WHEN 0 THEN 'no key is held for them'
                ELSE format('keys held until they are treated: %s', count(DISTINCT k.key))
            END)
    FROM commondata.dead_letter AS d
    LEFT JOIN commondata.parked_key AS k
        ON k.subscription = d.subscription
        AND k.part = d.part
        AND k.key = d.key
        AND k.held
    WHERE d.state = 'OPEN'
    GROUP BY d.subscription;
END;
COMMENT ON FUNCTION commondata.subscription_alarms IS
    'Alarms of subscriptions and their parked keys';
GRANT EXECUTE ON FUNCTION commondata.subscription_alarms(interval) TO commondata_reader;

CREATE FUNCTION commondata.session_alarms(p_writer interval, p_dead bigint)
RETURNS TABLE (alarm text, subject text, detail text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET timezone = 'UTC'
BEGIN ATOMIC
    SELECT
        'old-transaction',
        'process ' || a.pid,
        format(
            'login "%s" on database "%s" %s since %s: vacuum waits for it. Query: %s',
            a.login,
            a.datname,
            CASE
                WHEN a.has_written THEN 'has written and not committed'
                ELSE 'holds a snapshot'
            END,
            to_char(a.begun_at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
            a.query)
    FROM commondata.old_transactions(p_writer) AS a
    UNION ALL
    SELECT
        'old-transaction',
        'prepared transaction ' || t.gid,
        format(
            'of login "%s" on database "%s" since %s: vacuum waits for it. COMMIT PREPARED or '
                'ROLLBACK PREPARED ends it',
            t.owner, t.database, to_char(t.prepared, 'YYYY-MM-DD"T"HH24:MI:SS"Z"'))
    FROM pg_prepared_xacts AS t
    WHERE t.prepared < statement_timestamp() - p_writer
    UNION ALL
    SELECT
        'bloat',
        t.schemaname || '.' || t.relname,
        format(
            '%s dead rows beside %s live ones: polls walk over them. Look for an old transaction, '
                'or VACUUM it',
            t.n_dead_tup, t.n_live_tup)
    FROM pg_stat_all_tables AS t
    WHERE t.schemaname = 'commondata'
      AND t.n_dead_tup > p_dead
      AND t.n_dead_tup > t.n_live_tup;
END;
COMMENT ON FUNCTION commondata.session_alarms IS
    'Alarms of transactions that keep vacuum waiting, and of what it left';
GRANT EXECUTE ON FUNCTION commondata.session_alarms(interval, bigint) TO commondata_reader;

CREATE FUNCTION commondata.retention_alarms(p_keep interval)
RETURNS TABLE (alarm text, subject text, detail text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET timezone = 'UTC'
BEGIN ATOMIC
    SELECT
        'retention-held',
        'day ' || d.day,
        'past keeping, but ' || d.reason
    FROM (
        SELECT
            l.day,
            CASE
                WHEN r.day IS NOT NULL THEN 'its partitions could not be dropped: the node''s log '
                    'says why'
                ELSE coalesce(
                    commondata.held_by(l.day),
                    CASE
                        WHEN commondata.can_be_cut('-infinity', (l.day + 1)::timestamptz)
                            THEN 'retention has not run: see the node''s log'
                        ELSE 'an event of it is not stamped, or was more than a day later'
                    END)
            END AS reason
        FROM commondata.log_day AS l
        LEFT JOIN commondata.retired_day AS r ON r.day = l.day
        WHERE (l.day + 1)::timestamptz <= statement_timestamp() - p_keep - interval '1 day'
        ORDER BY l.day
        LIMIT 1
    ) AS d;
END;
COMMENT ON FUNCTION commondata.retention_alarms IS
    'Alarms of days that are past keeping and still there';
GRANT EXECUTE ON FUNCTION commondata.retention_alarms(interval) TO commondata_reader;

-- alarms: what somebody should look at, worst first. Read by ./commondata lag and doctor, and by
-- nodes, which log each once. Unless the owner is a member of pg_read_all_stats, old-transaction
-- knows of prepared transactions only, and doctor says so.
CREATE FUNCTION commondata.alarms(
    p_lag    interval DEFAULT '1 hour',
    p_writer interval DEFAULT '5 minutes',
    p_keep   interval DEFAULT '30 days',
    p_dead   bigint   DEFAULT 100000,
    p_stamp  interval DEFAULT '1 minute'
) RETURNS TABLE (alarm text, subject text, detail text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET timezone = 'UTC'
BEGIN ATOMIC
    SELECT a.alarm, a.subject, a.detail
    FROM commondata.log_alarms(p_stamp) AS a
    UNION ALL
    SELECT a.alarm, a.subject, a.detail
    FROM commondata.subscription_alarms(p_lag) AS a
    UNION ALL
    SELECT a.alarm, a.subject, a.detail
    FROM commondata.session_alarms(p_writer, p_dead) AS a
    UNION ALL
    SELECT a.alarm, a.subject, a.detail
    FROM commondata.retention_alarms(p_keep) AS a;
END;
COMMENT ON FUNCTION commondata.alarms IS 'What somebody should look at, in words';
GRANT EXECUTE ON FUNCTION commondata.alarms(interval, interval, interval, bigint, interval)
    TO commondata_reader;

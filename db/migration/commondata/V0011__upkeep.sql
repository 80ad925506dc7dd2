-- Upkeep of the log: which days may go.
--
-- Retention drops whole days (partitions of outbox, outbox_seq, receipt_batch), never rows, in two
-- steps. retire_days decides, in one short transaction: from then on nobody can go back into those
-- days (log_floor), and the act is audited. What is left is read from the catalogue, one statement
-- at a time (retired_partition): DETACH ... CONCURRENTLY, which blocks neither readers nor writers
-- and can't run in a transaction, then DROP. A crash anywhere in between leaves a state from which
-- retired_partition tells the next statement.
--
-- log_floor and retired_day are written by retire_days under the owner's login, read by
-- rewind_subscription, invariants and readers; kept for ever (a row a day).

CREATE TABLE commondata.log_floor (
    part smallint PRIMARY KEY,
    seq  bigint   NOT NULL DEFAULT 0
);
COMMENT ON TABLE commondata.log_floor IS
    'Last position of each part that retention gave up; its lock keeps a rewind out meanwhile';
COMMENT ON COLUMN commondata.log_floor.part IS 'Part of the log';
COMMENT ON COLUMN commondata.log_floor.seq IS 'Positions up to here may be gone; 0: none';
INSERT INTO commondata.log_floor (part)
SELECT h.part
FROM commondata.part_head AS h;

CREATE TABLE commondata.retired_day (
    day        date        PRIMARY KEY,
    events     bigint      NOT NULL,
    retired_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    act        bigint      NOT NULL
);
COMMENT ON TABLE commondata.retired_day IS 'Days that retention gave up';
COMMENT ON COLUMN commondata.retired_day.day IS 'Day, in UTC';
COMMENT ON COLUMN commondata.retired_day.events IS 'Events that it held';
COMMENT ON COLUMN commondata.retired_day.retired_at IS 'When it was given up';
COMMENT ON COLUMN commondata.retired_day.act IS 'operator_act.id of the decision';

GRANT SELECT ON commondata.log_floor TO commondata_service;

-- For whoever compares rows of his own with the log: what is older is no longer in it.
CREATE FUNCTION commondata.log_begins_at() RETURNS timestamptz
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT coalesce(
        (max(r.day) + 1)::timestamp AT TIME ZONE 'UTC',
        '-infinity'::timestamptz)
    FROM commondata.retired_day AS r;
END;
COMMENT ON FUNCTION commondata.log_begins_at() IS
    'Begin of the oldest day that retention has left; -infinity if it left all';

GRANT EXECUTE ON FUNCTION commondata.log_begins_at() TO commondata_reader;

-- The CASE keeps the planner from reading a day out of names of other tables.
CREATE VIEW commondata.log_day AS
SELECT
    CASE
        WHEN c.relname ~ '_[0-9]{8}$' THEN to_date(right(c.relname, 8), 'YYYYMMDD')
    END AS day,
    sum(pg_total_relation_size(c.oid))::bigint AS size_bytes,
    count(*) = 3 AS is_whole
FROM pg_inherits AS i
JOIN pg_class AS c ON c.oid = i.inhrelid
WHERE i.inhparent IN (
    'commondata.outbox'::regclass,
    'commondata.outbox_seq'::regclass,
    'commondata.receipt_batch'::regclass
)
GROUP BY 1;
COMMENT ON VIEW commondata.log_day IS 'Days of the log that are there, with their size';
COMMENT ON COLUMN commondata.log_day.day IS 'Day, in UTC';
COMMENT ON COLUMN commondata.log_day.size_bytes IS 'Events, positions and receipts, with indexes';

-- last_of_day: up to where the log is given up with a day. An event that is published before
-- midnight may be stamped after it: its position stays a day longer than the event itself, and
-- nobody may read it again.
CREATE FUNCTION commondata.last_of_day(p_day date) RETURNS TABLE (part smallint, seq bigint)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET timezone = 'UTC'
BEGIN ATOMIC
    SELECT l.part, max(l.seq)
    FROM (
        SELECT q.part, q.last_seq AS seq
        FROM commondata.outbox_seq AS q
        WHERE q.stamped_at >= p_day::timestamptz
          AND q.stamped_at < (p_day + 1)::timestamptz
        UNION ALL
        SELECT q.part, q.seq
        FROM commondata.log_position AS q
        WHERE q.stamped_at >= (p_day + 1)::timestamptz
          AND q.stamped_at < (p_day + 2)::timestamptz
          AND q.occurred_at < (p_day + 1)::timestamptz
    ) AS l
    GROUP BY l.part;
END;
COMMENT ON FUNCTION commondata.last_of_day(date) IS
    'Last position of each part that goes with a day of the log';
GRANT EXECUTE ON FUNCTION commondata.last_of_day(date) TO commondata_reader;

-- held_by: what keeps a day from going, in words; NULL if nothing does. A transaction that has
-- written an event of that day and is still open holds a lock on the day's partition.
CREATE FUNCTION commondata.held_by(p_day date) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET timezone = 'UTC'
AS $$
DECLARE
    day_end timestamptz := p_day + 1;
    reason  text;
BEGIN
    SELECT format(
        'subscription "%s" has read part %s up to %s of %s',
        c.subscription, c.part, c.pos, d.seq)
    INTO reason
    FROM commondata.last_of_day(p_day) AS d
    JOIN commondata.cursor AS c
        ON c.part = d.part
        AND c.pos < d.seq
    ORDER BY d.seq - c.pos DESC
    LIMIT 1;
    IF reason IS NOT NULL THEN
        RETURN reason;
    END IF;

    SELECT format(
        '%s parked by subscription "%s", one of them with key "%s"',
        CASE count(*) WHEN 1 THEN '1 event is' ELSE count(*) || ' events are' END,
        e.subscription,
        min(e.key))
    INTO reason
    FROM commondata.parked_event AS e
    LEFT JOIN commondata.last_of_day(p_day) AS d ON d.part = e.part
    WHERE e.letter IS NULL
      AND (e.stamped_at < day_end OR e.seq <= d.seq)
    GROUP BY e.subscription
    ORDER BY count(*) DESC
    LIMIT 1;
    IF reason IS NOT NULL THEN
        RETURN reason;
    END IF;

    SELECT format('process %s has published on that day and not committed', min(l.pid))
    INTO reason
    FROM pg_locks AS l
    WHERE l.relation = to_regclass('commondata.outbox_' || to_char(p_day, 'YYYYMMDD'))
      AND l.database = (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database())
      AND l.mode = 'RowExclusiveLock'
    HAVING count(*) > 0;
    RETURN reason;
END
$$;
COMMENT ON FUNCTION commondata.held_by IS 'What keeps a day of the log from going, or NULL';
GRANT EXECUTE ON FUNCTION commondata.held_by(date) TO commondata_reader;

-- Whether the log can be cut at a midnight: each event published since the last cut is stamped, a
-- day later at most, so that what remains of those events is one day's positions, which last_of_day
-- finds; and no event that stays (the server's clock was set back) loses its position.
CREATE FUNCTION commondata.can_be_cut(p_since timestamptz, p_at timestamptz) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT
        count(*) FILTER (WHERE q.occurred_at < p_at) = (
            SELECT count(*)
            FROM commondata.outbox AS o
            WHERE o.occurred_at >= p_since AND o.occurred_at < p_at
        )
        AND count(*) FILTER (WHERE q.occurred_at >= p_at AND q.stamped_at < p_at) = 0
    FROM commondata.log_position AS q
    WHERE q.occurred_at >= p_since
      AND q.stamped_at >= p_since
      AND q.stamped_at < p_at + interval '24 hours';
END;
COMMENT ON FUNCTION commondata.can_be_cut IS
    'Whether each event published between two midnights is stamped, a day later at most';
GRANT EXECUTE ON FUNCTION commondata.can_be_cut(timestamptz, timestamptz) TO commondata_reader;

-- retire_days: gives up the oldest days that are past keeping and held by nobody. Called by the
-- owner's login only. On a busy log some event is always published before midnight and stamped
-- after it. Such an event goes with its day; its position, which says when it occurred, stays until
-- the day it was stamped on goes, and lies below log_floor, so that nobody reads it again.
CREATE FUNCTION commondata.retire_days(p_keep interval, p_actor text, p_reason text)
RETURNS TABLE (day date, events bigint)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET timezone = 'UTC'
AS $$
#variable_conflict use_column
DECLARE
    cut       date;
    cut_end   timestamptz;
    low       timestamptz;
    candidate record;
    act       bigint;
BEGIN
    PERFORM FROM commondata.log_floor AS f ORDER BY f.part FOR UPDATE;
    SELECT coalesce(max(r.day) + 1, '-infinity'::date) INTO low FROM commondata.retired_day AS r;
    FOR candidate IN
        SELECT l.day, (l.day + 1)::timestamptz AS day_end
        FROM commondata.log_day AS l
        WHERE l.day >= low::date
          AND (l.day + 1)::timestamptz <= clock_timestamp() - p_keep
        ORDER BY l.day
    LOOP
        EXIT WHEN commondata.held_by(candidate.day) IS NOT NULL;
        IF commondata.can_be_cut(low, candidate.day_end) THEN
            cut := candidate.day;
            cut_end := candidate.day_end;
        END IF;
    END LOOP;
    IF cut IS NULL THEN
        RETURN;
    END IF;

    UPDATE commondata.log_floor AS f
    SET seq = greatest(f.seq, d.last_seq)
    FROM (
        SELECT u.part, max(u.last_seq) AS last_seq
        FROM (
            SELECT q.part, q.last_seq
            FROM commondata.outbox_seq AS q
            WHERE q.stamped_at >= low AND q.stamped_at < cut_end
            UNION ALL
            SELECT l.part, l.seq
            FROM commondata.last_of_day(cut) AS l
        ) AS u
        GROUP BY u.part
    ) AS d
    WHERE d.part = f.part;
    DELETE FROM commondata.receipt_before_rewind AS b
    USING commondata.log_floor AS f
    WHERE f.part = b.part
      AND b.last_seq <= f.seq;
    FOR candidate IN
        SELECT l.day, count(o.id) AS events
        FROM commondata.log_day AS l
        LEFT JOIN commondata.outbox AS o
            ON o.occurred_at >= l.day::timestamptz
            AND o.occurred_at < (l.day + 1)::timestamptz
        WHERE l.day >= low::date AND l.day <= cut
        GROUP BY l.day
        ORDER BY l.day
    LOOP
        act := commondata.audit(
            p_actor,
            'retire',
            'day ' || candidate.day || ' of the log',
            p_reason,
            jsonb_build_object('events', candidate.events));
        INSERT INTO commondata.retired_day (day, events, act)
        VALUES (candidate.day, candidate.events, act);
        DELETE FROM commondata.delay AS d WHERE d.available_at < candidate.day::timestamptz;
        day := candidate.day;
        events := candidate.events;
        RETURN NEXT;
    END LOOP;
END
$$;
COMMENT ON FUNCTION commondata.retire_days IS
    'Gives up the oldest days that are past keeping and held by nobody; returns them';

CREATE VIEW commondata.retired_partition AS
SELECT
    r.day,
    p.step,
    c.relname::text AS name,
    CASE
        WHEN i.inhrelid IS NULL THEN format('DROP TABLE commondata.%I', c.relname)
        WHEN i.inhdetachpending THEN format(
            'ALTER TABLE commondata.%I DETACH PARTITION commondata.%I FINALIZE',
            p.parent, c.relname)
        ELSE format(
            'ALTER TABLE commondata.%I DETACH PARTITION commondata.%I CONCURRENTLY',
            p.parent, c.relname)
    END AS next_statement
FROM commondata.retired_day AS r
CROSS JOIN (
    VALUES (1, 'outbox_seq'), (2, 'outbox'), (3, 'receipt_batch')
) AS p (step, parent)
JOIN pg_class AS c
    ON c.relnamespace = 'commondata'::regnamespace
    AND c.relname = p.parent || '_' || to_char(r.day, 'YYYYMMDD')
LEFT JOIN pg_inherits AS i ON i.inhrelid = c.oid;
COMMENT ON VIEW commondata.retired_partition IS
    'Partitions of retired days that are still there, with the statement that comes next';
COMMENT ON COLUMN commondata.retired_partition.day IS 'Day, in UTC';
COMMENT ON COLUMN commondata.retired_partition.step IS 'Order within the day';
COMMENT ON COLUMN commondata.retired_partition.name IS 'Table in the schema commondata';
COMMENT ON COLUMN commondata.retired_partition.next_statement IS
    'Run by itself, outside a transaction, with a short lock_timeout';

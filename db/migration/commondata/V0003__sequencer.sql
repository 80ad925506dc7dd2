-- The sequencer: gives every committed event its position, and makes the day partitions that hold
-- events and positions. Written by stamp() only, called by any poller; read by every subscription.

CREATE TABLE commondata.part_head (
    part smallint PRIMARY KEY,
    head bigint   NOT NULL DEFAULT 0
) WITH (fillfactor = 50);
COMMENT ON TABLE commondata.part_head IS
    'Last position given in each part; written by stamp() only';
COMMENT ON COLUMN commondata.part_head.part IS 'Part of the log';
COMMENT ON COLUMN commondata.part_head.head IS 'Last position given; 0 before the first';
INSERT INTO commondata.part_head (part)
SELECT generate_series(0, commondata.parts() - 1);

CREATE TABLE commondata.type_head (
    type text     NOT NULL,
    part smallint NOT NULL,
    head bigint   NOT NULL,
    PRIMARY KEY (type, part)
) WITH (fillfactor = 50);
COMMENT ON TABLE commondata.type_head IS
    'Last position of each event type in each part: tells who has work. Written by stamp() only';
COMMENT ON COLUMN commondata.type_head.type IS 'Event type';
COMMENT ON COLUMN commondata.type_head.part IS 'Part of the log';
COMMENT ON COLUMN commondata.type_head.head IS 'Last position that an event of the type was given';

CREATE TABLE commondata.sequencer (
    only_row   boolean     PRIMARY KEY DEFAULT true,
    snapshot   pg_snapshot NOT NULL,
    stamped_at timestamptz NOT NULL,
    cluster    bigint      NOT NULL,
    goal       pg_snapshot,
    cuts       xid8[]      NOT NULL DEFAULT '{}',
    CONSTRAINT one_row CHECK (only_row)
) WITH (fillfactor = 50);
COMMENT ON TABLE commondata.sequencer IS
    'One row, locked by whoever stamps: what was visible at the last stamp';
COMMENT ON COLUMN commondata.sequencer.only_row IS 'Keeps the table at one row';
COMMENT ON COLUMN commondata.sequencer.snapshot IS 'Everything visible in it has its position';
COMMENT ON COLUMN commondata.sequencer.stamped_at IS 'When that was; never falls';
COMMENT ON COLUMN commondata.sequencer.cluster IS
    'system_identifier of the cluster whose transaction ids those are';
COMMENT ON COLUMN commondata.sequencer.goal IS
    'Snapshot of a large round that is numbered in slices, until its last one; else NULL';
COMMENT ON COLUMN commondata.sequencer.cuts IS
    'Transaction ids before which the next slices of that round end';
INSERT INTO commondata.sequencer (snapshot, stamped_at, cluster)
SELECT pg_current_snapshot(), clock_timestamp(), c.system_identifier
FROM pg_control_system() AS c;

-- fresh: events that became visible between two snapshots. The transactions that did are those
-- that were running in `earlier` and are not in `later`, and those that began after `earlier`,
-- without those that still run in `later`: read as the ranges between them, so that the rows of a
-- transaction that stays open are never touched, however many it has published. The ranges are put
-- in order by where they begin, which is unique. The first one that still runs may be the very one
-- at which all begin: by where they end, its range might come first, and the other reach over it.
CREATE FUNCTION commondata.fresh(earlier pg_snapshot, later pg_snapshot)
RETURNS TABLE (part smallint, id bigint, tx xid8, occurred_at timestamptz, type text)
-- No SET here: it would keep the planner from inlining the query.
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT o.part, o.id, o.tx, o.occurred_at, o.type
    FROM (
        SELECT
            b.first_tx,
            lead(b.tx, 1, pg_snapshot_xmax(later)) OVER (ORDER BY b.first_tx) AS end_tx
        FROM (
            SELECT pg_snapshot_xmax(earlier) AS tx, pg_snapshot_xmax(earlier) AS first_tx
            UNION ALL
            SELECT x.tx, (x.tx::text::bigint + 1)::text::xid8
            FROM pg_snapshot_xip(later) AS x (tx)
            WHERE x.tx >= pg_snapshot_xmax(earlier)
        ) AS b
    ) AS r
    JOIN commondata.outbox AS o
        ON o.tx >= r.first_tx
        AND o.tx < r.end_tx
    UNION ALL
    SELECT o.part, o.id, o.tx, o.occurred_at, o.type
    FROM pg_snapshot_xip(earlier) AS x (tx)
    JOIN commondata.outbox AS o ON o.tx = x.tx
    WHERE pg_visible_in_snapshot(x.tx, later);
END;
COMMENT ON FUNCTION commondata.fresh(pg_snapshot, pg_snapshot) IS
    'Events visible in the later snapshot and not in the earlier one; for stamp()';

-- An event in a part without a head was published under another part_of(). Nothing is numbered
-- until it lies where its key does: whoever left it out would lose it for all readers, and what
-- follows of its key would come before it.
CREATE FUNCTION commondata.missing_part(p_part smallint) RETURNS bigint
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION 'an event lies in part %, which the log was installed without', p_part
        USING ERRCODE = 'object_not_in_prerequisite_state',
              HINT = format(
                  'Put commondata.part_of() back; then, as the owner, UPDATE commondata.outbox '
                      'SET part = commondata.part_of(key) WHERE part = %s, and commondata.delay '
                      'likewise.',
                  p_part);
END
$$;
COMMENT ON FUNCTION commondata.missing_part(smallint) IS
    'Fails: the log has an event in a part that it was installed without';

-- still_running: the snapshot as others would have it while a transaction runs. A snapshot leaves
-- its own transaction out, as if it had ended: what that one publishes later would lie between no
-- two snapshots.
CREATE FUNCTION commondata.still_running(snapshot pg_snapshot, tx xid8) RETURNS pg_snapshot
LANGUAGE sql IMMUTABLE
BEGIN ATOMIC
    SELECT CASE
        WHEN tx >= pg_snapshot_xmax(snapshot) THEN snapshot
        ELSE (
            SELECT format(
                '%s:%s:%s',
                min(x.running),
                pg_snapshot_xmax(snapshot),
                string_agg(x.running::text, ',' ORDER BY x.running)
            )::pg_snapshot
            FROM (
                SELECT tx AS running
                UNION
                SELECT p.xip
                FROM pg_snapshot_xip(snapshot) AS p (xip)
            ) AS x
        )
    END;
END;
COMMENT ON FUNCTION commondata.still_running(pg_snapshot, xid8) IS
    'A snapshot with a transaction among those that run; for stamp()';

-- Positions follow from transaction ids, and those are of one cluster. In another one, whose ids
-- are lower, what is published lies before the snapshot and looks stamped; it still would when the
-- counter has passed that snapshot. So it is the cluster itself that is compared, too.
CREATE FUNCTION commondata.refuse_restored_log() RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION 'the log was restored from another cluster, whose transaction ids it has'
        USING ERRCODE = 'object_not_in_prerequisite_state',
              HINT = 'Stop all nodes and run ./commondata log restamp.';
END
$$;
COMMENT ON FUNCTION commondata.refuse_restored_log() IS
    'Fails: the log holds transaction ids of another cluster, and was not restamped';

-- A backlog is not numbered in one go: its readers would wait for the last event before they get
-- the first.
CREATE FUNCTION commondata.slice_length() RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN 50000;
COMMENT ON FUNCTION commondata.slice_length() IS
    'Events of a round from which on it is numbered in slices, of about as many';

-- cuts: where a round may be cut into slices. A cut lies before a transaction if all events of the
-- round by lower transactions have lower ids than all others: numbered slice by slice, they then
-- get the very positions that one go would give them. With producers that overlap, such a place
-- comes every few transactions; a long transaction that has published has none within it.
CREATE FUNCTION commondata.cuts(earlier pg_snapshot, later pg_snapshot) RETURNS xid8[]
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT coalesce(array_agg(c.tx ORDER BY c.tx), '{}')
    FROM (
        SELECT min(b.tx) AS tx
        FROM (
            SELECT
                t.tx,
                sum(t.events) OVER lower_ones AS events_before,
                max(t.highest_id) OVER lower_ones AS highest_before,
                min(t.lowest_id) OVER (ORDER BY t.tx DESC) AS lowest_from
            FROM (
                SELECT
                    f.tx,
                    count(*) AS events,
                    min(f.id) AS lowest_id,
                    max(f.id) AS highest_id
                FROM commondata.fresh(earlier, later) AS f
                GROUP BY f.tx
            ) AS t
            WINDOW lower_ones AS (ORDER BY t.tx ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
        ) AS b
        WHERE b.tx >= pg_snapshot_xmax(earlier)
          AND b.highest_before < b.lowest_from
          AND b.events_before >= commondata.slice_length()
        GROUP BY b.events_before::bigint / commondata.slice_length()
    ) AS c;
END;
COMMENT ON FUNCTION commondata.cuts(pg_snapshot, pg_snapshot) IS
    'Transaction ids before which a round between two snapshots may be cut; for stamp()';

CREATE FUNCTION commondata.snapshot_before(snapshot pg_snapshot, tx xid8) RETURNS pg_snapshot
LANGUAGE sql IMMUTABLE
BEGIN ATOMIC
    SELECT format(
        '%s:%s:%s',
        coalesce(min(x.running), tx),
        tx,
        string_agg(x.running::text, ',' ORDER BY x.running)
    )::pg_snapshot
    FROM pg_snapshot_xip(snapshot) AS x (running)
    WHERE x.running < tx;
END;
COMMENT ON FUNCTION commondata.snapshot_before(pg_snapshot, xid8) IS
    'What of a snapshot is by transactions below one; for stamp()';

-- stamp: the sequencer. Numbers what is visible now and was not at the last stamp.
--
--   1. Lock the one sequencer row, or leave at once if another stamps (SKIP LOCKED).
--   2. now := pg_current_snapshot(). An event is fresh if its transaction is visible in `now` and
--      was not in the last snapshot: it began after that one (tx >= its xmax), or it was running
--      then (tx in its xip list). No other transaction can have become visible in between.
--      The own transaction counts as running: it may go on, and publish.
--   3. Number the fresh ones per part in the order of id, move the heads, keep `now`.
--
-- When many are fresh, `now` is kept as a goal, with the places at which the round may be cut
-- (cuts()), and each call numbers one slice: what `now` shows of transactions below the cut. No new
-- snapshot is taken before the goal is reached. Slices differ from rounds in nothing else.
--
-- Why no event is lost: each transaction leaves the running state once, so it lies between exactly
-- two consecutive snapshots. Why nothing stalls: a transaction still running is looked at again
-- next time by its own number; others don't wait for it. A rollback leaves nothing behind. Why the
-- order of a key holds: a producer that serialises on its aggregate takes its id after the one
-- before it committed, so the id order and the snapshot order agree. That is also why a round has
-- no LIMIT: one that stopped halfway through a snapshot would number a later id first, where it is
-- not cut at such a place. A crash anywhere rolls all of the call back: positions, heads and
-- snapshot are one transaction.
--
-- The row is locked until the caller commits, and nothing is numbered meanwhile. So who has it and
-- goes on in the same transaction is cut off ten seconds later (from PostgreSQL 17 on); the alarm
-- log-unstamped names him.
--
-- enable_seqscan is off: what is fresh lies at the end of an index, but a planner whose statistics
-- are older than the day's rows would read the whole day to find it. Plans are generic: planning
-- over all days takes longer than the work. And nothing is compiled: a scan that is switched off
-- but needed all the same has a price on paper for which the server would compile every call.
-- enable_hashagg is off: the plan is made for any round, and so for a large one. It would clear
-- megabytes of hash tables in each round, and most rounds have few events.
CREATE FUNCTION commondata.stamp() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET enable_hashagg = off
SET jit = off
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    last_snapshot pg_snapshot;
    now_snapshot  pg_snapshot;
    at            timestamptz;
    home          bigint;
    round_goal    pg_snapshot;
    round_cuts    xid8[];
    waiting       bigint;
    stamped       bigint;
BEGIN
    IF pg_current_xact_id_if_assigned() IS NOT NULL
       OR current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'stamp() needs a read committed transaction of its own'
            USING ERRCODE = 'active_sql_transaction',
                  HINT = 'Commit first, then call it with autocommit on.';
    END IF;

    -- A look without a lock first: an idle poll must not use a transaction id. The snapshot of
    -- the database moves with every transaction anywhere, so it is the log's own rows that count.
    SELECT s.snapshot, s.goal INTO last_snapshot, round_goal FROM commondata.sequencer AS s;
    IF pg_snapshot_xmax(last_snapshot) > pg_snapshot_xmax(pg_current_snapshot()) THEN
        PERFORM commondata.refuse_restored_log();
    END IF;
    IF round_goal IS NULL THEN
        SELECT count(*) INTO waiting
        FROM (
            SELECT
            FROM commondata.fresh(last_snapshot, pg_current_snapshot())
            LIMIT commondata.slice_length()
        ) AS f;
        IF waiting = 0 THEN
            RETURN 0;
        END IF;
    END IF;

    SELECT s.snapshot, greatest(s.stamped_at, clock_timestamp()), s.cluster, s.goal, s.cuts
    INTO last_snapshot, at, home, round_goal, round_cuts
    FROM commondata.sequencer AS s
    FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN -1;
    END IF;
    IF home <> (SELECT c.system_identifier FROM pg_control_system() AS c) THEN
        PERFORM commondata.refuse_restored_log();
    END IF;
    IF round_goal IS NULL THEN
        round_goal := commondata.still_running(pg_current_snapshot(), pg_current_xact_id());
        IF waiting >= commondata.slice_length() THEN
            round_cuts := commondata.cuts(last_snapshot, round_goal);
        END IF;
    END IF;
    IF cardinality(round_cuts) > 0 THEN
        now_snapshot := commondata.snapshot_before(round_goal, round_cuts[1]);
        round_cuts := round_cuts[2:];
    ELSE
        now_snapshot := round_goal;
        round_goal := NULL;
    END IF;

    WITH numbered AS (
        SELECT
            f.part,
            coalesce(h.head, commondata.missing_part(f.part))
                + row_number() OVER (PARTITION BY f.part ORDER BY f.id) AS seq,
            f.id,
            f.tx,
            f.occurred_at,
            f.type
        FROM commondata.fresh(last_snapshot, now_snapshot) AS f
        LEFT JOIN commondata.part_head AS h ON h.part = f.part
    ),
    written AS (
        INSERT INTO commondata.outbox_seq (
            part, first_seq, last_seq, stamped_at, ids, txs, occurred_at, types)
        SELECT
            n.part,
            min(n.seq),
            max(n.seq),
            at,
            array_agg(n.id ORDER BY n.seq),
            array_agg(n.tx ORDER BY n.seq),
            array_agg(n.occurred_at ORDER BY n.seq),
            array_agg(n.type ORDER BY n.seq)
        FROM numbered AS n
        GROUP BY n.part, n.seq / commondata.row_length()
        RETURNING last_seq - first_seq + 1 AS event_count
    ),
    type_moved AS (
        INSERT INTO commondata.type_head AS t (type, part, head)
        SELECT n.type, n.part, max(n.seq)
        FROM numbered AS n
        GROUP BY n.type, n.part
        ON CONFLICT (type, part) DO UPDATE
        SET head = excluded.head
        RETURNING t.part, t.head
    ),
    part_moved AS (
        UPDATE commondata.part_head AS h
        SET head = t.last_seq
        FROM (SELECT m.part, max(m.head) AS last_seq FROM type_moved AS m GROUP BY m.part) AS t
        WHERE h.part = t.part
    )
    SELECT coalesce(sum(w.event_count), 0) INTO stamped FROM written AS w;

    UPDATE commondata.sequencer
    SET snapshot = now_snapshot, stamped_at = at, goal = round_goal, cuts = round_cuts;
    -- From now on, however long the round has taken. Older servers don't know the setting.
    IF current_setting('transaction_timeout', true) IS NOT NULL THEN
        PERFORM set_config('transaction_timeout', '10s', true);
    END IF;
    RETURN stamped;
END
$$;
COMMENT ON FUNCTION commondata.stamp() IS
    'Gives newly committed events their positions; returns how many, -1 if another is at it';

-- position_of: the position of one event, for those who trace it. Positions of a part grow with the
-- time of stamping, so the first one stamped after the event was published is found by halving; the
-- event's own lies there, or behind what was stamped while its transaction was open. An index by
-- event would cost as much as the position itself.
CREATE FUNCTION commondata.position_of(
    p_part        smallint,
    p_id          bigint,
    p_tx          xid8,
    p_occurred_at timestamptz
) RETURNS TABLE (seq bigint, stamped_at timestamptz)
LANGUAGE plpgsql STABLE ROWS 1
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET jit = off
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    day      timestamptz := date_trunc('day', p_occurred_at, 'UTC');
    next_day timestamptz := day + interval '2 days';
    low      bigint;
    high     bigint;
    middle   bigint;
    at       timestamptz;
BEGIN
    IF NOT EXISTS (
        SELECT FROM commondata.sequencer AS s WHERE pg_visible_in_snapshot(p_tx, s.snapshot)
    ) THEN
        RETURN;
    END IF;
    SELECT min(q.first_seq), max(q.last_seq) INTO low, high
    FROM commondata.outbox_seq AS q
    WHERE q.part = p_part
      AND q.stamped_at >= day
      AND q.stamped_at < next_day;
    WHILE low < high LOOP
        middle := (low + high) / 2;
        SELECT q.stamped_at INTO at
        FROM commondata.at_position(p_part, middle) AS q
        WHERE q.stamped_at >= day
          AND q.stamped_at < next_day;
        IF at < p_occurred_at THEN
            low := middle + 1;
        ELSE
            high := middle;
        END IF;
    END LOOP;
    RETURN QUERY
    SELECT q.first_seq + array_position(q.ids, p_id) - 1, q.stamped_at
    FROM commondata.outbox_seq AS q
    WHERE q.part = p_part
      AND q.last_seq >= low
      AND q.stamped_at >= day
      AND p_id = ANY (q.ids)
    ORDER BY q.last_seq
    LIMIT 1;
    IF FOUND THEN
        RETURN;
    END IF;
    -- The clock of the server was set back in between.
    RETURN QUERY
    SELECT q.first_seq + array_position(q.ids, p_id) - 1, q.stamped_at
    FROM commondata.outbox_seq AS q
    WHERE q.part = p_part
      AND p_id = ANY (q.ids);
END
$$;
COMMENT ON FUNCTION commondata.position_of IS
    'Position of an event, found without an index by event; nothing if it has none yet';

-- Day partitions of the log and of its receipts, made ahead. Called at every start and by the clock
-- of a node; a missing day would refuse every publication of that day. Four days ahead outlast a
-- long weekend without any node. Not more: each statement that reads the log has some work with
-- every day.
--
-- CREATE TABLE ... PARTITION OF would lock the log against everybody and queue behind its longest
-- reader. So a partition is made as a table of its own and then attached, under a lock that bars
-- neither readers nor writers; the identity is left out, because an attached partition takes it
-- from its parent. Where a lock is not to be had, the days so far stay, and the next call goes on;
-- the alarm partitions-missing names who has it.
--
-- Nodes take turns by that lock, which only the owner can take: an advisory one is anybody's.
CREATE FUNCTION commondata.make_partitions(days_ahead integer DEFAULT 4)
RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET timezone = 'UTC'
SET lock_timeout = '2s'
AS $$
DECLARE
    first_day date := current_date - 1;
    made      integer := 0;
    parent    text;
    child     text;
BEGIN
    IF days_ahead NOT BETWEEN 0 AND 31 THEN
        RAISE EXCEPTION 'day partitions can''t be made % days ahead', days_ahead
            USING ERRCODE = 'invalid_parameter_value',
                  HINT = 'Say 0 to 31: whoever reads the log has some work with every day.';
    END IF;
    FOR n IN 0 .. days_ahead + 1 LOOP
        FOREACH parent IN ARRAY ARRAY['outbox', 'outbox_seq', 'receipt_batch'] LOOP
            child := format('%s_%s', parent, to_char(first_day + n, 'YYYYMMDD'));
            CONTINUE WHEN to_regclass(format('commondata.%I', child)) IS NOT NULL;
            BEGIN
                EXECUTE format(
                    'LOCK TABLE commondata.%I IN SHARE UPDATE EXCLUSIVE MODE', parent);
                CONTINUE WHEN to_regclass(format('commondata.%I', child)) IS NOT NULL;
                EXECUTE format(
                    'CREATE TABLE commondata.%I '
                    '(LIKE commondata.%I INCLUDING ALL EXCLUDING IDENTITY EXCLUDING COMMENTS)',
                    child, parent);
                -- Who may read the log reads it through its parent, without payloads.
                EXECUTE format('REVOKE ALL ON commondata.%I FROM commondata_reader', child);
                EXECUTE format(
                    'ALTER TABLE commondata.%I ATTACH PARTITION commondata.%I '
                    'FOR VALUES FROM (%L) TO (%L)',
                    parent, child, first_day + n, first_day + n + 1);
            EXCEPTION
                WHEN lock_not_available THEN
                    RETURN made;
            END;
            made := made + 1;
        END LOOP;
    END LOOP;
    RETURN made;
END
$$;
COMMENT ON FUNCTION commondata.make_partitions(integer) IS
    'Makes the day partitions of the log up to so many days ahead; returns how many were new';

GRANT EXECUTE ON FUNCTION commondata.stamp() TO commondata_service, commondata_node;
-- For whoever stamps until the last slice.
GRANT SELECT ON commondata.sequencer TO commondata_service, commondata_node;
GRANT EXECUTE ON FUNCTION commondata.make_partitions(integer) TO commondata_node;
GRANT EXECUTE ON FUNCTION
    commondata.fresh(pg_snapshot, pg_snapshot),
    commondata.position_of(smallint, bigint, xid8, timestamptz)
TO commondata_reader;

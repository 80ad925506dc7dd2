-- After a failure: park takes a failed event's key out of the flow, or pauses the part if it is not
-- the event's fault. Under the subscription's login. How a parked key goes on: see the file of
-- retries.
--
-- How a failure came about is told by p_cause:
--   FAILED       the handler failed: an attempt of this event
--   TRANSIENT    the cause may pass by itself. An attempt, but if many keys fail so at once it is
--                an outage: the part is paused, and the attempts are given back
--   UNAVAILABLE  the handler says that what it needs is not there: the part is paused
--   PERMANENT    trying again does not help: dead at once
--   KILLER       workers end with it: an attempt, however many keys are parked

-- Three keys within ten seconds are no coincidence: the handler's surroundings are broken.
-- p_beside of them are not parked yet. But keys that were spared in five such outages, between
-- which others were handled, have more than an outage in common, and tell of none any more.
CREATE FUNCTION commondata.is_outage(
    sub      commondata.subscription,
    p_key    text,
    p_beside integer
) RETURNS boolean
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT count(*) + p_beside >= 2
    FROM commondata.parked_key AS k
    WHERE k.subscription = sub.name
      AND k.cause = 'TRANSIENT'
      AND k.key <> p_key
      AND k.spared < 5
      AND k.failed_at > clock_timestamp() - interval '10 seconds';
END;
COMMENT ON FUNCTION commondata.is_outage IS
    'Whether a transient failure of this key is one of many at once';

-- It was no fault of theirs: keys that failed in the outage get their attempt back, and wait for
-- its end like the part. They may lie in any part, as those that told of it (is_outage); a part
-- that another worker holds is left alone.
CREATE FUNCTION commondata.give_attempts_back(sub commondata.subscription, p_part smallint)
RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    WITH free AS (
        SELECT f.part
        FROM commondata.cursor AS f
        WHERE f.subscription = sub.name
        ORDER BY f.part
        FOR UPDATE SKIP LOCKED
    )
    UPDATE commondata.parked_key AS k
    SET
        attempts = greatest(k.attempts - 1, 0),
        spared = k.spared + CASE c.pause_count WHEN 1 THEN 1 ELSE 0 END,
        failed_at = NULL,
        tried_by = NULL,
        next_attempt_at = greatest(k.next_attempt_at, c.paused_until)
    FROM commondata.cursor AS c
    CROSS JOIN free
    WHERE c.subscription = sub.name
      AND c.part = p_part
      AND k.subscription = sub.name
      AND k.part = free.part
      AND k.cause = 'TRANSIENT'
      AND k.spared < 5
      AND k.failed_at > clock_timestamp() - interval '10 seconds';
END;
COMMENT ON FUNCTION commondata.give_attempts_back IS
    'Uncounts the attempts that the outage of a part has cost, in all parts that are free';

-- The one event that a paused part gives out has failed, so the outage goes on; but after ten such
-- probes it may be the event alone that meets it. If something waits behind it, it is counted, and
-- the next one probes: three keys that fail then are an outage again, and get their attempts back.
CREATE FUNCTION commondata.is_probing(
    sub   commondata.subscription,
    held  commondata.cursor,
    p_seq bigint
) RETURNS boolean
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT held.paused_until IS NOT NULL AND (
        held.pause_count < 10
        OR NOT EXISTS (
            SELECT FROM commondata.type_head AS t
            WHERE t.part = held.part AND t.type = ANY (sub.types) AND t.head > p_seq
        )
    );
END;
COMMENT ON FUNCTION commondata.is_probing IS
    'Whether a part is paused, and its next event may not be to blame for that';

-- Says why a failure is not to be counted against its event but pauses the part, or NULL. Other
-- keys of a batch that fail with it, p_beside of them to stay parked and p_transient_beside for a
-- cause that may pass, weigh as if they were parked before.
CREATE FUNCTION commondata.reason_to_pause(
    sub                commondata.subscription,
    held               commondata.cursor,
    p_key              text,
    p_seq              bigint,
    p_cause            text,
    p_error_message    text,
    p_beside           integer DEFAULT 0,
    p_transient_beside integer DEFAULT 0
) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    keys bigint;
BEGIN
    IF p_cause = 'UNAVAILABLE' THEN
        RETURN 'not available: ' || p_error_message;
    END IF;
    IF p_cause = 'TRANSIENT' AND (
        commondata.is_outage(sub, p_key, p_transient_beside)
        OR commondata.is_probing(sub, held, p_seq)
    ) THEN
        RETURN 'many keys fail: ' || p_error_message;
    END IF;
    SELECT count(*) + p_beside INTO keys
    FROM commondata.parked_key AS k
    WHERE k.subscription = sub.name AND k.key <> p_key AND k.cause NOT IN ('DELAYED', 'REPLAYED');
    IF keys >= sub.max_keys
       AND p_cause <> 'KILLER'
       AND NOT (p_cause = 'PERMANENT' AND sub.on_dead = 'SKIP') THEN
        RETURN format('%s other keys have failed: %s', keys, p_error_message);
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION commondata.reason_to_pause IS
    'Why a failure pauses its part instead of counting against its event; NULL: it counts';

-- Followers of parked keys between two positions join their chains. The events come first, and of
-- the keys only theirs are looked at, one by one: a plan that began with the keys would be slow
-- where thousands are parked, and the planner can't know that before they are analysed. So the
-- count is an INSERT, too: each meets its key.
CREATE FUNCTION commondata.park_followers(
    sub      commondata.subscription,
    p_part   smallint,
    p_from   bigint,
    p_pos_at timestamptz,
    p_to     bigint
) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    WITH events AS MATERIALIZED (
        SELECT
            b.seq,
            b.stamped_at,
            (
                SELECT k.key
                FROM commondata.parked_key AS k
                WHERE k.subscription = sub.name AND k.part = p_part AND k.key = b.key
            ) AS key
        FROM commondata.read_part(
            sub.name, sub.types, p_part, p_from, p_pos_at, p_to, NULL) AS b
    ),
    followers AS (
        INSERT INTO commondata.parked_event (subscription, part, key, seq, stamped_at)
        SELECT sub.name, p_part, e.key, e.seq, e.stamped_at
        FROM events AS e
        WHERE e.key IS NOT NULL
        RETURNING key
    )
    INSERT INTO commondata.parked_key AS k (subscription, part, key, chain)
    SELECT sub.name, p_part, f.key, count(*)
    FROM followers AS f
    GROUP BY f.key
    ON CONFLICT (subscription, part, key) DO UPDATE
    SET
        chain = k.chain + excluded.chain,
        is_long = k.chain + excluded.chain >= sub.max_chain;
END;
COMMENT ON FUNCTION commondata.park_followers IS 'Adds followers of parked keys to their chains';

-- pass_delayed: up to where a part may be read now. An event that is not due yet bounds it; when
-- the next ones wait, for their time or behind one that does, their keys are parked until then,
-- without an attempt, and NULL says that the cursor has moved. So a delayed event keeps its place
-- in the order of its key, and no other waits. All that wait are passed at once, as far as it
-- looks: one by one, the cursor would have a version each, and each look at it would pass them all.
CREATE FUNCTION commondata.pass_delayed(
    sub       commondata.subscription,
    held      commondata.cursor,
    p_head    bigint,
    p_head_at timestamptz,
    p_limit   integer
) RETURNS bigint
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET jit = off
AS $$
DECLARE
    front record;
BEGIN
    IF NOT EXISTS (
        SELECT FROM commondata.delay AS d
        WHERE d.part = held.part AND d.available_at > (SELECT clock_timestamp())
    ) THEN
        RETURN p_head;
    END IF;
    WITH events AS MATERIALIZED (
        SELECT
            b.seq,
            b.stamped_at,
            b.key,
            d.available_at,
            d.id IS NOT NULL AND k.key IS NULL AS is_first,
            k.key IS NOT NULL
                OR bool_or(d.id IS NOT NULL) OVER (PARTITION BY b.key ORDER BY b.seq) AS waits
        FROM commondata.read_part(
            sub.name, sub.types, held.part, held.pos, held.pos_at, p_head,
            greatest(p_limit, 100), p_head_at) AS b
        CROSS JOIN LATERAL commondata.at_position(b.part, b.seq) AS q
        LEFT JOIN commondata.delay AS d
            ON d.id = q.id
            AND d.available_at > clock_timestamp()
        LEFT JOIN commondata.parked_key AS k
            ON k.subscription = sub.name
            AND k.part = held.part
            AND k.key = b.key
        WHERE q.stamped_at = b.stamped_at
    ),
    bounds AS (
        SELECT
            min(e.seq) FILTER (WHERE e.is_first) AS delayed,
            coalesce(min(e.seq) FILTER (WHERE NOT e.waits), max(e.seq) + 1) AS ready
        FROM events AS e
    ),
    passed AS (
        SELECT e.*
        FROM events AS e
        JOIN bounds AS b
            ON b.delayed < b.ready
            AND e.seq < b.ready
    ),
    keys AS (
        INSERT INTO commondata.parked_key AS k (
            subscription, part, key, chain, is_long, cause, next_attempt_at)
        SELECT
            sub.name,
            held.part,
            p.key,
            count(*),
            count(*) >= sub.max_chain,
            'DELAYED',
            coalesce((array_agg(p.available_at ORDER BY p.seq))[1], clock_timestamp())
        FROM passed AS p
        GROUP BY p.key
        ON CONFLICT (subscription, part, key) DO UPDATE
        SET
            chain = k.chain + excluded.chain,
            is_long = k.chain + excluded.chain >= sub.max_chain
    ),
    chains AS (
        INSERT INTO commondata.parked_event (subscription, part, key, seq, stamped_at)
        SELECT sub.name, held.part, p.key, p.seq, p.stamped_at
        FROM passed AS p
    )
    SELECT b.delayed, b.ready INTO front FROM bounds AS b;
    IF front.delayed IS NULL THEN
        RETURN p_head;
    ELSIF front.ready < front.delayed THEN
        RETURN front.delayed - 1;
    END IF;
    PERFORM commondata.move_cursor(sub.name, held.part, held.pos, front.ready - 1, true);
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION commondata.pass_delayed IS
    'Up to where a part may be read; parks the keys of events that are next and not due yet';

-- pass_waiting: moves the cursor up to a position, past delayed events and followers of parked
-- keys, which join their chains; to the first event that is neither, if there is one. Returns the
-- cursor. What next_batch passed before it gave out an event may have been rolled back with it.
CREATE FUNCTION commondata.pass_waiting(
    sub    commondata.subscription,
    p_part smallint,
    p_to   bigint
) RETURNS commondata.cursor
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET jit = off
AS $$
DECLARE
    held     commondata.cursor;
    upto     bigint;
    moved_to bigint;
BEGIN
    LOOP
        SELECT c.* INTO held
        FROM commondata.cursor AS c
        WHERE c.subscription = sub.name AND c.part = p_part;
        EXIT WHEN held.pos >= p_to;
        upto := commondata.pass_delayed(sub, held, p_to, 'infinity', 1000);
        CONTINUE WHEN upto IS NULL;
        SELECT coalesce(min(b.seq) FILTER (WHERE k.key IS NULL) - 1, max(b.seq)) INTO moved_to
        FROM commondata.read_part(
            sub.name, sub.types, held.part, held.pos, held.pos_at, upto, 1000) AS b
        LEFT JOIN commondata.parked_key AS k
            ON k.subscription = sub.name
            AND k.part = held.part
            AND k.key = b.key;
        EXIT WHEN (moved_to > held.pos) IS NOT TRUE;
        PERFORM commondata.move_cursor(sub.name, held.part, held.pos, moved_to, true);
        PERFORM commondata.park_followers(sub, held.part, held.pos, held.pos_at, moved_to);
    END LOOP;
    RETURN held;
END
$$;
COMMENT ON FUNCTION commondata.pass_waiting IS
    'Moves a cursor past what waits anyway, up to a position; returns it';

-- park: the event failed and its transaction was rolled back. Parks its key and moves the cursor
-- past it, so that other keys flow on. Says what became of it:
--   PARKED   its key waits for the next attempt
--   DEAD     it is a dead letter
--   PAUSED   it is not its fault: the part waits, nothing was counted
--   GONE     another node has handled it meanwhile
CREATE FUNCTION commondata.park(
    p_subscription  text,
    p_part          integer,
    p_seq           bigint,
    p_error_class   text,
    p_error_message text,
    p_node          text,
    p_cause         text DEFAULT 'FAILED'
) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET jit = off
AS $$
DECLARE
    sub    commondata.subscription := commondata.owned_subscription(p_subscription);
    held   commondata.cursor;
    failed commondata.batch_event;
    pause  text;
BEGIN
    PERFORM commondata.check_isolation();
    SELECT c.* INTO held
    FROM commondata.cursor AS c
    WHERE c.subscription = p_subscription AND c.part = p_part
    FOR UPDATE;
    held := commondata.pass_waiting(sub, held.part, p_seq - 1);
    SELECT b.* INTO failed
    FROM commondata.read_part(
        p_subscription, sub.types, held.part, held.pos, held.pos_at, p_seq, NULL) AS b
    WHERE NOT EXISTS (
        SELECT FROM commondata.parked_key AS k
        WHERE k.subscription = p_subscription AND k.part = held.part AND k.key = b.key
    )
    ORDER BY b.seq
    LIMIT 1;
    IF failed.seq IS DISTINCT FROM p_seq THEN
        RETURN 'GONE';
    END IF;
    pause := commondata.reason_to_pause(
        sub, held, failed.key, p_seq, p_cause, p_error_message);
    IF pause IS NOT NULL THEN
        PERFORM commondata.pause_part(sub, held.part, pause);
        -- Nobody has died: who says this lives, and the cursor stands before the event.
        DELETE FROM commondata.work_mark AS m
        WHERE m.subscription = p_subscription AND m.part = held.part;
        RETURN 'PAUSED';
    END IF;
    PERFORM commondata.move_cursor(p_subscription, held.part, held.pos, p_seq);
    INSERT INTO commondata.parked_key (
        subscription, part, key, chain, error_class, error_message)
    VALUES (p_subscription, held.part, failed.key, 1, p_error_class, p_error_message);
    INSERT INTO commondata.parked_event (subscription, part, key, seq, stamped_at)
    VALUES (p_subscription, held.part, failed.key, p_seq, failed.stamped_at);
    RETURN commondata.count_failure(
        sub, held.part, failed.key, p_error_class, p_error_message, p_node, p_cause);
END
$$;
COMMENT ON FUNCTION commondata.park IS
    'Parks the key of an event that failed, in a transaction of its own after the roll-back';

-- The head of a parked key failed once more: wait longer, or make it a dead letter.
CREATE FUNCTION commondata.count_failure(
    sub             commondata.subscription,
    p_part          smallint,
    p_key           text,
    p_error_class   text,
    p_error_message text,
    p_node          text,
    p_cause         text DEFAULT 'FAILED'
) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    parked commondata.parked_key;
BEGIN
    UPDATE commondata.parked_key AS k
    SET
        attempts = k.attempts + 1,
        error_class = p_error_class,
        error_message = p_error_message,
        cause = CASE p_cause WHEN 'TRANSIENT' THEN 'TRANSIENT' ELSE 'FAILED' END,
        failed_at = clock_timestamp(),
        tried_by = NULL,
        crash_count = 0,
        tries = 0,
        next_attempt_at = clock_timestamp() + commondata.wait_after(sub, k.attempts)
    WHERE k.subscription = sub.name AND k.part = p_part AND k.key = p_key
    RETURNING k.* INTO parked;
    IF parked.attempts < sub.max_attempts AND p_cause <> 'PERMANENT' THEN
        RETURN 'PARKED';
    END IF;
    PERFORM commondata.give_head_up(parked, p_node, sub.on_dead = 'HOLD');
    PERFORM commondata.next_in_chain(sub.name, p_part, p_key);
    RETURN 'DEAD';
END
$$;
COMMENT ON FUNCTION commondata.count_failure IS
    'Counts one failure of a parked key''s head; exhausted, the head becomes a dead letter';

-- The head leaves its chain and becomes a dead letter: a copy of the event in the log, or of the
-- letter that was replayed and has failed again. One whose row is gone or hidden fails, as when a
-- part is read: it would vanish without a word.
CREATE FUNCTION commondata.give_head_up(
    parked  commondata.parked_key,
    p_node  text,
    p_holds boolean
) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET jit = off
AS $$
DECLARE
    head commondata.parked_event;
BEGIN
    DELETE FROM commondata.parked_event AS e
    WHERE (e.subscription, e.part, e.key) = (parked.subscription, parked.part, parked.key)
      AND e.seq = (
          SELECT min(m.seq)
          FROM commondata.parked_event AS m
          WHERE (m.subscription, m.part, m.key) = (parked.subscription, parked.part, parked.key)
      )
    RETURNING e.* INTO head;
    UPDATE commondata.parked_key AS k
    SET chain = k.chain - 1
    WHERE (k.subscription, k.part, k.key) = (parked.subscription, parked.part, parked.key);
    INSERT INTO commondata.dead_letter (
        subscription, part, seq, stamped_at, event_id, type, version, key, correlation_id,
        business_date, payload, attempts, error_class, error_message, node, source, kind,
        causation_id, reply_to, occurred_at, traceparent, edited_from, holds)
    SELECT
        parked.subscription, parked.part, head.seq, head.stamped_at,
        coalesce(o.event_id, commondata.missing_event(parked.part, head.seq)), o.type, o.version,
        o.key, o.correlation_id, o.business_date, o.payload, parked.attempts, parked.error_class,
        parked.error_message, p_node, o.source, o.kind, o.causation_id, o.reply_to, o.occurred_at,
        o.traceparent, NULL, p_holds
    FROM (SELECT WHERE head.letter IS NULL) AS of_log
    LEFT JOIN commondata.at_position(parked.part, head.seq) AS q ON q.stamped_at = head.stamped_at
    LEFT JOIN commondata.outbox AS o
        ON o.tx = q.tx
        AND o.id = q.id
        AND o.occurred_at = q.occurred_at
    UNION ALL
    SELECT
        d.subscription, d.part, d.seq, d.stamped_at, d.event_id, d.type, d.version, d.key,
        d.correlation_id, d.business_date, d.payload, d.attempts + parked.attempts,
        parked.error_class, parked.error_message, p_node, d.source, d.kind, d.causation_id,
        d.reply_to, d.occurred_at, d.traceparent, d.edited_from, p_holds
    FROM commondata.dead_letter AS d
    WHERE d.id = head.letter;
END
$$;
COMMENT ON FUNCTION commondata.give_head_up IS 'Makes the head of a parked key a dead letter';

GRANT EXECUTE ON FUNCTION
    commondata.park(text, integer, bigint, text, text, text, text)
TO commondata_service;

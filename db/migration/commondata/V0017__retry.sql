-- Trying a parked key again: begin_retry chooses one that is due, next_parked gives out its head,
-- finish_parked and fail_parked end the try. Under the subscription's login. What a failure is, and
-- how a key gets parked, stands in the file of failures.

-- When an event that waits in a chain may be handled: now, as a rule.
CREATE FUNCTION commondata.due_at(p_part smallint, p_seq bigint, p_stamped_at timestamptz)
RETURNS timestamptz
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET jit = off
AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM commondata.delay AS d
        WHERE d.part = p_part AND d.available_at > (SELECT clock_timestamp())
    ) THEN
        RETURN clock_timestamp();
    END IF;
    RETURN coalesce((
        SELECT d.available_at
        FROM commondata.at_position(p_part, p_seq) AS q
        JOIN commondata.delay AS d ON d.id = q.id
        WHERE q.stamped_at = p_stamped_at
          AND d.available_at > clock_timestamp()
    ), clock_timestamp());
END
$$;
COMMENT ON FUNCTION commondata.due_at IS 'When an event of a chain may be handled';

-- A letter that holds its key is before what came later, and not before an older letter that is
-- replayed.
CREATE FUNCTION commondata.is_held(p_subscription text, p_part smallint, p_key text)
RETURNS boolean
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT EXISTS (
        SELECT
        FROM commondata.dead_letter AS d
        WHERE (d.subscription, d.part, d.key) = (p_subscription, p_part, p_key)
          AND d.state = 'OPEN'
          AND d.holds
          AND NOT EXISTS (
              SELECT FROM commondata.parked_event AS e
              WHERE (e.subscription, e.part, e.key) = (p_subscription, p_part, p_key)
                AND e.seq < d.seq
          )
    );
END;
COMMENT ON FUNCTION commondata.is_held IS
    'Whether an open dead letter that holds the key lies before all that waits of it';

CREATE FUNCTION commondata.next_in_chain(p_subscription text, p_part smallint, p_key text)
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    head commondata.parked_event;
    due  timestamptz;
BEGIN
    IF commondata.is_held(p_subscription, p_part, p_key) THEN
        UPDATE commondata.parked_key AS k
        SET held = true, tried_by = NULL
        WHERE (k.subscription, k.part, k.key) = (p_subscription, p_part, p_key);
        RETURN;
    END IF;
    SELECT e.* INTO head
    FROM commondata.parked_event AS e
    WHERE (e.subscription, e.part, e.key) = (p_subscription, p_part, p_key)
    ORDER BY e.seq
    LIMIT 1;
    IF NOT FOUND THEN
        DELETE FROM commondata.parked_key AS k
        WHERE (k.subscription, k.part, k.key) = (p_subscription, p_part, p_key);
        RETURN;
    END IF;
    due := commondata.due_at(p_part, head.seq, head.stamped_at);
    UPDATE commondata.parked_key AS k
    SET
        attempts = 0,
        spared = 0,
        held = false,
        tried_by = NULL,
        crash_count = 0,
        tries = 0,
        next_attempt_at = due,
        cause = CASE WHEN due > clock_timestamp() THEN 'DELAYED' ELSE k.cause END
    WHERE (k.subscription, k.part, k.key) = (p_subscription, p_part, p_key);
END
$$;
COMMENT ON FUNCTION commondata.next_in_chain IS
    'Lets the next event of a parked key try if no dead letter holds it, or frees the key if there '
    'is none';

-- begin_retry: picks a parked key that is due and writes down who tries it, in a transaction of its
-- own: so the try is known even if the process dies of it. The key stays due meanwhile: what keeps
-- others away is the lock of its part, which the worker takes next (next_parked). So who can lock
-- the part and finds another's name on the key finds a try that did not come to an end, and takes
-- it over. But a worker that lives leaves its part free twice: in the moment before it locks it, so
-- in its first second a name is no evidence; and in the moment between the roll-back of a failure
-- and its count. So a name is doubted first, and taken for a death's if it stands there a second
-- later. The session of an SQL client is known to be gone.
-- A first death convicts nobody, as with mark_work; the next one is counted as a failure, and so is
-- the first of an event whose last failure was a death.
CREATE FUNCTION commondata.begin_retry(p_subscription text, p_worker text, p_node text)
RETURNS TABLE (part smallint, key text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    sub      commondata.subscription := commondata.owned_subscription(p_subscription);
    passed   smallint[] := '{}';
    due      commondata.parked_key;
    has_died boolean;
BEGIN
    IF sub.paused THEN
        RETURN;
    END IF;
    LOOP
        SELECT k.* INTO due
        FROM commondata.parked_key AS k
        WHERE k.subscription = p_subscription
          AND NOT k.held
          AND k.next_attempt_at <= (SELECT clock_timestamp())
          AND k.part <> ALL (passed)
        ORDER BY k.next_attempt_at
        LIMIT 1;
        EXIT WHEN NOT FOUND;
        PERFORM FROM commondata.cursor AS c
        WHERE c.subscription = p_subscription AND c.part = due.part
        FOR UPDATE SKIP LOCKED;
        IF NOT FOUND THEN
            passed := passed || due.part;
            CONTINUE;
        END IF;
        SELECT k.* INTO due
        FROM commondata.parked_key AS k
        WHERE (k.subscription, k.part, k.key) = (p_subscription, due.part, due.key)
          AND NOT k.held
          AND k.next_attempt_at <= clock_timestamp();
        CONTINUE WHEN NOT FOUND;
        IF due.tried_by <> p_worker AND due.tried_at > clock_timestamp() - interval '1 second' THEN
            passed := passed || due.part;
            CONTINUE;
        END IF;
        IF due.tried_by <> p_worker
           AND due.tried_by NOT LIKE 'session %'
           AND (due.doubted_at < clock_timestamp() - interval '1 second') IS NOT TRUE THEN
            UPDATE commondata.parked_key AS k
            SET doubted_at = clock_timestamp()
            WHERE (k.subscription, k.part, k.key) = (p_subscription, due.part, due.key)
              AND k.doubted_at IS NULL;
            passed := passed || due.part;
            CONTINUE;
        END IF;
        has_died := coalesce(
            due.tried_by <> p_worker AND NOT commondata.is_live_session(due.tried_by), false);
        IF has_died
           AND (due.crash_count > 0 OR due.attempts > 0 AND due.error_class = 'WorkerDied') THEN
            PERFORM commondata.count_failure(
                sub, due.part, due.key, 'WorkerDied',
                format('process "%s" ended while it handled the event', due.tried_by),
                p_node, 'FAILED');
            CONTINUE;
        END IF;
        UPDATE commondata.parked_key AS k
        SET
            tried_by = p_worker,
            tried_at = clock_timestamp(),
            doubted_at = NULL,
            crash_count = k.crash_count + has_died::integer,
            tries = k.tries + 1
        WHERE (k.subscription, k.part, k.key) = (p_subscription, due.part, due.key);
        RETURN QUERY SELECT due.part, due.key;
        RETURN;
    END LOOP;
END
$$;
COMMENT ON FUNCTION commondata.begin_retry IS
    'Picks a parked key that is due and marks it as tried; in a transaction of its own';

-- next_parked: the head of the parked key that begin_retry gave to this worker, under the lock of
-- its part's cursor: so that "a follower joins the chain" and "the chain became empty" can't cross.
-- Nothing, if somebody else has the part, or has taken the try over. What was parked is given out
-- whatever the subscription asks for today: else it would stay due for ever, before all others. An
-- event whose row is gone or hidden fails, as when a part is read: nobody would miss it.
CREATE FUNCTION commondata.next_parked(
    p_subscription text,
    p_worker       text,
    p_part         integer,
    p_key          text
) RETURNS SETOF commondata.batch_event
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET jit = off
AS $$
DECLARE
    sub  commondata.subscription := commondata.owned_subscription(p_subscription);
    head commondata.parked_event;
BEGIN
    IF sub.paused THEN
        RETURN;
    END IF;
    IF sub.time_limit_ms > 30000 THEN
        PERFORM commondata.allow_silence(sub);
    END IF;
    PERFORM FROM commondata.cursor AS c
    WHERE c.subscription = p_subscription AND c.part = p_part
    FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    SELECT e.* INTO head
    FROM commondata.parked_event AS e
    JOIN commondata.parked_key AS k USING (subscription, part, key)
    WHERE (e.subscription, e.part, e.key) = (p_subscription, p_part, p_key)
      AND NOT k.held
      AND k.tried_by = p_worker
    ORDER BY e.seq
    LIMIT 1;
    IF NOT FOUND THEN
        RETURN;
    ELSIF head.letter IS NOT NULL THEN
        RETURN QUERY
        SELECT
            d.part, head.seq - 1, head.seq, head.seq, head.stamped_at, d.event_id, d.source, d.kind,
            d.type, d.version, d.key, d.correlation_id, d.causation_id, d.reply_to, d.business_date,
            d.occurred_at, d.traceparent, d.payload
        FROM commondata.dead_letter AS d
        WHERE d.id = head.letter;
        RETURN;
    END IF;
    RETURN QUERY
    SELECT
        head.part, head.seq - 1, head.seq, head.seq, head.stamped_at,
        coalesce(o.event_id, commondata.missing_event(head.part, head.seq)), o.source, o.kind,
        o.type, o.version, o.key, o.correlation_id, o.causation_id, o.reply_to, o.business_date,
        o.occurred_at, o.traceparent, o.payload
    FROM (SELECT) AS of_log
    LEFT JOIN commondata.at_position(head.part, head.seq) AS q ON q.stamped_at = head.stamped_at
    LEFT JOIN commondata.outbox AS o
        ON o.tx = q.tx
        AND o.id = q.id
        AND o.occurred_at = q.occurred_at;
END
$$;
COMMENT ON FUNCTION commondata.next_parked IS
    'Locks a part and returns the head of the parked key that begin_retry gave to this worker';

CREATE FUNCTION commondata.finish_parked(
    p_subscription text,
    p_part         integer,
    p_key          text,
    p_seq          bigint,
    p_node         text
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM commondata.owned_subscription(p_subscription);
    DELETE FROM commondata.parked_event AS e
    WHERE (e.subscription, e.part, e.key, e.seq) = (p_subscription, p_part, p_key, p_seq);
    IF NOT FOUND THEN
        RAISE EXCEPTION
            'event % of parked key "%" of "%" in part % is not there: the work is stale',
            p_seq, p_key, p_subscription, p_part
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  HINT = 'Roll back.';
    END IF;
    UPDATE commondata.parked_key AS k
    SET chain = k.chain - 1
    WHERE (k.subscription, k.part, k.key) = (p_subscription, p_part, p_key);
    PERFORM commondata.write_receipt(p_subscription, p_part::smallint, ARRAY[p_seq], p_node);
    PERFORM commondata.next_in_chain(p_subscription, p_part::smallint, p_key);
    -- What could be done shows that an outage is over.
    UPDATE commondata.cursor AS c
    SET paused_until = NULL, pause_count = 0, pause_reason = NULL
    WHERE c.subscription = p_subscription AND c.part = p_part AND c.paused_until IS NOT NULL;
END
$$;
COMMENT ON FUNCTION commondata.finish_parked IS
    'Ends the work that next_parked began in the same transaction';

-- fail_parked: as park, for a head that this worker has tried again. Whoever has taken the try over
-- meanwhile has accounted for it.
CREATE FUNCTION commondata.fail_parked(
    p_subscription  text,
    p_worker        text,
    p_part          integer,
    p_key           text,
    p_seq           bigint,
    p_error_class   text,
    p_error_message text,
    p_node          text,
    p_cause         text DEFAULT 'FAILED'
) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    sub   commondata.subscription := commondata.owned_subscription(p_subscription);
    held  commondata.cursor;
    pause text;
BEGIN
    SELECT c.* INTO held
    FROM commondata.cursor AS c
    WHERE c.subscription = p_subscription AND c.part = p_part
    FOR UPDATE;
    IF (
        SELECT min(e.seq)
        FROM commondata.parked_event AS e
        JOIN commondata.parked_key AS k USING (subscription, part, key)
        WHERE (e.subscription, e.part, e.key) = (p_subscription, p_part, p_key)
          AND k.tried_by = p_worker
    ) IS DISTINCT FROM p_seq THEN
        RETURN 'GONE';
    END IF;
    pause := commondata.reason_to_pause(sub, held, p_key, p_seq, p_cause, p_error_message);
    IF pause IS NOT NULL AND p_cause IN ('UNAVAILABLE', 'TRANSIENT') THEN
        PERFORM commondata.pause_part(sub, held.part, pause);
        UPDATE commondata.parked_key AS k
        SET tried_by = NULL, tries = 0, next_attempt_at = c.paused_until
        FROM commondata.cursor AS c
        WHERE (c.subscription, c.part) = (p_subscription, p_part)
          AND (k.subscription, k.part, k.key) = (p_subscription, p_part, p_key);
        RETURN 'PAUSED';
    END IF;
    RETURN commondata.count_failure(
        sub, held.part, p_key, p_error_class, p_error_message, p_node, p_cause);
END
$$;
COMMENT ON FUNCTION commondata.fail_parked IS
    'Counts a failed retry, in a transaction of its own after the roll-back';

-- release_event: an operator's act; the event keeps its place, so what lies before it in its chain
-- still comes first. Waits for the batches under way in its part (their cursor locks), ten seconds
-- at most: whoever has parked its key until its time is found, and whoever comes later sees the
-- new one. An event_id is its publisher's to make: all that wait under it are meant.
CREATE FUNCTION commondata.release_event(p_event_id uuid, p_actor text, p_reason text)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET lock_timeout = '10s'
AS $$
DECLARE
    waiting commondata.delay[];
BEGIN
    waiting := ARRAY(
        SELECT d
        FROM commondata.delay AS d
        JOIN commondata.outbox AS o
            ON o.key = d.key
            AND o.id = d.id
        WHERE o.event_id = p_event_id
          AND d.available_at > clock_timestamp());
    IF cardinality(waiting) = 0 THEN
        RETURN false;
    END IF;
    PERFORM
    FROM commondata.cursor AS c
    WHERE c.part IN (SELECT w.part FROM unnest(waiting) AS w)
    ORDER BY c.part, c.subscription
    FOR UPDATE;
    UPDATE commondata.delay AS d
    SET available_at = clock_timestamp()
    FROM unnest(waiting) AS w
    WHERE d.id = w.id;
    UPDATE commondata.parked_key AS k
    SET next_attempt_at = commondata.due_at(h.part, h.seq, h.stamped_at)
    FROM (
        SELECT DISTINCT ON (e.subscription, e.part, e.key) e.*
        FROM commondata.parked_event AS e
        JOIN unnest(waiting) AS w
            ON w.part = e.part
            AND w.key = e.key
        ORDER BY e.subscription, e.part, e.key, e.seq
    ) AS h
    WHERE (k.subscription, k.part, k.key) = (h.subscription, h.part, h.key)
      AND k.cause = 'DELAYED'
      AND k.next_attempt_at > clock_timestamp();
    PERFORM commondata.audit(
        p_actor,
        'release',
        'event ' || p_event_id,
        p_reason,
        jsonb_build_object('available_at', (SELECT max(w.available_at) FROM unnest(waiting) AS w)));
    RETURN true;
END
$$;
COMMENT ON FUNCTION commondata.release_event IS
    'Lets a delayed event be handled before its time, audited; false if none waits for one';
GRANT EXECUTE ON FUNCTION commondata.release_event(uuid, text, text) TO commondata_operator;

GRANT EXECUTE ON FUNCTION
    commondata.begin_retry(text, text, text),
    commondata.next_parked(text, text, integer, text),
    commondata.finish_parked(text, integer, text, bigint, text),
    commondata.fail_parked(text, text, integer, text, bigint, text, text, text, text)
TO commondata_service;

-- How an SQL client ends a batch: fail refuses an event of it, finish ends it. Under the
-- subscription's login. How it begins, and what the calls have in common, stands in the file of SQL
-- clients; what a failure is, in the file of failures.

-- Positions of a key that wait once the event at p_seq is refused: it, what the batch has behind
-- it, and what was refused with its followers before.
CREATE FUNCTION commondata.refused_chain(
    p_batch commondata.taken_batch,
    p_key   text,
    p_seq   bigint
) RETURNS jsonb
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT jsonb_agg(
        jsonb_build_object('seq', e.seq, 'stamped_at', e.stamped_at) ORDER BY e.seq)
    FROM (
        SELECT b.seq, b.stamped_at
        FROM unnest(p_batch.events) AS b
        WHERE b.key = p_key AND b.seq >= p_seq
        UNION ALL
        SELECT w.seq, w.stamped_at
        FROM jsonb_to_recordset(p_batch.failed) AS f (key text, events jsonb)
        CROSS JOIN LATERAL jsonb_to_recordset(f.events)
            AS w (seq bigint, stamped_at timestamptz)
        WHERE f.key = p_key
    ) AS e;
END;
COMMENT ON FUNCTION commondata.refused_chain IS
    'What waits of a key of a batch once one of its events is refused; for fail';

-- without_values: what the server said of an error, for people. Of data that does not fit (class
-- 22) it quotes the value: all from the first quote to the last goes, in any language of the
-- server. Of a constraint (class 23) the value stands behind the first line, if a driver adds it.
CREATE FUNCTION commondata.without_values(error_class text, error_message text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE
        WHEN error_class ~ '^22...$' THEN regexp_replace(
            split_part(error_message, E'\n', 1),
            replace('[Q](.*[Q]|[^Q]*$)', 'Q', '"\u00ab\u00bb\u201c\u201d\u201e'),
            '"***"')
        WHEN error_class ~ '^23...$' THEN split_part(error_message, E'\n', 1)
        ELSE error_message
    END;
END;
COMMENT ON FUNCTION commondata.without_values(text, text) IS
    'An error''s message without the values that the server shows in it';

-- Whether today's events have a partition; who publishes without one meets SQLSTATE 23514.
CREATE FUNCTION commondata.has_today() RETURNS boolean
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT EXISTS (
        SELECT FROM pg_inherits AS i
        WHERE i.inhparent = 'commondata.outbox'::regclass
          AND i.inhrelid = to_regclass(
              'commondata.outbox_' || to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYYMMDD'))
    );
END;
COMMENT ON FUNCTION commondata.has_today() IS 'Whether the log has a partition for today';

-- fail: refuses one event of the open batch. What it returns must be left alone from then on: the
-- event itself and those behind it with its key. Of a key the earliest refused event fails, in
-- whatever order they are refused: those behind it wait. Nothing is counted before finish(), so
-- that a roll-back forgets it. An outage is no failure of the event: its SQLSTATE is refused here,
-- so that a client can hand over whatever it caught. They are those of the Java poller: connection
-- lost, deadlock, lock time-out, disk full, out of memory, read-only, cut off, shut down, I/O
-- error; and a violated constraint while the log has no partition for today, in which case all that
-- publish meet one. A statement that took too long is none: it may be the event's. At the tenth try
-- of an event what it may have brought about itself is counted, as by the poller. p_cause says what
-- else is known of the failure, as for park(): FAILED | TRANSIENT | UNAVAILABLE | PERMANENT.
CREATE FUNCTION commondata.fail(
    p_subscription  text,
    p_seq           bigint,
    p_error_message text,
    p_error_class   text DEFAULT 'Refused',
    p_cause         text DEFAULT 'FAILED'
) RETURNS bigint[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    open_one  commondata.taken_batch;
    culprit   commondata.batch_event;
    waiting   jsonb;
    is_outage boolean := p_error_class ~ '^08...$'
        OR p_error_class IN (
            '25006', '25P03', '25P04', '40001', '40P01', '53100', '53200', '53300', '55P03',
            '57P01', '57P02', '57P03', '57P04', '57P05', '58000', '58030')
        OR p_error_class = '23514' AND NOT commondata.has_today();
    may_be_own boolean := p_error_class IN (
        '25006', '25P03', '25P04', '40001', '40P01', '53200', '55P03');
BEGIN
    PERFORM commondata.owned_subscription(p_subscription);
    SELECT t.* INTO open_one
    FROM commondata.taken_batch AS t
    WHERE t.subscription = p_subscription;
    IF is_outage AND (may_be_own AND open_one.is_suspect) IS NOT TRUE THEN
        RAISE EXCEPTION 'SQLSTATE % is an outage, no failure of event %: %',
            p_error_class, p_seq, p_error_message
            USING ERRCODE = p_error_class,
                  HINT = 'Roll back and take the batch again; no attempt was counted.';
    END IF;
    IF (p_cause IN ('FAILED', 'TRANSIENT', 'UNAVAILABLE', 'PERMANENT')) IS NOT TRUE THEN
        RAISE EXCEPTION 'cause "%" of the failure of event % is not known', p_cause, p_seq
            USING ERRCODE = 'invalid_parameter_value',
                  HINT = 'Say FAILED, TRANSIENT, UNAVAILABLE or PERMANENT.';
    END IF;
    SELECT b.* INTO culprit FROM unnest(open_one.events) AS b WHERE b.seq = p_seq;
    IF FOUND THEN
        waiting := commondata.refused_chain(open_one, culprit.key, p_seq);
        UPDATE commondata.taken_batch AS t
        SET
            events = ARRAY(
                SELECT b
                FROM unnest(open_one.events) AS b
                WHERE b.key <> culprit.key OR b.seq < p_seq
                ORDER BY b.seq
            ),
            failed = (
                SELECT coalesce(jsonb_agg(f.failure), '[]')
                FROM jsonb_array_elements(t.failed) AS f (failure)
                WHERE f.failure ->> 'key' <> culprit.key
            ) || jsonb_build_object(
                'key', culprit.key,
                'cause', p_cause,
                'class', coalesce(nullif(btrim(p_error_class), ''), 'Refused'),
                'message', left(
                    coalesce(commondata.without_values(p_error_class, p_error_message), ''), 1000),
                'events', waiting)
        WHERE t.subscription = p_subscription;
    ELSE
        -- It waits already, and goes on to wait.
        SELECT f.failure -> 'events' INTO waiting
        FROM jsonb_array_elements(open_one.failed) AS f (failure)
        WHERE f.failure -> 'events' @> jsonb_build_array(jsonb_build_object('seq', p_seq));
        IF NOT FOUND THEN
            RAISE EXCEPTION 'event % is not in an open batch of "%"', p_seq, p_subscription
                USING ERRCODE = 'object_not_in_prerequisite_state',
                      HINT = 'Refuse an event in the transaction that took it, before finish().';
        END IF;
    END IF;
    RETURN ARRAY(
        SELECT e.seq
        FROM jsonb_to_recordset(waiting) AS e (seq bigint)
        WHERE e.seq >= p_seq
        ORDER BY e.seq
    );
END
$$;
COMMENT ON FUNCTION commondata.fail IS
    'Refuses an event of the open batch; returns what to leave alone: it and its followers';

-- Why the part of a batch is to be paused: the first of its refused events that says so, beside all
-- the others, or NULL. What becomes a dead letter at once, and lets its key go on, parks nothing.
CREATE FUNCTION commondata.pause_of_refused(
    sub     commondata.subscription,
    p_batch commondata.taken_batch
) RETURNS text
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT r.reason
    FROM commondata.cursor AS c
    CROSS JOIN (
        SELECT
            w.*,
            count(*) FILTER (WHERE w.is_transient) OVER () - w.is_transient::integer AS transient,
            count(*) FILTER (WHERE w.stays) OVER () - w.stays::integer AS parked
        FROM (
            SELECT
                f.*,
                f.cause = 'TRANSIENT' AS is_transient,
                sub.on_dead = 'HOLD' OR sub.max_attempts > 1 AND f.cause <> 'PERMANENT' AS stays
            FROM jsonb_to_recordset(p_batch.failed)
                AS f (key text, cause text, message text, events jsonb)
        ) AS w
    ) AS f
    CROSS JOIN LATERAL commondata.reason_to_pause(
        sub, c, f.key, (f.events #>> '{0,seq}')::bigint, f.cause, f.message, f.parked::integer,
        f.transient::integer) AS r (reason)
    WHERE (c.subscription, c.part) = (sub.name, p_batch.part)
      AND r.reason IS NOT NULL
    LIMIT 1;
END;
COMMENT ON FUNCTION commondata.pause_of_refused IS
    'Why what was refused of a batch pauses its part; NULL: it counts against the events';

-- The refused events of a batch whose cursor has just moved over them: their keys are parked, with
-- their followers, and the failures counted; or p_pause says why that is not the events' fault:
-- then the part is paused behind them, they wait as long, and nothing is counted.
CREATE FUNCTION commondata.park_refused(
    sub     commondata.subscription,
    p_batch commondata.taken_batch,
    p_node  text,
    p_pause text
) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    refused record;
BEGIN
    IF p_pause IS NOT NULL THEN
        PERFORM commondata.pause_part(sub, p_batch.part, p_pause);
    END IF;
    FOR refused IN
        SELECT
            f.key,
            CASE f.cause WHEN 'UNAVAILABLE' THEN 'TRANSIENT' ELSE f.cause END AS cause,
            f.class,
            f.message,
            f.events,
            coalesce(c.paused_until, clock_timestamp()) AS next_attempt_at
        FROM jsonb_to_recordset(p_batch.failed)
            AS f (key text, cause text, class text, message text, events jsonb)
        JOIN commondata.cursor AS c
            ON c.subscription = sub.name
            AND c.part = p_batch.part
    LOOP
        INSERT INTO commondata.parked_key (
            subscription, part, key, chain, is_long, next_attempt_at, cause, error_class,
            error_message)
        VALUES (
            sub.name, p_batch.part, refused.key, jsonb_array_length(refused.events),
            jsonb_array_length(refused.events) >= sub.max_chain, refused.next_attempt_at,
            CASE refused.cause WHEN 'TRANSIENT' THEN 'TRANSIENT' ELSE 'FAILED' END, refused.class,
            refused.message);
        INSERT INTO commondata.parked_event (subscription, part, key, seq, stamped_at)
        SELECT sub.name, p_batch.part, refused.key, e.seq, e.stamped_at
        FROM jsonb_to_recordset(refused.events) AS e (seq bigint, stamped_at timestamptz);
        CONTINUE WHEN p_pause IS NOT NULL;
        PERFORM commondata.count_failure(
            sub, p_batch.part, refused.key, refused.class, refused.message, p_node, refused.cause);
    END LOOP;
END
$$;
COMMENT ON FUNCTION commondata.park_refused IS 'Parks the keys of refused events; for finish';

CREATE FUNCTION commondata.finish(p_subscription text, p_node text DEFAULT NULL) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    sub     commondata.subscription := commondata.owned_subscription(p_subscription);
    me      text := commondata.session_worker(pg_backend_pid());
    node    text := coalesce(p_node, nullif(current_setting('application_name'), ''), 'sql');
    done    commondata.taken_batch;
    head    commondata.batch_event;
    handled bigint[];
    refused bigint;
    pause   text;
BEGIN
    DELETE FROM commondata.taken_batch AS t
    WHERE t.subscription = p_subscription
    RETURNING t.* INTO done;
    IF NOT FOUND THEN
        -- Others have what was begun: nobody shall think that this session died of it.
        DELETE FROM commondata.work_mark AS m
        USING commondata.cursor AS c
        WHERE (m.subscription, m.worker) = (p_subscription, me)
          AND (c.subscription, c.part, c.pos) = (m.subscription, m.part, m.pos);
        UPDATE commondata.parked_key AS k
        SET tried_by = NULL
        WHERE (k.subscription, k.tried_by) = (p_subscription, me);
        RETURN 0;
    END IF;
    handled := ARRAY(SELECT b.seq FROM unnest(done.events) AS b ORDER BY b.seq);
    SELECT coalesce(sum(jsonb_array_length(f.failure -> 'events')), 0) INTO refused
    FROM jsonb_array_elements(done.failed) AS f (failure);
    IF NOT done.parked AND refused > 0 THEN
        pause := commondata.pause_of_refused(sub, done);
    END IF;
    IF pause IS NOT NULL AND handled = '{}' THEN
        -- Nothing was done: the part can wait as it is, and its next event probes.
        PERFORM commondata.pause_part(sub, done.part, pause);
        DELETE FROM commondata.work_mark AS m
        WHERE (m.subscription, m.part) = (p_subscription, done.part);
    ELSIF NOT done.parked THEN
        PERFORM commondata.finish(
            p_subscription, done.part, done.batch_start, done.batch_end, handled, node);
        PERFORM commondata.park_refused(sub, done, node, pause);
    ELSIF refused = 0 THEN
        head := done.events[1];
        PERFORM commondata.finish_parked(p_subscription, done.part, head.key, head.seq, node);
    ELSE
        PERFORM commondata.fail_parked(
            p_subscription,
            me,
            done.part,
            done.failed -> 0 ->> 'key',
            (done.failed #>> '{0,events,0,seq}')::bigint,
            done.failed -> 0 ->> 'class',
            done.failed -> 0 ->> 'message',
            node,
            done.failed -> 0 ->> 'cause');
    END IF;
    RETURN cardinality(handled) + refused;
END
$$;
COMMENT ON FUNCTION commondata.finish(text, text) IS
    'Ends the batch that this transaction took; returns how many events it had, 0 without one';

GRANT EXECUTE ON FUNCTION
    commondata.fail(text, bigint, text, text, text),
    commondata.finish(text, text)
TO commondata_service;

-- Retrying: park takes a failed event's key out of the flow, next_parked tries its head again,
-- finish_parked and fail_parked end the try. Under the subscription's login.

-- park: the event failed and its transaction was rolled back. Parks its key and moves the cursor
-- past it, so that other keys flow on. Returns false if another node has handled it meanwhile.
CREATE FUNCTION commondata.park(
    p_subscription  text,
    p_part          integer,
    p_seq           bigint,
    p_error_class   text,
    p_error_message text,
    p_node          text
) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET jit = off
AS $$
DECLARE
    sub    commondata.subscription := commondata.owned_subscription(p_subscription);
    held   commondata.cursor;
    failed commondata.batch_event;
BEGIN
    SELECT c.* INTO held
    FROM commondata.cursor AS c
    WHERE c.subscription = p_subscription AND c.part = p_part
    FOR UPDATE;
    SELECT b.* INTO failed
    FROM commondata.read_part(
        p_subscription, sub.types, held.part, held.pos, held.pos_at, p_seq, 1) AS b
    WHERE b.seq = p_seq;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    INSERT INTO commondata.parked_key (
        subscription, part, key, error_class, error_message)
    VALUES (p_subscription, p_part, failed.key, p_error_class, p_error_message);
    INSERT INTO commondata.parked_event (subscription, part, key, seq, stamped_at)
    VALUES (p_subscription, p_part, failed.key, p_seq, failed.stamped_at);
    PERFORM commondata.move_cursor(p_subscription, p_part::smallint, held.pos, p_seq);
    PERFORM commondata.count_failure(
        sub, p_part::smallint, failed.key, p_error_class, p_error_message, p_node);
    RETURN true;
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
    p_node          text
) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    parked commondata.parked_key;
    head   commondata.parked_event;
BEGIN
    UPDATE commondata.parked_key AS k
    SET
        attempts = k.attempts + 1,
        error_class = p_error_class,
        error_message = p_error_message,
        -- Doubles, with up to half of it more or less at random, so that keys do not march in step.
        next_attempt_at = clock_timestamp() + (0.5 + random()) * interval '1 millisecond'
            * least(sub.backoff_max_ms, sub.backoff_ms * (2 ^ least(k.attempts, 20))::bigint)
    WHERE k.subscription = sub.name AND k.part = p_part AND k.key = p_key
    RETURNING k.* INTO parked;
    IF parked.attempts < sub.max_attempts THEN
        RETURN;
    END IF;

    DELETE FROM commondata.parked_event AS e
    WHERE (e.subscription, e.part, e.key) = (sub.name, p_part, p_key)
      AND e.seq = (
          SELECT min(m.seq)
          FROM commondata.parked_event AS m
          WHERE (m.subscription, m.part, m.key) = (sub.name, p_part, p_key)
      )
    RETURNING e.* INTO head;
    INSERT INTO commondata.dead_letter (
        subscription, part, seq, stamped_at, event_id, type, version, key, correlation_id,
        business_date, payload, attempts, error_class, error_message, node)
    SELECT
        sub.name, p_part, head.seq, head.stamped_at, o.event_id, o.type, o.version, o.key,
        o.correlation_id, o.business_date, o.payload, parked.attempts, p_error_class,
        p_error_message, p_node
    FROM commondata.outbox_seq AS q
    JOIN commondata.outbox AS o
        ON o.tx = q.tx
        AND o.id = q.id
        AND o.occurred_at = q.occurred_at
    WHERE q.part = p_part
      AND q.seq = head.seq
      AND q.stamped_at = head.stamped_at;
    IF sub.on_dead = 'HOLD' THEN
        UPDATE commondata.parked_key AS k
        SET held = true
        WHERE (k.subscription, k.part, k.key) = (sub.name, p_part, p_key);
    ELSE
        PERFORM commondata.next_in_chain(sub.name, p_part, p_key);
    END IF;
END
$$;
COMMENT ON FUNCTION commondata.count_failure IS
    'Counts one failure of a parked key''s head; exhausted, the head becomes a dead letter';

CREATE FUNCTION commondata.next_in_chain(p_subscription text, p_part smallint, p_key text)
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF EXISTS (
        SELECT FROM commondata.parked_event AS e
        WHERE (e.subscription, e.part, e.key) = (p_subscription, p_part, p_key)
    ) THEN
        UPDATE commondata.parked_key AS k
        SET attempts = 0, held = false, next_attempt_at = clock_timestamp()
        WHERE (k.subscription, k.part, k.key) = (p_subscription, p_part, p_key);
    ELSE
        DELETE FROM commondata.parked_key AS k
        WHERE (k.subscription, k.part, k.key) = (p_subscription, p_part, p_key);
    END IF;
END
$$;
COMMENT ON FUNCTION commondata.next_in_chain IS
    'Lets the next event of a parked key try, or frees the key if there is none';

-- next_parked: the head of one parked key that is due, under the lock of its part's cursor: so
-- that "a follower joins the chain" and "the chain became empty" cannot cross.
CREATE FUNCTION commondata.next_parked(p_subscription text)
RETURNS SETOF commondata.batch_event
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET jit = off
AS $$
DECLARE
    sub  commondata.subscription := commondata.owned_subscription(p_subscription);
    due  record;
    head commondata.parked_event;
BEGIN
    IF sub.paused THEN
        RETURN;
    END IF;
    FOR due IN
        SELECT k.part, k.key
        FROM commondata.parked_key AS k
        WHERE k.subscription = p_subscription
          AND NOT k.held
          AND k.next_attempt_at <= clock_timestamp()
        ORDER BY k.next_attempt_at
        LIMIT 20
    LOOP
        PERFORM FROM commondata.cursor AS c
        WHERE c.subscription = p_subscription AND c.part = due.part
        FOR UPDATE SKIP LOCKED;
        CONTINUE WHEN NOT FOUND;
        SELECT e.* INTO head
        FROM commondata.parked_event AS e
        JOIN commondata.parked_key AS k USING (subscription, part, key)
        WHERE (e.subscription, e.part, e.key) = (p_subscription, due.part, due.key)
          AND NOT k.held
          AND k.next_attempt_at <= clock_timestamp()
        ORDER BY e.seq
        LIMIT 1;
        CONTINUE WHEN NOT FOUND;
        RETURN QUERY
        SELECT b.*
        FROM commondata.read_part(
            p_subscription, sub.types, due.part, head.seq - 1, head.stamped_at, head.seq, 1) AS b;
        RETURN;
    END LOOP;
END
$$;
COMMENT ON FUNCTION commondata.next_parked IS
    'Locks a part and returns the head of one of its parked keys that is due, or nothing';

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
    PERFORM commondata.write_receipt(p_subscription, p_part::smallint, ARRAY[p_seq], p_node);
    PERFORM commondata.next_in_chain(p_subscription, p_part::smallint, p_key);
END
$$;
COMMENT ON FUNCTION commondata.finish_parked IS
    'Ends the work that next_parked began in the same transaction';

CREATE FUNCTION commondata.fail_parked(
    p_subscription  text,
    p_part          integer,
    p_key           text,
    p_seq           bigint,
    p_error_class   text,
    p_error_message text,
    p_node          text
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    sub commondata.subscription := commondata.owned_subscription(p_subscription);
BEGIN
    PERFORM FROM commondata.cursor AS c
    WHERE c.subscription = p_subscription AND c.part = p_part
    FOR UPDATE;
    IF (
        SELECT min(e.seq)
        FROM commondata.parked_event AS e
        WHERE (e.subscription, e.part, e.key) = (p_subscription, p_part, p_key)
    ) = p_seq THEN
        PERFORM commondata.count_failure(
            sub, p_part::smallint, p_key, p_error_class, p_error_message, p_node);
    END IF;
END
$$;
COMMENT ON FUNCTION commondata.fail_parked IS
    'Counts a failed retry, in a transaction of its own after the roll-back';

GRANT EXECUTE ON FUNCTION
    commondata.park(text, integer, bigint, text, text, text),
    commondata.next_parked(text),
    commondata.finish_parked(text, integer, text, bigint, text),
    commondata.fail_parked(text, integer, text, bigint, text, text, text)
TO commondata_service;

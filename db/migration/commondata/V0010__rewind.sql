-- Going back: a subscription reads again what it has read. Its effects are the service's affair;
-- the log's books stay true: receipts of the earlier pass move to receipt_before_rewind, so that
-- each event still has one receipt that counts, and parked events of the range are taken back, with
-- dead letters that are open or wait for their replay, since their events come again: from the log,
-- with the payload that they have there.
--
-- Written by rewind_subscription under the operator's login, audited. Read by readers. Earlier
-- receipts go with the log (retire_days).

CREATE TABLE commondata.receipt_before_rewind (
    subscription text        NOT NULL REFERENCES commondata.subscription (name),
    part         smallint    NOT NULL,
    first_seq    bigint      NOT NULL,
    last_seq     bigint      NOT NULL,
    seqs         bigint[]    NOT NULL,
    handled_at   timestamptz NOT NULL,
    node         text        NOT NULL,
    rewound_at   timestamptz NOT NULL,
    PRIMARY KEY (subscription, part, first_seq, handled_at, rewound_at)
);
COMMENT ON TABLE commondata.receipt_before_rewind IS
    'Receipts of passes that a rewind has taken back; otherwise as receipt_batch';
COMMENT ON COLUMN commondata.receipt_before_rewind.subscription IS 'Reader';
COMMENT ON COLUMN commondata.receipt_before_rewind.part IS 'Part of the log';
COMMENT ON COLUMN commondata.receipt_before_rewind.first_seq IS 'Lowest of seqs';
COMMENT ON COLUMN commondata.receipt_before_rewind.last_seq IS 'Highest of seqs';
COMMENT ON COLUMN commondata.receipt_before_rewind.seqs IS 'Positions handled in that commit';
COMMENT ON COLUMN commondata.receipt_before_rewind.handled_at IS 'When they were handled';
COMMENT ON COLUMN commondata.receipt_before_rewind.node IS 'Process that handled them';
COMMENT ON COLUMN commondata.receipt_before_rewind.rewound_at IS 'When they were taken back';

CREATE TYPE commondata.rewound_part AS (
    part    smallint,
    pos     bigint,
    new_pos bigint,
    events  bigint,
    handled bigint,
    parked  bigint,
    dead    bigint
);
COMMENT ON TYPE commondata.rewound_part IS 'What a rewind does to one part';

-- rewind_plan: what a rewind would do, part by part; parts that it would not move are not in it.
CREATE FUNCTION commondata.rewind_plan(p_subscription text, p_to text)
RETURNS SETOF commondata.rewound_part
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT
        c.part,
        c.pos,
        t.new_pos,
        (
            SELECT count(*)
            FROM commondata.log_position AS q
            JOIN commondata.outbox AS o
                ON o.tx = q.tx
                AND o.id = q.id
                AND o.occurred_at = q.occurred_at
            WHERE q.part = c.part
              AND q.last_seq > t.new_pos
              AND q.seq > t.new_pos
              AND q.seq <= c.pos
              AND q.type = ANY (s.types)
              AND (s.sources IS NULL OR o.source = ANY (s.sources))
        ),
        (
            SELECT count(*)
            FROM commondata.receipt_batch AS b
            CROSS JOIN LATERAL unnest(b.seqs) AS u (seq)
            WHERE b.subscription = s.name
              AND b.part = c.part
              AND b.last_seq > t.new_pos
              AND u.seq > t.new_pos
        ),
        (
            SELECT count(*)
            FROM commondata.parked_event AS e
            WHERE e.subscription = s.name AND e.part = c.part AND e.seq > t.new_pos
        ),
        (
            SELECT count(*)
            FROM commondata.dead_letter AS d
            WHERE d.subscription = s.name
              AND d.part = c.part
              AND d.seq > t.new_pos
              AND d.state = 'OPEN'
        )
    FROM commondata.subscription AS s
    JOIN commondata.cursor AS c ON c.subscription = s.name
    CROSS JOIN LATERAL (
        SELECT commondata.start_position(c.part, p_to) AS new_pos
        OFFSET 0
    ) AS t
    WHERE s.name = p_subscription
      AND t.new_pos < c.pos
    ORDER BY c.part;
END;
COMMENT ON FUNCTION commondata.rewind_plan IS
    'What a rewind of a subscription would do, a row a part; changes nothing';

-- rewind_subscription: waits for batches under way (their cursor locks), ten seconds at most, then
-- moves the cursors back, and the books with them, in one transaction with the audit row. The lock
-- on log_floor keeps retention from giving up what is about to be read again.
CREATE FUNCTION commondata.rewind_subscription(
    p_subscription text,
    p_to           text,
    p_actor        text,
    p_reason       text
) RETURNS SETOF commondata.rewound_part
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET lock_timeout = '10s'
AS $$
DECLARE
    moved   commondata.rewound_part;
    plan    commondata.rewound_part[];
    now_at  timestamptz;
    letters bigint[];
BEGIN
    PERFORM FROM commondata.log_floor AS f ORDER BY f.part FOR SHARE;
    PERFORM
    FROM commondata.cursor AS c
    WHERE c.subscription = p_subscription
    ORDER BY c.part
    FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'subscription "%" does not exist', p_subscription
            USING ERRCODE = 'undefined_object';
    END IF;
    plan := ARRAY(SELECT p FROM commondata.rewind_plan(p_subscription, p_to) AS p);
    letters := ARRAY(
        SELECT d.id
        FROM unnest(plan) AS p
        JOIN commondata.dead_letter AS d
            ON d.subscription = p_subscription
            AND d.part = p.part
            AND d.seq > p.new_pos
            AND d.state = 'OPEN'
        UNION ALL
        SELECT e.letter
        FROM unnest(plan) AS p
        JOIN commondata.parked_event AS e
            ON e.subscription = p_subscription
            AND e.part = p.part
            AND e.seq > p.new_pos
            AND e.letter IS NOT NULL);
    IF cardinality(letters) > 0 AND EXISTS (
        SELECT FROM commondata.subscription AS s WHERE s.name = p_subscription AND s.four_eyes
    ) THEN
        RAISE EXCEPTION 'the rewind would close dead letters of "%" without a second person: %',
            p_subscription, cardinality(letters)
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  HINT = 'Discard or replay those that are open, and have that confirmed; let '
                      'those that are replayed be handled; or rewind to behind them.';
    END IF;
    IF EXISTS (
        SELECT
        FROM unnest(plan) AS p
        JOIN commondata.subscription AS s ON s.name = p_subscription
        CROSS JOIN LATERAL (
            SELECT q.type
            FROM commondata.parked_event AS e
            CROSS JOIN LATERAL commondata.at_position(e.part, e.seq) AS q
            WHERE e.subscription = s.name AND e.part = p.part AND e.seq > p.new_pos
            UNION ALL
            SELECT d.type
            FROM commondata.dead_letter AS d
            WHERE d.subscription = s.name
              AND d.part = p.part
              AND d.seq > p.new_pos
              AND d.state = 'OPEN'
        ) AS w
        WHERE w.type <> ALL (s.types)
    ) THEN
        RAISE EXCEPTION 'events of a type that "%" no longer reads are parked or dead letters: a '
            'rewind would end them, and they would not come again', p_subscription
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  HINT = 'Treat them first, or give the type back with change_subscription.';
    END IF;
    now_at := clock_timestamp();
    DELETE FROM commondata.letter_proposal AS p WHERE p.letter = ANY (letters);
    UPDATE commondata.dead_letter AS d
    SET
        state = 'DISCARDED',
        closed_at = now_at,
        closed_by = p_actor,
        reason = 'its event comes again, by a rewind: ' || p_reason
    WHERE d.id = ANY (letters);
    FOREACH moved IN ARRAY plan LOOP
        PERFORM commondata.take_back(p_subscription, moved.part, moved.new_pos, now_at);
        UPDATE commondata.cursor AS c
        SET
            pos = moved.new_pos,
            pos_at = coalesce(
                (
                    SELECT q.stamped_at
                    FROM commondata.at_position(moved.part, moved.new_pos) AS q
                ),
                '-infinity'),
            started_after = least(c.started_after, moved.new_pos)
        WHERE c.subscription = p_subscription AND c.part = moved.part;
        UPDATE commondata.type_change AS t
        SET pos = moved.new_pos
        WHERE t.subscription = p_subscription
          AND t.part = moved.part
          AND t.pos > moved.new_pos;
    END LOOP;
    IF cardinality(plan) > 0 THEN
        PERFORM commondata.audit(
            p_actor,
            'rewind',
            'subscription ' || p_subscription,
            p_reason,
            (SELECT jsonb_object_agg(p.part, p.pos) FROM unnest(plan) AS p),
            (SELECT jsonb_object_agg(p.part, p.new_pos) FROM unnest(plan) AS p));
    END IF;
    RETURN QUERY SELECT p.* FROM unnest(plan) AS p;
END
$$;
COMMENT ON FUNCTION commondata.rewind_subscription IS
    'Moves the cursors of a subscription back, audited; returns what it did, a row a part';

-- The books of one part behind a position: receipts are put aside (a batch across it is divided),
-- chains give back their events, keys without any are free again. Marks of workers go: whoever
-- began at that position the first time came past it, and must not look dead.
CREATE FUNCTION commondata.take_back(
    p_subscription text,
    p_part         smallint,
    p_pos          bigint,
    p_at           timestamptz
) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    INSERT INTO commondata.receipt_before_rewind (
        subscription, part, first_seq, last_seq, seqs, handled_at, node, rewound_at)
    SELECT b.subscription, b.part, r.first_seq, b.last_seq, r.seqs, b.handled_at, b.node, p_at
    FROM commondata.receipt_batch AS b
    CROSS JOIN LATERAL (
        SELECT min(u.seq) AS first_seq, array_agg(u.seq ORDER BY u.seq) AS seqs
        FROM unnest(b.seqs) AS u (seq)
        WHERE u.seq > p_pos
    ) AS r
    WHERE b.subscription = p_subscription AND b.part = p_part AND b.last_seq > p_pos;
    DELETE FROM commondata.receipt_batch AS b
    WHERE b.subscription = p_subscription AND b.part = p_part AND b.first_seq > p_pos;
    UPDATE commondata.receipt_batch AS b
    SET last_seq = r.last_seq, seqs = r.seqs
    FROM (
        SELECT
            w.first_seq,
            w.handled_at,
            max(u.seq) AS last_seq,
            array_agg(u.seq ORDER BY u.seq) AS seqs
        FROM commondata.receipt_batch AS w
        CROSS JOIN LATERAL unnest(w.seqs) AS u (seq)
        WHERE w.subscription = p_subscription
          AND w.part = p_part
          AND w.last_seq > p_pos
          AND u.seq <= p_pos
        GROUP BY w.first_seq, w.handled_at
    ) AS r
    WHERE b.subscription = p_subscription
      AND b.part = p_part
      AND b.first_seq = r.first_seq
      AND b.handled_at = r.handled_at;

    DELETE FROM commondata.work_mark AS m
    WHERE m.subscription = p_subscription AND m.part = p_part;
    DELETE FROM commondata.client_part AS p
    WHERE p.subscription = p_subscription AND p.part = p_part;
    WITH taken_out AS (
        DELETE FROM commondata.parked_event AS e
        WHERE e.subscription = p_subscription AND e.part = p_part AND e.seq > p_pos
        RETURNING e.key
    )
    UPDATE commondata.parked_key AS k
    SET chain = k.chain - t.events
    FROM (SELECT o.key, count(*) AS events FROM taken_out AS o GROUP BY o.key) AS t
    WHERE k.subscription = p_subscription AND k.part = p_part AND k.key = t.key;
    DELETE FROM commondata.parked_key AS k
    WHERE k.subscription = p_subscription
      AND k.part = p_part
      AND NOT EXISTS (
          SELECT FROM commondata.parked_event AS e
          WHERE (e.subscription, e.part, e.key) = (k.subscription, k.part, k.key)
      )
      AND NOT (
          k.held
          AND EXISTS (
              SELECT FROM commondata.dead_letter AS d
              WHERE (d.subscription, d.part, d.key) = (k.subscription, k.part, k.key)
                AND d.state = 'OPEN'
                AND d.holds
                AND d.seq <= p_pos
          )
      );
END
$$;
COMMENT ON FUNCTION commondata.take_back IS
    'Takes back what was done behind a position; for rewinds';

-- For a shadow: events that a subscription is past already, again, and what became of them. Under
-- its login; locks and moves nothing.
CREATE FUNCTION commondata.past_starts(p_subscription text, p_start text)
RETURNS TABLE (part smallint, pos bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM commondata.owned_subscription(p_subscription);
    RETURN QUERY
    SELECT p.part, p.pos
    FROM (
        SELECT c.part, commondata.start_position(c.part, p_start) AS pos
        FROM commondata.cursor AS c
        WHERE c.subscription = p_subscription
    ) AS p
    WHERE p.pos IS NOT NULL
    ORDER BY p.part;
END
$$;
COMMENT ON FUNCTION commondata.past_starts IS
    'Positions before which a shadow begins: beginning, now, PART:POSITION, or a time';

CREATE FUNCTION commondata.past_events(
    p_subscription text,
    p_part         integer,
    p_after        bigint,
    p_limit        integer
) RETURNS SETOF commondata.batch_event
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    sub commondata.subscription := commondata.owned_subscription(p_subscription);
BEGIN
    RETURN QUERY
    SELECT b.*
    FROM commondata.cursor AS c
    CROSS JOIN LATERAL commondata.read_part(
        sub.name, sub.types, c.part, p_after, '-infinity', c.pos, p_limit) AS b
    WHERE c.subscription = p_subscription AND c.part = p_part
    ORDER BY b.seq;
END
$$;
COMMENT ON FUNCTION commondata.past_events IS
    'Events that a subscription is past already, in order; for a shadow';

CREATE FUNCTION commondata.outcome_of(p_subscription text, p_part integer, p_seq bigint)
RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    outcome text;
BEGIN
    PERFORM commondata.owned_subscription(p_subscription);
    SELECT d.error_class INTO outcome
    FROM commondata.dead_letter AS d
    WHERE d.subscription = p_subscription
      AND d.part = p_part
      AND d.seq = p_seq
      AND d.state IN ('OPEN', 'DISCARDED')
      -- A letter may be discarded because its event comes again: then that counts.
      AND NOT EXISTS (
          SELECT FROM commondata.receipt_batch AS b
          WHERE b.subscription = d.subscription
            AND b.part = d.part
            AND b.first_seq <= d.seq
            AND b.last_seq >= d.seq
            AND d.seq = ANY (b.seqs)
      )
    ORDER BY d.id DESC
    LIMIT 1;
    IF FOUND THEN
        RETURN outcome;
    END IF;
    SELECT coalesce(k.error_class, 'not due yet') INTO outcome
    FROM commondata.parked_event AS e
    JOIN commondata.parked_key AS k USING (subscription, part, key)
    WHERE e.subscription = p_subscription AND e.part = p_part AND e.seq = p_seq;
    RETURN coalesce(outcome, 'handled');
END
$$;
COMMENT ON FUNCTION commondata.outcome_of IS
    'What became of an event that a subscription is past: handled, or the class of its error';

-- What the handlers published before that belongs to a pass that no longer counts.
CREATE FUNCTION commondata.taken_back_at(p_subscription text, p_part integer, p_seq bigint)
RETURNS timestamptz
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM commondata.owned_subscription(p_subscription);
    RETURN (
        SELECT max(b.rewound_at)
        FROM commondata.receipt_before_rewind AS b
        WHERE b.subscription = p_subscription
          AND b.part = p_part
          AND b.first_seq <= p_seq
          AND b.last_seq >= p_seq
          AND p_seq = ANY (b.seqs)
    );
END
$$;
COMMENT ON FUNCTION commondata.taken_back_at IS
    'When a rewind last took back the receipt of an event; NULL: never';

GRANT EXECUTE ON FUNCTION
    commondata.rewind_plan(text, text),
    commondata.start_position(smallint, text)
TO commondata_reader;
GRANT EXECUTE ON FUNCTION commondata.rewind_subscription(text, text, text, text)
    TO commondata_operator;
GRANT EXECUTE ON FUNCTION
    commondata.past_events(text, integer, bigint, integer),
    commondata.past_starts(text, text),
    commondata.outcome_of(text, integer, bigint),
    commondata.taken_back_at(text, integer, bigint)
TO commondata_service;

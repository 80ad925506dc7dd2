-- Readers of the log. A subscription belongs to one login; its cursors (one a part) are lease and
-- position in one: whoever holds the row lock reads the part, and the handler's writes, the
-- receipt and the advance are one commit.
--
-- Written by create_subscription (migrations), next_batch and finish (the owner's login).
-- Read by the owner (its own rows through functions) and by readers. Kept for ever; receipts go
-- with the log.

CREATE TABLE commondata.subscription (
    name           text        PRIMARY KEY,
    owner          name        NOT NULL,
    types          text[]      NOT NULL,
    paused         boolean     NOT NULL DEFAULT false,
    max_attempts   integer     NOT NULL DEFAULT 5,
    backoff_ms     bigint      NOT NULL DEFAULT 200,
    backoff_max_ms bigint      NOT NULL DEFAULT 60000,
    on_dead        text        NOT NULL DEFAULT 'SKIP',
    created_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT attempts_are_positive CHECK (max_attempts > 0),
    CONSTRAINT backoff_is_positive CHECK (backoff_ms > 0 AND backoff_max_ms >= backoff_ms),
    CONSTRAINT on_dead_is_known CHECK (on_dead IN ('HOLD', 'SKIP'))
);
COMMENT ON TABLE commondata.subscription IS 'A named reader of event types';
COMMENT ON COLUMN commondata.subscription.name IS 'Its name, unique';
COMMENT ON COLUMN commondata.subscription.owner IS 'Login that reads; nobody else may';
COMMENT ON COLUMN commondata.subscription.types IS 'Event types it receives';
COMMENT ON COLUMN commondata.subscription.paused IS 'Whether an operator has stopped it';
COMMENT ON COLUMN commondata.subscription.max_attempts IS 'Failures after which an event is dead';
COMMENT ON COLUMN commondata.subscription.backoff_ms IS 'Wait after the first failure; doubles';
COMMENT ON COLUMN commondata.subscription.backoff_max_ms IS 'Longest wait between attempts';
COMMENT ON COLUMN commondata.subscription.on_dead IS
    'What a dead event does to its key: HOLD it for an operator, or SKIP to the next event';
COMMENT ON COLUMN commondata.subscription.created_at IS 'When it was created';

CREATE TABLE commondata.cursor (
    subscription text        NOT NULL REFERENCES commondata.subscription (name),
    part         smallint    NOT NULL,
    pos          bigint      NOT NULL DEFAULT 0,
    pos_at       timestamptz NOT NULL DEFAULT '-infinity',
    moved_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (subscription, part)
) WITH (fillfactor = 50);
COMMENT ON TABLE commondata.cursor IS 'Last handled position of a subscription in each part';
COMMENT ON COLUMN commondata.cursor.subscription IS 'Whose';
COMMENT ON COLUMN commondata.cursor.part IS 'Part of the log';
COMMENT ON COLUMN commondata.cursor.pos IS 'Everything up to here is handled, parked or dead';
COMMENT ON COLUMN commondata.cursor.pos_at IS 'stamped_at of that position: skips older partitions';
COMMENT ON COLUMN commondata.cursor.moved_at IS
    'When it last moved: the longest waiting goes first';

-- One row a batch. The view commondata.receipt shows one row an event.
CREATE TABLE commondata.receipt_batch (
    subscription text        NOT NULL,
    part         smallint    NOT NULL,
    first_seq    bigint      NOT NULL,
    last_seq     bigint      NOT NULL,
    seqs         bigint[]    NOT NULL,
    handled_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    node         text        NOT NULL,
    PRIMARY KEY (subscription, part, first_seq)
);
-- Finds the batch of many that an event lies in; batches of one are found by the primary key.
CREATE INDEX receipt_batch_of_many ON commondata.receipt_batch (subscription, part, first_seq)
    WHERE last_seq > first_seq;
COMMENT ON TABLE commondata.receipt_batch IS
    'Who handled what and when, one row a batch; see the view receipt';
COMMENT ON COLUMN commondata.receipt_batch.subscription IS 'Reader';
COMMENT ON COLUMN commondata.receipt_batch.part IS 'Part of the log';
COMMENT ON COLUMN commondata.receipt_batch.first_seq IS 'Lowest of seqs';
COMMENT ON COLUMN commondata.receipt_batch.last_seq IS 'Highest of seqs';
COMMENT ON COLUMN commondata.receipt_batch.seqs IS 'Positions handled in this commit';
COMMENT ON COLUMN commondata.receipt_batch.handled_at IS 'When, by the server''s clock';
COMMENT ON COLUMN commondata.receipt_batch.node IS 'Process that handled them';

-- Parked: the key of a failed event and its followers wait here, in order; other keys flow on.
CREATE TABLE commondata.parked_key (
    subscription    text        NOT NULL REFERENCES commondata.subscription (name),
    part            smallint    NOT NULL,
    key             text        NOT NULL,
    attempts        integer     NOT NULL DEFAULT 0,
    next_attempt_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    held            boolean     NOT NULL DEFAULT false,
    error_class     text        NOT NULL,
    error_message   text        NOT NULL,
    parked_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (subscription, part, key)
);
CREATE INDEX parked_key_by_key ON commondata.parked_key (key);
COMMENT ON TABLE commondata.parked_key IS 'Keys whose head event failed; written by the poller';
COMMENT ON COLUMN commondata.parked_key.subscription IS 'Reader whose handler failed';
COMMENT ON COLUMN commondata.parked_key.part IS 'Part of the log';
COMMENT ON COLUMN commondata.parked_key.key IS 'Key that waits';
COMMENT ON COLUMN commondata.parked_key.attempts IS 'Failures of the event at the head so far';
COMMENT ON COLUMN commondata.parked_key.next_attempt_at IS 'Not before';
COMMENT ON COLUMN commondata.parked_key.held IS 'Waits for an operator: its head is a dead letter';
COMMENT ON COLUMN commondata.parked_key.error_class IS 'Class of the last error';
COMMENT ON COLUMN commondata.parked_key.error_message IS 'Message of the last error';
COMMENT ON COLUMN commondata.parked_key.parked_at IS 'When the key was parked';

CREATE TABLE commondata.parked_event (
    subscription text        NOT NULL,
    part         smallint    NOT NULL,
    key          text        NOT NULL,
    seq          bigint      NOT NULL,
    stamped_at   timestamptz NOT NULL,
    PRIMARY KEY (subscription, part, key, seq),
    FOREIGN KEY (subscription, part, key)
        REFERENCES commondata.parked_key (subscription, part, key)
);
COMMENT ON TABLE commondata.parked_event IS 'Chain of a parked key: the failed event and followers';
COMMENT ON COLUMN commondata.parked_event.subscription IS 'Reader';
COMMENT ON COLUMN commondata.parked_event.part IS 'Part of the log';
COMMENT ON COLUMN commondata.parked_event.key IS 'Key that waits';
COMMENT ON COLUMN commondata.parked_event.seq IS 'Position in the part; the lowest is the head';
COMMENT ON COLUMN commondata.parked_event.stamped_at IS
    'outbox_seq.stamped_at: finds the partition';

CREATE TABLE commondata.dead_letter (
    id             bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    subscription   text        NOT NULL REFERENCES commondata.subscription (name),
    part           smallint    NOT NULL,
    seq            bigint      NOT NULL,
    stamped_at     timestamptz NOT NULL,
    event_id       uuid        NOT NULL,
    type           text        NOT NULL,
    version        smallint    NOT NULL,
    key            text        NOT NULL,
    correlation_id uuid        NOT NULL,
    business_date  date        NOT NULL,
    payload        jsonb       NOT NULL,
    attempts       integer     NOT NULL,
    error_class    text        NOT NULL,
    error_message  text        NOT NULL,
    node           text        NOT NULL,
    state          text        NOT NULL DEFAULT 'OPEN',
    died_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    closed_at      timestamptz,
    closed_by      text,
    reason         text,
    CONSTRAINT state_is_known CHECK (state IN ('OPEN', 'REPLAYED', 'DISCARDED')),
    CONSTRAINT closing_is_whole CHECK ((state = 'OPEN') = (closed_at IS NULL))
);
CREATE UNIQUE INDEX dead_letter_open ON commondata.dead_letter (subscription, part, seq)
    WHERE state = 'OPEN';
CREATE INDEX dead_letter_by_key ON commondata.dead_letter (key);
COMMENT ON TABLE commondata.dead_letter IS
    'Events whose attempts are exhausted, as copies: the log may be dropped without losing them';
COMMENT ON COLUMN commondata.dead_letter.id IS 'Number an operator names it by';
COMMENT ON COLUMN commondata.dead_letter.subscription IS 'Reader that gave up';
COMMENT ON COLUMN commondata.dead_letter.part IS 'Part of the log';
COMMENT ON COLUMN commondata.dead_letter.seq IS 'Position in the part';
COMMENT ON COLUMN commondata.dead_letter.stamped_at IS 'outbox_seq.stamped_at of that position';
COMMENT ON COLUMN commondata.dead_letter.event_id IS 'Copy from the event';
COMMENT ON COLUMN commondata.dead_letter.type IS 'Copy from the event';
COMMENT ON COLUMN commondata.dead_letter.version IS 'Copy from the event';
COMMENT ON COLUMN commondata.dead_letter.key IS 'Copy from the event';
COMMENT ON COLUMN commondata.dead_letter.correlation_id IS 'Copy from the event';
COMMENT ON COLUMN commondata.dead_letter.business_date IS 'Copy from the event';
COMMENT ON COLUMN commondata.dead_letter.payload IS 'Copy from the event';
COMMENT ON COLUMN commondata.dead_letter.attempts IS 'How often it was tried';
COMMENT ON COLUMN commondata.dead_letter.error_class IS 'Class of the last error';
COMMENT ON COLUMN commondata.dead_letter.error_message IS 'Message of the last error';
COMMENT ON COLUMN commondata.dead_letter.node IS 'Process that gave up';
COMMENT ON COLUMN commondata.dead_letter.state IS 'OPEN | REPLAYED | DISCARDED';
COMMENT ON COLUMN commondata.dead_letter.died_at IS 'When the attempts were exhausted';
COMMENT ON COLUMN commondata.dead_letter.closed_at IS 'When an operator closed it';
COMMENT ON COLUMN commondata.dead_letter.closed_by IS 'Who';
COMMENT ON COLUMN commondata.dead_letter.reason IS 'Why';

-- Called by migrations only (nobody else has EXECUTE): what a service may read is decided there.
CREATE FUNCTION commondata.create_subscription(
    name         text,
    owner        name,
    types        text[],
    on_dead      text    DEFAULT 'SKIP',
    max_attempts integer DEFAULT 5
) RETURNS void
LANGUAGE sql
BEGIN ATOMIC
    INSERT INTO commondata.subscription (name, owner, types, on_dead, max_attempts)
    VALUES (name, owner, types, on_dead, max_attempts);
    INSERT INTO commondata.cursor (subscription, part)
    SELECT create_subscription.name, h.part
    FROM commondata.part_head AS h;
END;
COMMENT ON FUNCTION commondata.create_subscription IS
    'Creates a reader that starts at the beginning of the log';

CREATE FUNCTION commondata.owned_subscription(wanted text) RETURNS commondata.subscription
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    found_one commondata.subscription;
BEGIN
    SELECT s.* INTO found_one FROM commondata.subscription AS s WHERE s.name = wanted;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'subscription "%" does not exist', wanted
            USING ERRCODE = 'undefined_object',
                  HINT = 'A migration creates it with commondata.create_subscription.';
    END IF;
    IF found_one.owner <> session_user THEN
        RAISE EXCEPTION 'subscription "%" belongs to "%", not to login "%"',
            wanted, found_one.owner, session_user
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN found_one;
END
$$;
COMMENT ON FUNCTION commondata.owned_subscription(text) IS
    'The subscription, if it belongs to the login that asks; for the functions below';

CREATE TYPE commondata.batch_event AS (
    part           smallint,
    batch_start    bigint,
    batch_end      bigint,
    seq            bigint,
    stamped_at     timestamptz,
    event_id       uuid,
    source         text,
    kind           text,
    type           text,
    version        smallint,
    key            text,
    correlation_id uuid,
    causation_id   uuid,
    reply_to       text,
    business_date  date,
    occurred_at    timestamptz,
    traceparent    text,
    payload        jsonb
);
COMMENT ON TYPE commondata.batch_event IS 'One event of a batch, with the bounds of the batch';

-- The events of one part behind a position, up to its head. Followers of a parked key are not in
-- it.
CREATE FUNCTION commondata.read_part(
    p_subscription text,
    p_types        text[],
    p_part         smallint,
    p_pos          bigint,
    p_pos_at       timestamptz,
    p_head         bigint,
    p_limit        integer
) RETURNS SETOF commondata.batch_event
-- No SET here: it would keep the planner from inlining the query and caching its plan. The body is
-- parsed now (BEGIN ATOMIC), so a caller's search_path can't change what it means.
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT
        b.part,
        p_pos,
        CASE WHEN count(*) OVER () = p_limit THEN max(b.seq) OVER () ELSE p_head END,
        b.seq,
        b.stamped_at,
        o.event_id,
        o.source,
        o.kind,
        o.type,
        o.version,
        o.key,
        o.correlation_id,
        o.causation_id,
        o.reply_to,
        o.business_date,
        o.occurred_at,
        o.traceparent,
        o.payload
    FROM (
        SELECT q.part, q.seq, q.stamped_at, q.tx, q.id, q.occurred_at
        FROM commondata.outbox_seq AS q
        WHERE q.part = p_part
          AND q.seq > p_pos
          AND q.seq <= p_head
          AND q.stamped_at >= p_pos_at
          AND q.type = ANY (p_types)
        ORDER BY q.seq
        LIMIT p_limit
    ) AS b
    JOIN commondata.outbox AS o
        ON o.tx = b.tx
        AND o.id = b.id
        AND o.occurred_at = b.occurred_at
    ORDER BY b.seq;
END;
COMMENT ON FUNCTION commondata.read_part IS 'Events of one part behind a position; for next_batch';

CREATE FUNCTION commondata.move_cursor(
    p_subscription text,
    p_part         smallint,
    p_from         bigint,
    p_to           bigint
) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    UPDATE commondata.cursor AS c
    SET
        pos = p_to,
        pos_at = (
            SELECT q.stamped_at
            FROM commondata.outbox_seq AS q
            WHERE q.part = p_part AND q.seq = p_to AND q.stamped_at >= c.pos_at
        ),
        moved_at = clock_timestamp()
    WHERE c.subscription = p_subscription
      AND c.part = p_part
      AND c.pos = p_from;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'cursor of "%" in part % is not at %: the batch is stale',
            p_subscription, p_part, p_from
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  HINT = 'Roll back and take the batch again.';
    END IF;
END
$$;
COMMENT ON FUNCTION commondata.move_cursor IS
    'Moves a cursor from one position to another, or fails';

-- next_batch: takes the longest waiting part that has something and that nobody else holds, and
-- returns up to p_limit events of it in order. The lock on its cursor row lasts until the caller's
-- transaction ends: that is the lease. A part with nothing of interest is moved on at once.
-- A crash of the caller frees the lock and leaves the position where it was. (enable_seqscan is off
-- here and below for the reason given at stamp().)
CREATE FUNCTION commondata.next_batch(
    p_subscription text,
    p_limit        integer,
    p_part         integer DEFAULT NULL
) RETURNS SETOF commondata.batch_event
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
AS $$
DECLARE
    sub      commondata.subscription := commondata.owned_subscription(p_subscription);
    waiting  record;
    held     commondata.cursor;
    moved_to bigint;
BEGIN
    IF sub.paused THEN
        RETURN;
    END IF;
    FOR waiting IN
        SELECT c.part, h.head
        FROM commondata.cursor AS c
        JOIN commondata.part_head AS h ON h.part = c.part
        WHERE c.subscription = p_subscription
          AND h.head > c.pos
          AND (p_part IS NULL OR c.part = p_part)
        ORDER BY c.moved_at
    LOOP
        SELECT c.* INTO held
        FROM commondata.cursor AS c
        WHERE c.subscription = p_subscription
          AND c.part = waiting.part
          AND c.pos < waiting.head
        FOR UPDATE SKIP LOCKED;
        CONTINUE WHEN NOT FOUND;

        IF EXISTS (
            SELECT FROM commondata.parked_key AS k
            WHERE k.subscription = p_subscription AND k.part = held.part
        ) THEN
            RETURN QUERY
            SELECT b.*
            FROM commondata.read_part(
                p_subscription, sub.types, held.part, held.pos, held.pos_at, waiting.head, p_limit
            ) AS b
            WHERE NOT EXISTS (
                SELECT FROM commondata.parked_key AS k
                WHERE k.subscription = p_subscription AND k.part = held.part AND k.key = b.key
            );
            IF FOUND THEN
                RETURN;
            END IF;
            -- Nothing but followers of parked keys (or nothing at all): park them and move on.
            SELECT coalesce(max(b.batch_end), waiting.head) INTO moved_to
            FROM commondata.read_part(
                p_subscription, sub.types, held.part, held.pos, held.pos_at, waiting.head, p_limit
            ) AS b;
            PERFORM commondata.park_followers(
                sub, held.part, held.pos, held.pos_at, moved_to);
        ELSE
            RETURN QUERY
            SELECT b.*
            FROM commondata.read_part(
                p_subscription, sub.types, held.part, held.pos, held.pos_at, waiting.head, p_limit
            ) AS b;
            IF FOUND THEN
                RETURN;
            END IF;
            moved_to := waiting.head;
        END IF;
        PERFORM commondata.move_cursor(p_subscription, held.part, held.pos, moved_to);
    END LOOP;
END
$$;
COMMENT ON FUNCTION commondata.next_batch IS
    'Locks one waiting part and returns its next events in order; finish() ends the batch';

-- Followers of parked keys between two positions join their chains.
CREATE FUNCTION commondata.park_followers(
    sub      commondata.subscription,
    p_part   smallint,
    p_from   bigint,
    p_pos_at timestamptz,
    p_to     bigint
) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    INSERT INTO commondata.parked_event (subscription, part, key, seq, stamped_at)
    SELECT sub.name, q.part, o.key, q.seq, q.stamped_at
    FROM commondata.outbox_seq AS q
    JOIN commondata.outbox AS o
        ON o.tx = q.tx
        AND o.id = q.id
        AND o.occurred_at = q.occurred_at
    JOIN commondata.parked_key AS k
        ON k.subscription = sub.name
        AND k.part = q.part
        AND k.key = o.key
    WHERE q.part = p_part
      AND q.seq > p_from
      AND q.seq <= p_to
      AND q.stamped_at >= p_pos_at
      AND q.type = ANY (sub.types);
END;
COMMENT ON FUNCTION commondata.park_followers IS 'Adds followers of parked keys to their chains';

-- finish: ends the batch that next_batch began in the same transaction. p_seqs are the positions
-- whose effects are in this transaction. Followers of parked keys join their chains now.
CREATE FUNCTION commondata.finish(
    p_subscription text,
    p_part         integer,
    p_batch_start  bigint,
    p_batch_end    bigint,
    p_seqs         bigint[],
    p_node         text
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
AS $$
DECLARE
    sub    commondata.subscription := commondata.owned_subscription(p_subscription);
    pos_at timestamptz;
BEGIN
    IF EXISTS (
        SELECT FROM commondata.parked_key AS k
        WHERE k.subscription = p_subscription AND k.part = p_part
    ) THEN
        SELECT c.pos_at INTO pos_at
        FROM commondata.cursor AS c
        WHERE c.subscription = p_subscription AND c.part = p_part;
        PERFORM commondata.park_followers(
            sub, p_part::smallint, p_batch_start, pos_at, p_batch_end);
    END IF;
    PERFORM commondata.move_cursor(p_subscription, p_part::smallint, p_batch_start, p_batch_end);
    PERFORM commondata.write_receipt(p_subscription, p_part::smallint, p_seqs, p_node);
END
$$;
COMMENT ON FUNCTION commondata.finish IS
    'Moves the cursor over a batch and writes its receipt, in the transaction that did the work';

CREATE FUNCTION commondata.write_receipt(
    p_subscription text,
    p_part         smallint,
    p_seqs         bigint[],
    p_node         text
) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    INSERT INTO commondata.receipt_batch (subscription, part, first_seq, last_seq, seqs, node)
    SELECT p_subscription, p_part, min(s.seq), max(s.seq), p_seqs, p_node
    FROM unnest(p_seqs) AS s (seq)
    HAVING count(*) > 0;
END
$$;
COMMENT ON FUNCTION commondata.write_receipt IS 'One receipt for the positions of one commit';

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

-- The operator's acts. Each writes who and why in the same transaction.
CREATE FUNCTION commondata.replay_dead_letter(p_id bigint, p_actor text, p_reason text)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    letter commondata.dead_letter;
BEGIN
    SELECT d.* INTO letter FROM commondata.dead_letter AS d WHERE d.id = p_id;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    PERFORM FROM commondata.cursor AS c
    WHERE c.subscription = letter.subscription AND c.part = letter.part
    FOR UPDATE;
    UPDATE commondata.dead_letter AS d
    SET state = 'REPLAYED', closed_at = clock_timestamp(), closed_by = p_actor, reason = p_reason
    WHERE d.id = p_id AND d.state = 'OPEN';
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    INSERT INTO commondata.parked_key (subscription, part, key, error_class, error_message)
    VALUES (letter.subscription, letter.part, letter.key, letter.error_class, letter.error_message)
    ON CONFLICT (subscription, part, key) DO UPDATE
    SET attempts = 0, held = false, next_attempt_at = clock_timestamp();
    INSERT INTO commondata.parked_event (subscription, part, key, seq, stamped_at)
    VALUES (letter.subscription, letter.part, letter.key, letter.seq, letter.stamped_at);
    RETURN true;
END
$$;
COMMENT ON FUNCTION commondata.replay_dead_letter IS
    'Puts an open dead letter back at the head of its key''s chain; false if it is not open';

CREATE FUNCTION commondata.discard_dead_letter(p_id bigint, p_actor text, p_reason text)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    letter commondata.dead_letter;
BEGIN
    SELECT d.* INTO letter FROM commondata.dead_letter AS d WHERE d.id = p_id;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    PERFORM FROM commondata.cursor AS c
    WHERE c.subscription = letter.subscription AND c.part = letter.part
    FOR UPDATE;
    UPDATE commondata.dead_letter AS d
    SET state = 'DISCARDED', closed_at = clock_timestamp(), closed_by = p_actor, reason = p_reason
    WHERE d.id = p_id AND d.state = 'OPEN';
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    IF EXISTS (
        SELECT FROM commondata.parked_key AS k
        WHERE (k.subscription, k.part, k.key) = (letter.subscription, letter.part, letter.key)
          AND k.held
    ) THEN
        PERFORM commondata.next_in_chain(letter.subscription, letter.part, letter.key);
    END IF;
    RETURN true;
END
$$;
COMMENT ON FUNCTION commondata.discard_dead_letter IS
    'Gives an open dead letter up and lets its key go on; false if it is not open';

CREATE FUNCTION commondata.pause_subscription(p_subscription text, p_paused boolean)
RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    UPDATE commondata.subscription
    SET paused = p_paused
    WHERE name = p_subscription
    RETURNING true;
END;
COMMENT ON FUNCTION commondata.pause_subscription(text, boolean) IS
    'Pauses or resumes a reader; NULL if there is none of that name';

-- A service sees the types it subscribes to.
CREATE POLICY service_sees_subscribed ON commondata.outbox FOR SELECT TO commondata_service
    USING (
        type = ANY (
            ARRAY(
                SELECT unnest(s.types)
                FROM commondata.subscription AS s
                WHERE s.owner = current_user
            )
        )
    );

GRANT SELECT ON
    commondata.outbox,
    commondata.outbox_seq,
    commondata.part_head,
    commondata.subscription,
    commondata.cursor
TO commondata_service;
GRANT SELECT ON ALL TABLES IN SCHEMA commondata TO commondata_reader;
ALTER DEFAULT PRIVILEGES IN SCHEMA commondata GRANT SELECT ON TABLES TO commondata_reader;
ALTER DEFAULT PRIVILEGES IN SCHEMA published GRANT SELECT ON TABLES TO commondata_reader;
ALTER DEFAULT PRIVILEGES IN SCHEMA published GRANT SELECT ON TABLES TO commondata_service;
ALTER DEFAULT PRIVILEGES IN SCHEMA staging GRANT SELECT ON TABLES TO commondata_reader;

GRANT EXECUTE ON FUNCTION
    commondata.parts(),
    commondata.part_of(text)
TO commondata_service, commondata_reader;
GRANT EXECUTE ON FUNCTION
    commondata.make_partitions(integer),
    commondata.publish(
        text, text, jsonb, integer, text, uuid, uuid, text, date, text),
    commondata.publish_all(commondata.new_event[]),
    commondata.stamp(),
    commondata.next_batch(text, integer, integer),
    commondata.finish(text, integer, bigint, bigint, bigint[], text),
    commondata.park(text, integer, bigint, text, text, text),
    commondata.next_parked(text),
    commondata.finish_parked(text, integer, text, bigint, text),
    commondata.fail_parked(text, integer, text, bigint, text, text, text)
TO commondata_service;
GRANT EXECUTE ON FUNCTION
    commondata.replay_dead_letter(bigint, text, text),
    commondata.discard_dead_letter(bigint, text, text),
    commondata.pause_subscription(text, boolean)
TO commondata_operator;

-- Reading for programs that are no Java: psql, Python, COBOL with embedded SQL. First, with
-- autocommit:
--
--   begin_batch stamps, and marks the part or the parked key that this session is to take
--
-- then, in one transaction:
--
--   take_batch  locks one waiting part and returns its next events, or one parked event that is due
--   open_batch  the same events again, without what was refused meanwhile
--   fail        refuses one of them: its key waits with its followers, other keys flow on
--   finish      moves the cursor, writes the receipt, parks what was refused
--
-- The last two stand in V0019.
--
-- They stand on mark_work, next_batch, finish, begin_retry, next_parked, finish_parked and
-- fail_parked, which the Java poller calls one by one, and remember between the calls what was
-- taken. A crash, or a roll-back, undoes the client's writes, receipt and advance alike and frees
-- the lock. A commit without finish() would keep the writes and forget the advance: a trigger
-- refuses it. The marks find an event that ends its client, as they do for the poller.
--
-- A client that hangs is ended by the server, and so leaves its mark, too: see limit_transaction.
--
-- A client may be a session a batch: what must be known of a part from one to the next lies in
-- client_part (see V0005).
--
-- taken_batch is written by these functions only. No row of it is ever committed: whoever reads it
-- sees the rows of the own transaction. So it is unlogged, and nobody else reads it.

CREATE UNLOGGED TABLE commondata.taken_batch (
    subscription text     NOT NULL,
    part         smallint NOT NULL,
    parked       boolean  NOT NULL,
    batch_start  bigint   NOT NULL,
    batch_end    bigint   NOT NULL,
    events       commondata.batch_event[] NOT NULL,
    failed       jsonb    NOT NULL DEFAULT '[]',
    is_suspect   boolean  NOT NULL DEFAULT false,
    PRIMARY KEY (subscription, part)
);
COMMENT ON TABLE commondata.taken_batch IS
    'Batches of SQL clients between take_batch() and finish(), each seen by its transaction alone';
COMMENT ON COLUMN commondata.taken_batch.subscription IS 'Reader';
COMMENT ON COLUMN commondata.taken_batch.part IS 'Part of the log, locked by the transaction';
COMMENT ON COLUMN commondata.taken_batch.parked IS 'Whether it is one parked event that was due';
COMMENT ON COLUMN commondata.taken_batch.batch_start IS 'Position of the cursor before the batch';
COMMENT ON COLUMN commondata.taken_batch.batch_end IS 'Position of the cursor after it';
COMMENT ON COLUMN commondata.taken_batch.events IS 'Events to be handled, in order';
COMMENT ON COLUMN commondata.taken_batch.failed IS 'What fail() refused, with its followers';
COMMENT ON COLUMN commondata.taken_batch.is_suspect IS
    'Whether its one event was begun so often that an outage may be its own doing';

CREATE FUNCTION commondata.refuse_unfinished_batch() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF EXISTS (
        SELECT FROM commondata.taken_batch AS t
        WHERE t.subscription = NEW.subscription AND t.part = NEW.part
    ) THEN
        RAISE EXCEPTION 'a batch of "%" was taken and not finished', NEW.subscription
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  HINT = 'Call finish() before COMMIT, or roll back.';
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION commondata.refuse_unfinished_batch() IS
    'Refuses the commit of a transaction that took a batch and did not finish it';
REVOKE EXECUTE ON FUNCTION commondata.refuse_unfinished_batch() FROM PUBLIC;
CREATE CONSTRAINT TRIGGER is_finished_at_commit AFTER INSERT ON commondata.taken_batch
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION commondata.refuse_unfinished_batch();

-- What a session remembers of begin_batch: the reader, and the transaction, by when it began: its
-- rows would not say so if they were written in a subtransaction.
CREATE FUNCTION commondata.begun_now(p_subscription text) RETURNS text
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT extract(epoch FROM now()) || ' ' || p_subscription;
END;
COMMENT ON FUNCTION commondata.begun_now(text) IS
    'Says that a batch of a reader was begun in this transaction';

-- begin_batch: what must be committed before the work. Parked keys that are due and other events
-- take turns, whoever's session it is: else a thousand keys that come due at once would keep all
-- others waiting. Nodes are told of a round that it has stamped, as look tells them, where the
-- setting commondata.wake_nodes is on: of the session, the login or the database. While a backlog
-- is numbered slice by slice there may be something behind what has a position: a client that ended
-- at false would leave it.
CREATE FUNCTION commondata.begin_batch(p_subscription text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    sub         commondata.subscription := commondata.owned_subscription(p_subscription);
    me          text := commondata.session_worker(pg_backend_pid());
    node        text := coalesce(nullif(current_setting('application_name'), ''), 'sql');
    was_retried boolean;
    begun       smallint;
BEGIN
    IF commondata.stamp() > 0 AND current_setting('commondata.wake_nodes', true) = 'on' THEN
        PERFORM pg_notify('commondata_stamped', me);
    END IF;
    PERFORM set_config('commondata.begun', commondata.begun_now(p_subscription), false);
    SELECT coalesce(max(p.retried_at) > max(p.read_at), false) INTO was_retried
    FROM commondata.client_part AS p
    WHERE p.subscription = p_subscription;
    IF was_retried THEN
        begun := commondata.begin_reading(sub, me, node);
    END IF;
    IF begun IS NOT NULL THEN
        INSERT INTO commondata.client_part (subscription, part, read_at)
        VALUES (p_subscription, begun, clock_timestamp())
        ON CONFLICT (subscription, part) DO UPDATE
        SET read_at = excluded.read_at;
        -- What this session began to retry and rolled back is for whoever's turn it is then.
        UPDATE commondata.parked_key AS k
        SET tried_by = NULL
        FROM (
            SELECT t.part, t.key
            FROM commondata.parked_key AS t
            WHERE t.subscription = p_subscription AND t.tried_by = me
            FOR UPDATE SKIP LOCKED
        ) AS mine
        WHERE (k.subscription, k.part, k.key) = (p_subscription, mine.part, mine.key);
        RETURN true;
    END IF;
    SELECT r.part INTO begun FROM commondata.begin_retry(p_subscription, me, node) AS r;
    IF FOUND THEN
        INSERT INTO commondata.client_part (subscription, part, retried_at)
        VALUES (p_subscription, begun, clock_timestamp())
        ON CONFLICT (subscription, part) DO UPDATE
        SET retried_at = excluded.retried_at;
        RETURN true;
    END IF;
    IF NOT was_retried AND commondata.begin_reading(sub, me, node) IS NOT NULL THEN
        RETURN true;
    END IF;
    RETURN EXISTS (SELECT FROM commondata.sequencer AS z WHERE z.goal IS NOT NULL);
END
$$;
COMMENT ON FUNCTION commondata.begin_batch IS
    'Stamps, and says whether there is something to take; in a transaction of its own, before it';

-- Refuses what would make the marks worthless: none, or one that a crash would undo.
CREATE FUNCTION commondata.check_begun(p_subscription text) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    begun text := current_setting('commondata.begun', true);
BEGIN
    IF substr(begun, strpos(begun, ' ') + 1) IS DISTINCT FROM p_subscription THEN
        RAISE EXCEPTION 'no batch of "%" was begun in this session', p_subscription
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  HINT = 'Call begin_batch() first, with autocommit.';
    END IF;
    IF begun = commondata.begun_now(p_subscription) THEN
        RAISE EXCEPTION 'the batch of "%" was begun in this transaction', p_subscription
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  HINT = 'Call begin_batch() with autocommit, or commit after it: '
                      'it must be known even if the client dies of what it takes.';
    END IF;
END
$$;
COMMENT ON FUNCTION commondata.check_begun IS
    'Fails unless a batch was begun, by this session, in a transaction before this one';

-- limit_transaction: what the poller's time limit is to a handler. A client can't be watched, so
-- from PostgreSQL 17 on the server ends its session when the events that it has taken may have had
-- all their time, and two seconds to finish: its mark stays, and the next one takes them singly.
-- The server counts from where a limit comes into force, and goes on counting when it is changed:
-- so the one of a batch before, in the same transaction, is lifted first. A shorter one of somebody
-- else, be it the login's or the client's own, stays.
CREATE FUNCTION commondata.limit_transaction(sub commondata.subscription, p_events integer)
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    known      text := current_setting('transaction_timeout', true);
    is_ours    boolean := known = current_setting('commondata.time_given', true);
    allowed_ms bigint := least(sub.time_limit_ms * p_events + 2000, 2147483647);
BEGIN
    -- Older servers don't know the setting.
    IF known IS NULL THEN
        RETURN;
    END IF;
    IF is_ours IS NOT TRUE
       AND known::interval > interval '0'
       AND known::interval <= allowed_ms * interval '1 millisecond' THEN
        RETURN;
    END IF;
    PERFORM set_config('transaction_timeout', '0', true);
    PERFORM set_config('transaction_timeout', allowed_ms::text, true);
    PERFORM set_config('commondata.time_given', current_setting('transaction_timeout'), true);
END
$$;
COMMENT ON FUNCTION commondata.limit_transaction IS
    'Lets the server end a transaction whose batch has had all its time; for take_batch';

-- What next_batch gives, up to so many bytes of payload: the events of a batch are one value until
-- finish, which fail writes anew, and a value has a gigabyte at most. The batch then ends at the
-- last event that fits. What does not is not even read.
CREATE FUNCTION commondata.next_events(
    p_subscription text,
    p_limit        integer,
    p_part         integer,
    p_bytes        bigint DEFAULT 16777216
) RETURNS commondata.batch_event[]
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    events commondata.batch_event[];
    event  commondata.batch_event;
    bytes  bigint := 0;
BEGIN
    FOR event IN
        SELECT b.*
        FROM commondata.next_batch(p_subscription, p_limit, p_part) AS b
        ORDER BY b.seq
    LOOP
        bytes := bytes + commondata.payload_bytes(event.payload);
        IF bytes > p_bytes AND events IS NOT NULL THEN
            FOR i IN 1 .. cardinality(events) LOOP
                events[i].batch_end := events[cardinality(events)].seq;
            END LOOP;
            EXIT;
        END IF;
        events := array_append(events, event);
    END LOOP;
    RETURN events;
END
$$;
COMMENT ON FUNCTION commondata.next_events IS
    'Next events of a part, as many as one value may hold; for take_batch';

-- Whether an event was begun so often that its outages may be its own doing.
CREATE FUNCTION commondata.is_suspect(
    p_subscription text,
    p_event        commondata.batch_event,
    p_is_parked    boolean
) RETURNS boolean
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT CASE
        WHEN p_is_parked THEN EXISTS (
            SELECT FROM commondata.parked_key AS k
            WHERE (k.subscription, k.part, k.key) = (p_subscription, p_event.part, p_event.key)
              AND k.tries >= 10
        )
        ELSE EXISTS (
            SELECT FROM commondata.client_part AS p
            WHERE (p.subscription, p.part) = (p_subscription, p_event.part)
              AND p.begun_pos = p_event.batch_start
              AND p.begun_count >= 10
        )
    END;
END;
COMMENT ON FUNCTION commondata.is_suspect IS
    'Whether an event was begun ten times and never ended; for take_batch';

-- take_batch: what begin_batch found: a parked event that is due, alone, or the next events of one
-- part.
CREATE FUNCTION commondata.take_batch(p_subscription text, p_limit integer DEFAULT 100)
RETURNS SETOF commondata.batch_event
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    sub       commondata.subscription := commondata.owned_subscription(p_subscription);
    me        text := commondata.session_worker(pg_backend_pid());
    begun     record;
    taken     commondata.batch_event[];
    is_parked boolean;
BEGIN
    IF EXISTS (
        SELECT FROM commondata.taken_batch AS t WHERE t.subscription = p_subscription
    ) THEN
        RAISE EXCEPTION 'a batch of "%" is open in this transaction', p_subscription
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  HINT = 'Call finish() and commit before the next one is taken.';
    END IF;
    PERFORM commondata.check_limit(p_limit);
    PERFORM commondata.check_begun(p_subscription);
    FOR begun IN
        SELECT k.part, k.key
        FROM commondata.parked_key AS k
        WHERE k.subscription = p_subscription AND k.tried_by = me
        ORDER BY k.tried_at
    LOOP
        SELECT array_agg(b ORDER BY b.seq) INTO taken
        FROM commondata.next_parked(p_subscription, me, begun.part, begun.key) AS b;
        EXIT WHEN taken IS NOT NULL;
    END LOOP;
    is_parked := taken IS NOT NULL;
    FOR begun IN
        SELECT
            m.part,
            CASE
                WHEN m.crash_count > 0 OR coalesce(p.careful_to, 0) > c.pos THEN 1
                ELSE p_limit
            END AS size
        FROM commondata.work_mark AS m
        JOIN commondata.cursor AS c USING (subscription, part)
        LEFT JOIN commondata.client_part AS p USING (subscription, part)
        WHERE m.subscription = p_subscription
          AND m.worker = me
          AND (m.crash_count = 0 OR m.pos = c.pos)
          AND EXISTS (
              SELECT FROM commondata.type_head AS t
              WHERE t.part = c.part AND t.type = ANY (sub.types) AND t.head > c.pos
          )
        ORDER BY c.moved_at
    LOOP
        EXIT WHEN taken IS NOT NULL;
        taken := commondata.next_events(p_subscription, begun.size, begun.part);
    END LOOP;
    IF taken IS NULL THEN
        RETURN;
    END IF;
    INSERT INTO commondata.taken_batch (
        subscription, part, parked, batch_start, batch_end, events, is_suspect)
    VALUES (
        p_subscription, taken[1].part, is_parked, taken[1].batch_start, taken[1].batch_end,
        taken,
        cardinality(taken) = 1 AND commondata.is_suspect(p_subscription, taken[1], is_parked));
    PERFORM commondata.limit_transaction(sub, cardinality(taken));
    RETURN QUERY SELECT b.* FROM unnest(taken) AS b;
END
$$;
COMMENT ON FUNCTION commondata.take_batch IS
    'Locks one waiting part and returns its next events in order, or one parked event that is due';

CREATE FUNCTION commondata.open_batch(p_subscription text)
RETURNS SETOF commondata.batch_event
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM commondata.owned_subscription(p_subscription);
    RETURN QUERY
    SELECT b.*
    FROM commondata.taken_batch AS t
    CROSS JOIN LATERAL unnest(t.events) AS b
    WHERE t.subscription = p_subscription
    ORDER BY b.seq;
END
$$;
COMMENT ON FUNCTION commondata.open_batch IS
    'Events of the batch that this transaction took, without those that fail() refused';

GRANT EXECUTE ON FUNCTION
    commondata.begin_batch(text),
    commondata.take_batch(text, integer),
    commondata.open_batch(text)
TO commondata_service;

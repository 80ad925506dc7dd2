-- The shared log. Written by commondata.publish and publish_all in the caller's own transaction;
-- numbered by commondata.stamp; read by subscriptions through next_batch. Append-only: nobody has
-- UPDATE or DELETE. Kept as whole days (partitions).
--
-- Why two tables: an id is taken at INSERT but becomes visible at COMMIT, so ids are no reading
-- order. outbox_seq is the reading order: dense per part, written only for committed events.
--
-- Indexes: outbox_pkey (tx, id, occurred_at) serves the sequencer (range of tx) and the join from
-- outbox_seq; outbox_by_key serves the trace of one business id.

CREATE FUNCTION commondata.parts() RETURNS smallint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS 'SELECT ${parts}::smallint';
COMMENT ON FUNCTION commondata.parts() IS
    'Number of parts of the log, fixed at install: changing it would break the order within a key';

CREATE FUNCTION commondata.part_of(key text) RETURNS smallint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS 'SELECT ((hashtextextended(key, 0) & 2147483647) % ${parts})::smallint';
COMMENT ON FUNCTION commondata.part_of(text) IS 'Part of the log in which all events of a key lie';

-- Version 7 (RFC 9562): time-ordered. Servers before 18 lack uuidv7().
DO $do$
BEGIN
    IF current_setting('server_version_num')::int >= 180000 THEN
        CREATE FUNCTION commondata.new_event_id() RETURNS uuid
        LANGUAGE sql VOLATILE PARALLEL SAFE AS 'SELECT uuidv7()';
    ELSE
        CREATE FUNCTION commondata.new_event_id() RETURNS uuid
        LANGUAGE sql VOLATILE PARALLEL SAFE AS $fn$
            SELECT encode(
                set_bit(
                    set_bit(
                        overlay(
                            uuid_send(gen_random_uuid())
                            PLACING substring(
                                int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint)
                                FROM 3)
                            FROM 1 FOR 6),
                        52, 1),
                    53, 1),
                'hex')::uuid
        $fn$;
    END IF;
END
$do$;
COMMENT ON FUNCTION commondata.new_event_id() IS 'A new UUID of version 7 (RFC 9562)';

CREATE TABLE commondata.outbox (
    id             bigint      GENERATED ALWAYS AS IDENTITY,
    tx             xid8        NOT NULL DEFAULT pg_current_xact_id(),
    occurred_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    part           smallint    NOT NULL,
    source         text        NOT NULL,
    kind           text        NOT NULL,
    type           text        NOT NULL,
    version        smallint    NOT NULL,
    key            text        NOT NULL,
    event_id       uuid        NOT NULL,
    correlation_id uuid        NOT NULL,
    causation_id   uuid,
    reply_to       text,
    business_date  date        NOT NULL,
    traceparent    text,
    payload        jsonb       NOT NULL,
    PRIMARY KEY (tx, id, occurred_at),
    CONSTRAINT kind_is_known CHECK (kind IN ('event', 'request', 'response'))
) PARTITION BY RANGE (occurred_at);
CREATE INDEX outbox_by_key ON commondata.outbox (key);

COMMENT ON TABLE commondata.outbox IS
    'Events: committed facts, append-only. Written by publish(), read through next_batch()';
COMMENT ON COLUMN commondata.outbox.id IS 'Taken at INSERT; no reading order (see outbox_seq)';
COMMENT ON COLUMN commondata.outbox.tx IS 'Transaction that published the event';
COMMENT ON COLUMN commondata.outbox.occurred_at IS 'When it was published, by the server''s clock';
COMMENT ON COLUMN commondata.outbox.part IS 'part_of(key): one key always lies in one part';
COMMENT ON COLUMN commondata.outbox.source IS 'Login that published it; never an argument';
COMMENT ON COLUMN commondata.outbox.kind IS 'event | request | response';
COMMENT ON COLUMN commondata.outbox.type IS 'Past-tense fact such as order.placed, or a request';
COMMENT ON COLUMN commondata.outbox.version IS 'Version of the payload''s JSON Schema';
COMMENT ON COLUMN commondata.outbox.key IS 'Business id; events of one key are handled in order';
COMMENT ON COLUMN commondata.outbox.event_id IS 'Identity of the event for everybody outside';
COMMENT ON COLUMN commondata.outbox.correlation_id IS 'Shared by all events of one flow';
COMMENT ON COLUMN commondata.outbox.causation_id IS 'event_id of the event that caused this one';
COMMENT ON COLUMN commondata.outbox.reply_to IS 'Service that a response is for';
COMMENT ON COLUMN commondata.outbox.business_date IS 'Day the fact is about';
COMMENT ON COLUMN commondata.outbox.traceparent IS 'W3C trace context of the producer';
COMMENT ON COLUMN commondata.outbox.payload IS 'The fact itself; fat: all that its readers need';

CREATE TABLE commondata.outbox_seq (
    part        smallint    NOT NULL,
    seq         bigint      NOT NULL,
    stamped_at  timestamptz NOT NULL,
    id          bigint      NOT NULL,
    tx          xid8        NOT NULL,
    occurred_at timestamptz NOT NULL,
    type        text        NOT NULL,
    PRIMARY KEY (part, seq, stamped_at)
) PARTITION BY RANGE (stamped_at);
CREATE INDEX outbox_seq_by_event ON commondata.outbox_seq (tx, id);

COMMENT ON TABLE commondata.outbox_seq IS
    'Reading order of the log: written by stamp() only, for committed events only';
COMMENT ON COLUMN commondata.outbox_seq.part IS 'Part of the log';
COMMENT ON COLUMN commondata.outbox_seq.seq IS 'Position in the part: 1, 2, 3 ... without a gap';
COMMENT ON COLUMN commondata.outbox_seq.stamped_at IS
    'When it was numbered; never falls within a part';
COMMENT ON COLUMN commondata.outbox_seq.id IS 'outbox.id';
COMMENT ON COLUMN commondata.outbox_seq.tx IS 'outbox.tx';
COMMENT ON COLUMN commondata.outbox_seq.occurred_at IS 'outbox.occurred_at: finds the partition';
COMMENT ON COLUMN commondata.outbox_seq.type IS 'outbox.type: skips other types without a join';

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

CREATE TABLE commondata.sequencer (
    only_row   boolean     PRIMARY KEY DEFAULT true,
    snapshot   pg_snapshot NOT NULL,
    stamped_at timestamptz NOT NULL,
    CONSTRAINT one_row CHECK (only_row)
) WITH (fillfactor = 50);
COMMENT ON TABLE commondata.sequencer IS
    'One row, locked by whoever stamps: what was visible at the last stamp';
COMMENT ON COLUMN commondata.sequencer.only_row IS 'Keeps the table at one row';
COMMENT ON COLUMN commondata.sequencer.snapshot IS 'Everything visible in it has its position';
COMMENT ON COLUMN commondata.sequencer.stamped_at IS 'When that was; never falls';
INSERT INTO commondata.sequencer (snapshot, stamped_at)
VALUES (pg_current_snapshot(), clock_timestamp());

-- Day partitions, made ahead. Called at every start and by a job; a missing day would refuse
-- every publication of that day.
CREATE FUNCTION commondata.make_partitions(days_ahead integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET timezone = 'UTC'
AS $$
DECLARE
    first_day date := current_date - 1;
    made      integer := 0;
    parent    text;
    child     text;
BEGIN
    FOREACH parent IN ARRAY ARRAY['outbox', 'outbox_seq'] LOOP
        FOR n IN 0 .. days_ahead + 1 LOOP
            child := format('%s_%s', parent, to_char(first_day + n, 'YYYYMMDD'));
            CONTINUE WHEN to_regclass(format('commondata.%I', child)) IS NOT NULL;
            -- Serialises several nodes that start at once.
            LOCK TABLE commondata.sequencer IN SHARE ROW EXCLUSIVE MODE;
            CONTINUE WHEN to_regclass(format('commondata.%I', child)) IS NOT NULL;
            EXECUTE format(
                'CREATE TABLE commondata.%I PARTITION OF commondata.%I '
                'FOR VALUES FROM (%L) TO (%L)',
                child, parent, first_day + n, first_day + n + 1);
            made := made + 1;
        END LOOP;
    END LOOP;
    RETURN made;
END
$$;
COMMENT ON FUNCTION commondata.make_partitions(integer) IS
    'Makes the day partitions of the log up to so many days ahead; returns how many were new';
SELECT commondata.make_partitions(14);

-- publish: appends one event in the caller's transaction. The source is the login.
CREATE FUNCTION commondata.publish(
    type           text,
    key            text,
    payload        jsonb,
    version        integer DEFAULT 1,
    kind           text    DEFAULT 'event',
    correlation_id uuid    DEFAULT NULL,
    causation_id   uuid    DEFAULT NULL,
    reply_to       text    DEFAULT NULL,
    business_date  date    DEFAULT NULL,
    traceparent    text    DEFAULT NULL
) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    new_id uuid := commondata.new_event_id();
BEGIN
    IF pg_column_size(payload) > 1048576 THEN
        RAISE EXCEPTION 'payload of % "%" has % bytes, more than 1048576',
            type, key, pg_column_size(payload)
            USING ERRCODE = 'program_limit_exceeded',
                  HINT = 'Publish a reference to the data, or several events.';
    END IF;
    IF octet_length(key) NOT BETWEEN 1 AND 200 OR octet_length(type) NOT BETWEEN 1 AND 100 THEN
        RAISE EXCEPTION 'event type "%" or key "%" is empty or too long',
            left(type, 100), left(key, 200)
            USING ERRCODE = 'invalid_parameter_value',
                  HINT = 'A type has 1 to 100 bytes, a key 1 to 200.';
    END IF;
    INSERT INTO commondata.outbox (
        part,
        source,
        kind,
        type,
        version,
        key,
        event_id,
        correlation_id,
        causation_id,
        reply_to,
        business_date,
        traceparent,
        payload
    )
    VALUES (
        commondata.part_of(key),
        session_user,
        kind,
        type,
        version,
        key,
        new_id,
        coalesce(correlation_id, new_id),
        causation_id,
        reply_to,
        coalesce(business_date, current_date),
        traceparent,
        payload
    );
    RETURN new_id;
END
$$;
COMMENT ON FUNCTION commondata.publish IS
    'Appends one event to the log in the caller''s transaction; returns its event_id';

CREATE TYPE commondata.new_event AS (
    type           text,
    key            text,
    payload        jsonb,
    version        integer,
    correlation_id uuid,
    causation_id   uuid,
    business_date  date,
    kind           text,
    reply_to       text
);
COMMENT ON TYPE commondata.new_event IS 'One event to publish with publish_all';

-- publish_all: the set-based variant, for file loads and batch jobs.
CREATE FUNCTION commondata.publish_all(events commondata.new_event[]) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    appended bigint;
BEGIN
    INSERT INTO commondata.outbox (
        part,
        source,
        kind,
        type,
        version,
        key,
        event_id,
        correlation_id,
        causation_id,
        reply_to,
        business_date,
        payload
    )
    SELECT
        commondata.part_of(e.key),
        session_user,
        coalesce(e.kind, 'event'),
        e.type,
        coalesce(e.version, 1),
        e.key,
        e.new_id,
        coalesce(e.correlation_id, e.new_id),
        e.causation_id,
        e.reply_to,
        coalesce(e.business_date, current_date),
        e.payload
    FROM (
        SELECT u.*, commondata.new_event_id() AS new_id
        FROM unnest(events) AS u
        OFFSET 0
    ) AS e;
    GET DIAGNOSTICS appended = ROW_COUNT;
    RETURN appended;
END
$$;
COMMENT ON FUNCTION commondata.publish_all(commondata.new_event[]) IS
    'Appends many events in the order of the array; returns how many';

-- stamp: the sequencer. Numbers what is visible now and was not at the last stamp.
--
--   1. Lock the one sequencer row, or leave at once if another stamps (SKIP LOCKED).
--   2. now := pg_current_snapshot(). An event is fresh if its transaction is visible in `now` and
--      was not in the last snapshot: it began after that one (tx >= its xmax), or it was running
--      then (tx in its xip list). No other transaction can have become visible in between.
--   3. Number the fresh ones per part in the order of id, move the heads, keep `now`.
--
-- Why no event is lost: each transaction leaves the running state once, so it lies between exactly
-- two consecutive snapshots. Why nothing stalls: a transaction still running is looked at again
-- next time by its own number; others don't wait for it. A rollback leaves nothing behind. Why the
-- order of a key holds: a producer that serialises on its aggregate takes its id after the one
-- before it committed, so the id order and the snapshot order agree. A crash anywhere rolls all of
-- it back: positions, heads and snapshot are one transaction.
--
-- enable_seqscan is off: what is fresh lies at the end of an index, but a planner whose statistics
-- are older than the day's rows would read the whole day to find it.
CREATE FUNCTION commondata.stamp() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
AS $$
DECLARE
    last_snapshot pg_snapshot;
    now_snapshot  pg_snapshot;
    at            timestamptz;
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
    SELECT s.snapshot INTO last_snapshot FROM commondata.sequencer AS s;
    now_snapshot := pg_current_snapshot();
    IF NOT EXISTS (
        SELECT FROM commondata.outbox AS o
        WHERE o.tx >= pg_snapshot_xmax(last_snapshot)
    ) AND NOT EXISTS (
        SELECT FROM pg_snapshot_xip(last_snapshot) AS x (tx)
        JOIN commondata.outbox AS o ON o.tx = x.tx
    ) THEN
        RETURN 0;
    END IF;

    SELECT s.snapshot, greatest(s.stamped_at, clock_timestamp())
    INTO last_snapshot, at
    FROM commondata.sequencer AS s
    FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN 0;
    END IF;
    now_snapshot := pg_current_snapshot();

    WITH fresh AS (
        SELECT o.part, o.id, o.tx, o.occurred_at, o.type
        FROM commondata.outbox AS o
        WHERE o.tx >= pg_snapshot_xmax(last_snapshot)
          AND o.tx < pg_snapshot_xmax(now_snapshot)
          AND pg_visible_in_snapshot(o.tx, now_snapshot)
        UNION ALL
        SELECT o.part, o.id, o.tx, o.occurred_at, o.type
        FROM pg_snapshot_xip(last_snapshot) AS x (tx)
        JOIN commondata.outbox AS o ON o.tx = x.tx
        WHERE pg_visible_in_snapshot(x.tx, now_snapshot)
    ),
    numbered AS (
        INSERT INTO commondata.outbox_seq (part, seq, stamped_at, id, tx, occurred_at, type)
        SELECT
            f.part,
            h.head + row_number() OVER (PARTITION BY f.part ORDER BY f.id),
            at,
            f.id,
            f.tx,
            f.occurred_at,
            f.type
        FROM fresh AS f
        JOIN commondata.part_head AS h ON h.part = f.part
        RETURNING part, seq
    ),
    moved AS (
        UPDATE commondata.part_head AS h
        SET head = n.last_seq
        FROM (SELECT part, max(seq) AS last_seq FROM numbered GROUP BY part) AS n
        WHERE h.part = n.part
    )
    SELECT count(*) INTO stamped FROM numbered;

    UPDATE commondata.sequencer SET snapshot = now_snapshot, stamped_at = at;
    RETURN stamped;
END
$$;
COMMENT ON FUNCTION commondata.stamp() IS
    'Gives every newly committed event its position; returns how many. Any poller may call it';

-- Who sees what: a service sees the types it subscribes to (policy in the next migration) and its
-- own events; readers see all. The owner's policy is what lets the functions above work under
-- FORCE.
ALTER TABLE commondata.outbox ENABLE ROW LEVEL SECURITY;
ALTER TABLE commondata.outbox FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_sees_all ON commondata.outbox TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY reader_sees_all ON commondata.outbox FOR SELECT TO commondata_reader USING (true);
CREATE POLICY service_sees_own ON commondata.outbox FOR SELECT TO commondata_service
    USING (source = current_user);

-- The shared log. Written by commondata.publish and publish_all in the caller's own transaction;
-- numbered by commondata.stamp; read by subscriptions through next_batch. Append-only: nobody has
-- UPDATE or DELETE. Kept as whole days (partitions).
--
-- Why two tables: an id is taken at INSERT but becomes visible at COMMIT, so ids are no reading
-- order. outbox_seq is the reading order: dense per part, written only for committed events.
--
-- Indexes: outbox_pkey (tx, id, occurred_at) serves the sequencer (range of tx) and the join from
-- outbox_seq; outbox_by_key serves the trace of one business id. outbox_seq_pkey serves next_batch,
-- and position_of, which finds an event's position without an index of its own.

CREATE FUNCTION commondata.parts() RETURNS smallint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS 'SELECT ${parts}::smallint';
COMMENT ON FUNCTION commondata.parts() IS
    'Number of parts of the log, fixed at install: changing it would break the order within a key';

CREATE FUNCTION commondata.part_of(key text) RETURNS smallint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS 'SELECT ((hashtextextended(key, 0) & 2147483647) % ${parts})::smallint';
COMMENT ON FUNCTION commondata.part_of(text) IS 'Part of the log in which all events of a key lie';

CREATE FUNCTION commondata.payload_bytes_max() RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS 'SELECT 1048576';
COMMENT ON FUNCTION commondata.payload_bytes_max() IS 'Most bytes of a payload, as jsonb';

-- The whole value, by an empty path: one that comes from a table may be compressed, and its size
-- with it. Put in place of its call.
CREATE FUNCTION commondata.payload_bytes(payload jsonb) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT pg_catalog.pg_column_size(payload OPERATOR(pg_catalog.#>) '{}') $$;
COMMENT ON FUNCTION commondata.payload_bytes(jsonb) IS
    'Bytes of a payload, as jsonb, however it is stored';

-- What a program hands over as a text. PL/pgSQL, and no cast at the caller: so the context of an
-- error says that it is about an event, also where other statements were sent with it.
CREATE FUNCTION commondata.payload_of(payload text) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
BEGIN
    RETURN payload;
END
$$;
COMMENT ON FUNCTION commondata.payload_of(text) IS 'A payload of its JSON text';

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

-- No CHECK here: the server reads a constraint anew at each INSERT, a tenth of what publishing
-- costs. Nobody may INSERT but publish and publish_all, and they check.
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
    PRIMARY KEY (tx, id, occurred_at)
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

-- Positions that follow each other and were given in one round, up to row_length() a row: a row and
-- an index entry an event would be two thirds of what a handled event writes. The view log_position
-- shows a row an event; at_position finds one.
CREATE TABLE commondata.outbox_seq (
    first_seq   bigint        NOT NULL,
    last_seq    bigint        NOT NULL,
    stamped_at  timestamptz   NOT NULL,
    part        smallint      NOT NULL,
    ids         bigint[]      NOT NULL,
    txs         xid8[]        NOT NULL,
    occurred_at timestamptz[] NOT NULL,
    types       text[]        NOT NULL,
    PRIMARY KEY (part, last_seq, stamped_at)
) PARTITION BY RANGE (stamped_at);

COMMENT ON TABLE commondata.outbox_seq IS
    'Reading order of the log: written by stamp() only, for committed events only';
COMMENT ON COLUMN commondata.outbox_seq.part IS 'Part of the log';
COMMENT ON COLUMN commondata.outbox_seq.first_seq IS
    'First position of the row; positions of a part are 1, 2, 3 ... without a gap';
COMMENT ON COLUMN commondata.outbox_seq.last_seq IS 'Last position of the row';
COMMENT ON COLUMN commondata.outbox_seq.stamped_at IS
    'When they were numbered; never falls within a part';
COMMENT ON COLUMN commondata.outbox_seq.ids IS 'outbox.id of each';
COMMENT ON COLUMN commondata.outbox_seq.txs IS 'outbox.tx of each';
COMMENT ON COLUMN commondata.outbox_seq.occurred_at IS
    'outbox.occurred_at of each: finds the partition';
COMMENT ON COLUMN commondata.outbox_seq.types IS
    'outbox.type of each: skips other types without a join';

-- A row of that many stays below the two kilobytes from which the server would move parts of it
-- elsewhere.
CREATE FUNCTION commondata.row_length() RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN 40;
COMMENT ON FUNCTION commondata.row_length() IS 'Positions a row of outbox_seq holds at most';

-- Whoever looks for positions in a range says so of last_seq, too: that is what the key serves.
-- Rows come in the order of (last_seq, seq) without sorting more than one row of the table.
CREATE VIEW commondata.log_position AS
SELECT
    q.part,
    q.first_seq + u.n - 1 AS seq,
    q.stamped_at,
    u.id,
    u.tx,
    u.occurred_at,
    u.type,
    q.last_seq
FROM commondata.outbox_seq AS q
CROSS JOIN LATERAL unnest(q.ids, q.txs, q.occurred_at, q.types)
    WITH ORDINALITY AS u (id, tx, occurred_at, type, n);
COMMENT ON VIEW commondata.log_position IS 'Reading order of the log, a row an event';
COMMENT ON COLUMN commondata.log_position.part IS 'Part of the log';
COMMENT ON COLUMN commondata.log_position.seq IS 'Position in the part: 1, 2, 3 ... without a gap';
COMMENT ON COLUMN commondata.log_position.stamped_at IS
    'When it was numbered; never falls within a part';
COMMENT ON COLUMN commondata.log_position.id IS 'outbox.id';
COMMENT ON COLUMN commondata.log_position.tx IS 'outbox.tx';
COMMENT ON COLUMN commondata.log_position.occurred_at IS 'outbox.occurred_at';
COMMENT ON COLUMN commondata.log_position.type IS 'outbox.type';
COMMENT ON COLUMN commondata.log_position.last_seq IS
    'Last position of the row of outbox_seq that it stands in: bounds a search';

-- No SET: the planner puts it in place of its call.
CREATE FUNCTION commondata.at_position(p_part smallint, p_seq bigint)
RETURNS SETOF commondata.log_position
LANGUAGE sql STABLE ROWS 1
BEGIN ATOMIC
    SELECT
        q.part,
        p_seq,
        q.stamped_at,
        q.ids[(p_seq - q.first_seq + 1)::integer],
        q.txs[(p_seq - q.first_seq + 1)::integer],
        q.occurred_at[(p_seq - q.first_seq + 1)::integer],
        q.types[(p_seq - q.first_seq + 1)::integer],
        q.last_seq
    FROM commondata.outbox_seq AS q
    WHERE q.part = p_part
      AND q.last_seq >= p_seq
      AND q.last_seq < p_seq + commondata.row_length()
      AND q.first_seq <= p_seq;
END;
COMMENT ON FUNCTION commondata.at_position IS 'The event at a position, as log_position shows it';

-- An event that is not due holds its key in every reader, and its day of the log.
CREATE FUNCTION commondata.check_delay(p_until timestamptz) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF p_until > now() + interval '366 days' THEN
        RAISE EXCEPTION 'no event can wait until %', p_until
            USING ERRCODE = 'invalid_parameter_value',
                  HINT = 'It waits a year at most: its key and its day of the log wait with it.';
    END IF;
END
$$;
COMMENT ON FUNCTION commondata.check_delay(timestamptz) IS 'Refuses an event that is due too late';

-- publish: appends one event in the caller's transaction. The source is the login. What may be
-- published stands in event_type, which has a later file of its own; so do the sentences of a
-- refusal (refuse_event), and what is not to be handled before a time (delay).
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
    traceparent    text    DEFAULT NULL,
    available_at   timestamptz DEFAULT NULL,
    event_id       uuid    DEFAULT NULL
) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    published bigint;
BEGIN
    IF event_id IS NULL THEN
        event_id := commondata.new_event_id();
    END IF;
    -- What the log takes is asked in the same statement: one executor run, not two.
    INSERT INTO commondata.outbox AS o (
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
    SELECT
        commondata.part_of(key),
        session_user,
        kind,
        type,
        version,
        key,
        event_id,
        coalesce(correlation_id, event_id),
        causation_id,
        reply_to,
        coalesce(business_date, current_date),
        traceparent,
        payload
    FROM commondata.event_type AS t
    WHERE t.type = publish.type
      AND t.version = publish.version
      AND octet_length(key) BETWEEN 1 AND 200
      AND kind IN ('event', 'request', 'response')
      AND coalesce(octet_length(reply_to), 0) <= 100
      AND coalesce(octet_length(traceparent), 0) <= 100
      AND commondata.payload_bytes(payload) <= commondata.payload_bytes_max()
    RETURNING o.id INTO published;
    IF NOT FOUND THEN
        PERFORM commondata.refuse_event(
            type, version, key, kind, payload, reply_to, traceparent);
    END IF;
    IF available_at IS NOT NULL THEN
        PERFORM commondata.check_delay(available_at);
        INSERT INTO commondata.delay (id, part, key, available_at)
        SELECT published, commondata.part_of(key), key, available_at
        WHERE available_at > clock_timestamp();
    END IF;
    RETURN event_id;
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

-- Two arrays of different lengths are no pairs: the shorter one would be filled up with NULLs.
CREATE FUNCTION commondata.check_beside(p_what text, p_count integer, p_event_count integer)
RETURNS void
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF p_count <> coalesce(p_event_count, 0) THEN
        RAISE EXCEPTION '% % for % events', p_count, p_what, coalesce(p_event_count, 0)
            USING ERRCODE = 'invalid_parameter_value',
                  HINT = 'Give one for each event, in their order; NULL where there is none.';
    END IF;
END
$$;
COMMENT ON FUNCTION commondata.check_beside IS
    'Refuses an array that is not as long as that of the events; for publish_all';

-- publish_all: the set-based variant, for file loads, batch jobs, and programs that hand over all
-- that a transaction has published at once. Arrays beside the events are in their order.
CREATE FUNCTION commondata.publish_all(
    events       commondata.new_event[],
    available_at timestamptz DEFAULT NULL,
    event_ids    uuid[]      DEFAULT NULL,
    traceparents text[]      DEFAULT NULL
) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    refused        record;
    appended_count bigint;
BEGIN
    PERFORM commondata.check_delay(available_at);
    PERFORM commondata.check_beside('event_ids', cardinality(event_ids), cardinality(events));
    PERFORM commondata.check_beside(
        'traceparents', cardinality(traceparents), cardinality(events));
    SELECT e.* INTO refused
    FROM unnest(events, traceparents) AS e (
        type,
        key,
        payload,
        version,
        correlation_id,
        causation_id,
        business_date,
        kind,
        reply_to,
        traceparent
    )
    WHERE (
        EXISTS (
            SELECT FROM commondata.event_type AS t
            WHERE t.type = e.type AND t.version = coalesce(e.version, 1)
        )
        AND octet_length(e.key) BETWEEN 1 AND 200
        AND coalesce(e.kind, 'event') IN ('event', 'request', 'response')
        AND coalesce(octet_length(e.reply_to), 0) <= 100
        AND coalesce(octet_length(e.traceparent), 0) <= 100
        AND commondata.payload_bytes(e.payload) <= commondata.payload_bytes_max()
    ) IS NOT TRUE
    LIMIT 1;
    IF FOUND THEN
        PERFORM commondata.refuse_event(
            refused.type,
            coalesce(refused.version, 1),
            refused.key,
            coalesce(refused.kind, 'event'),
            refused.payload,
            refused.reply_to,
            refused.traceparent);
    END IF;

    WITH appended AS (
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
            e.traceparent,
            e.payload
        FROM (
            SELECT u.*, coalesce(u.event_id, commondata.new_event_id()) AS new_id
            FROM unnest(events, event_ids, traceparents) AS u (
                type,
                key,
                payload,
                version,
                correlation_id,
                causation_id,
                business_date,
                kind,
                reply_to,
                event_id,
                traceparent
            )
            OFFSET 0
        ) AS e
        RETURNING id, part, key
    ),
    delayed AS (
        INSERT INTO commondata.delay (id, part, key, available_at)
        SELECT a.id, a.part, a.key, publish_all.available_at
        FROM appended AS a
        WHERE publish_all.available_at > clock_timestamp()
    )
    SELECT count(*) INTO appended_count FROM appended;
    RETURN appended_count;
END
$$;
COMMENT ON FUNCTION commondata.publish_all IS
    'Appends many events in the order of the array; returns how many';

-- Who sees what: a service sees its own events and the types it subscribes to (that policy stands
-- with the subscriptions); readers see all. The owner's policy is what lets the functions above
-- work under FORCE.
ALTER TABLE commondata.outbox ENABLE ROW LEVEL SECURITY;
ALTER TABLE commondata.outbox FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_sees_all ON commondata.outbox TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY reader_sees_all ON commondata.outbox FOR SELECT TO commondata_reader USING (true);
CREATE POLICY service_sees_own ON commondata.outbox FOR SELECT TO commondata_service
    USING (source = current_user);

GRANT SELECT ON commondata.outbox TO commondata_service;
GRANT EXECUTE ON FUNCTION
    commondata.parts(),
    commondata.part_of(text),
    commondata.payload_of(text)
TO commondata_service, commondata_reader;
GRANT EXECUTE ON FUNCTION
    commondata.row_length(),
    commondata.at_position(smallint, bigint)
TO commondata_reader;
GRANT EXECUTE ON FUNCTION
    commondata.publish(
        text, text, jsonb, integer, text, uuid, uuid, text, date, text, timestamptz, uuid),
    commondata.publish_all(commondata.new_event[], timestamptz, uuid[], text[])
TO commondata_service;

-- Readers of the log. A subscription belongs to one login; its cursors (one a part) are lease and
-- position in one: whoever holds the row lock reads the part, and the handler's writes, the
-- receipt and the advance are one commit.
--
-- Written by create_subscription (migrations) and the functions of the next files, under the
-- owner's login. Read by the owner and by readers. Kept for ever.

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
    max_keys       integer     NOT NULL DEFAULT 1000,
    max_chain      integer     NOT NULL DEFAULT 10000,
    time_limit_ms  bigint      NOT NULL DEFAULT 30000,
    four_eyes      boolean     NOT NULL DEFAULT false,
    sources        text[],
    CONSTRAINT attempts_are_positive CHECK (max_attempts > 0),
    CONSTRAINT caps_are_positive CHECK (max_keys > 0 AND max_chain > 0),
    -- Less than a connection waits for an answer: a handler that is cut off is no outage.
    CONSTRAINT time_limit_is_in_bounds CHECK (time_limit_ms BETWEEN 1 AND 240000),
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
COMMENT ON COLUMN commondata.subscription.max_keys IS
    'Failed keys that may be parked; at the next failure the part is paused instead';
COMMENT ON COLUMN commondata.subscription.max_chain IS
    'Events of a key that may wait, parked; beyond that its part is not read on';
COMMENT ON COLUMN commondata.subscription.time_limit_ms IS
    'How long a handler may take for one event (a batch handler: one call); then it is cut off';
COMMENT ON COLUMN commondata.subscription.four_eyes IS
    'Whether an operator''s act on its dead letters needs a second one who confirms it';
COMMENT ON COLUMN commondata.subscription.sources IS
    'Logins whose events it receives; NULL: of all. A filter, not a wall: RLS goes by type';

CREATE TABLE commondata.cursor (
    subscription text        NOT NULL REFERENCES commondata.subscription (name),
    part         smallint    NOT NULL,
    pos          bigint      NOT NULL DEFAULT 0,
    pos_at       timestamptz NOT NULL DEFAULT '-infinity',
    moved_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    paused_until timestamptz,
    pause_count  integer     NOT NULL DEFAULT 0,
    pause_reason text,
    started_after bigint     NOT NULL DEFAULT 0,
    PRIMARY KEY (subscription, part)
) WITH (fillfactor = 50);
COMMENT ON TABLE commondata.cursor IS 'Last handled position of a subscription in each part';
COMMENT ON COLUMN commondata.cursor.subscription IS 'Whose';
COMMENT ON COLUMN commondata.cursor.part IS 'Part of the log';
COMMENT ON COLUMN commondata.cursor.pos IS 'Everything up to here is handled, parked or dead';
COMMENT ON COLUMN commondata.cursor.pos_at IS 'stamped_at of that position: skips older partitions';
COMMENT ON COLUMN commondata.cursor.moved_at IS
    'When it last moved: the longest waiting goes first';
COMMENT ON COLUMN commondata.cursor.paused_until IS
    'An outage: nobody reads on before that; then one event probes whether it is over';
COMMENT ON COLUMN commondata.cursor.pause_count IS 'Pauses in a row; each is longer';
COMMENT ON COLUMN commondata.cursor.pause_reason IS 'Why it is paused';
COMMENT ON COLUMN commondata.cursor.started_after IS 'Position it began behind; 0: at the first';

-- Written by change_subscription, read by the views of schema invariant and, at a start, by those
-- who read the log. Kept for ever.
CREATE TABLE commondata.type_change (
    subscription text     NOT NULL REFERENCES commondata.subscription (name),
    part         smallint NOT NULL,
    type         text     NOT NULL,
    pos          bigint   NOT NULL,
    PRIMARY KEY (subscription, part, type)
);
COMMENT ON TABLE commondata.type_change IS
    'Where a reader stood when it last got, or lost, an event type';
COMMENT ON COLUMN commondata.type_change.subscription IS 'Whose';
COMMENT ON COLUMN commondata.type_change.part IS 'Part of the log';
COMMENT ON COLUMN commondata.type_change.type IS 'Event type';
COMMENT ON COLUMN commondata.type_change.pos IS
    'The type is wanted behind it if the reader has it now, and was up to it if not';

-- start_position: where in a part reading begins, as the position of the cursor before it:
-- 'beginning' (the oldest event that retention has left), 'now' (behind all that is numbered), a
-- time (events stamped from then on), or 'PART:POSITION' (that event is the first; NULL for other
-- parts). For create_subscription and rewind_subscription.
CREATE FUNCTION commondata.start_position(p_part smallint, p_start text) RETURNS bigint
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    lowest  bigint;
    highest bigint;
    wanted  bigint;
    since   timestamptz;
BEGIN
    SELECT f.seq, h.head INTO lowest, highest
    FROM commondata.part_head AS h
    JOIN commondata.log_floor AS f ON f.part = h.part
    WHERE h.part = p_part;
    CASE
        WHEN p_start = 'beginning' THEN
            RETURN lowest;
        WHEN p_start = 'now' THEN
            RETURN highest;
        WHEN p_start ~ '^[0-9]{1,4}:[0-9]{1,18}$' THEN
            IF split_part(p_start, ':', 1)::integer >= commondata.parts() THEN
                RAISE EXCEPTION 'position "%" is not in the log: its parts are 0 to %',
                    p_start, commondata.parts() - 1
                    USING ERRCODE = 'invalid_parameter_value';
            END IF;
            IF split_part(p_start, ':', 1)::integer <> p_part THEN
                RETURN NULL;
            END IF;
            wanted := split_part(p_start, ':', 2)::bigint - 1;
            IF wanted < lowest OR wanted > highest THEN
                RAISE EXCEPTION 'position "%" is not in the log: part % has % to %',
                    p_start, p_part, lowest + 1, highest
                    USING ERRCODE = 'invalid_parameter_value';
            END IF;
            RETURN wanted;
        ELSE
            BEGIN
                since := p_start::timestamptz;
            EXCEPTION WHEN OTHERS THEN
                RAISE EXCEPTION 'start "%" is not known', p_start
                    USING ERRCODE = 'invalid_parameter_value',
                          HINT = 'Say beginning, now, PART:POSITION, or a time as '
                              '2026-11-21T08:00Z.';
            END;
            SELECT q.last_seq INTO wanted
            FROM commondata.log_position AS q
            WHERE q.part = p_part AND q.stamped_at < since
            ORDER BY q.last_seq DESC
            LIMIT 1;
            RETURN greatest(wanted, lowest);
    END CASE;
END
$$;
COMMENT ON FUNCTION commondata.start_position IS
    'Position before which reading begins: beginning, now, PART:POSITION, or a time';

-- Called by migrations only (nobody else has EXECUTE): what a service may read is decided there.
-- Called again with the same values it changes nothing, so that a migration may be repeated.
CREATE FUNCTION commondata.create_subscription(
    name         text,
    owner        name,
    types        text[],
    on_dead      text    DEFAULT 'SKIP',
    max_attempts integer DEFAULT 5,
    start        text    DEFAULT 'beginning',
    sources      text[]  DEFAULT NULL
) RETURNS void
LANGUAGE plpgsql
AS $$
#variable_conflict use_variable
DECLARE
    there commondata.subscription;
BEGIN
    SELECT s.* INTO there FROM commondata.subscription AS s WHERE s.name = create_subscription.name;
    IF FOUND THEN
        IF there.owner = owner
           AND there.types @> types AND there.types <@ types
           AND there.sources IS NOT DISTINCT FROM sources THEN
            IF (there.on_dead, there.max_attempts) <> (on_dead, max_attempts) THEN
                RAISE WARNING
                    'subscription "%" keeps on_dead % and max_attempts %, not % and %: '
                    'UPDATE commondata.subscription changes them',
                    name, there.on_dead, there.max_attempts, on_dead, max_attempts;
            END IF;
            RETURN;
        END IF;
        RAISE EXCEPTION 'subscription "%" exists: it belongs to "%" and reads % from %',
            name, there.owner, there.types, coalesce(there.sources::text, 'all')
            USING ERRCODE = 'duplicate_object',
                  HINT = 'Give the new reader a name of its own, which has its own position, or '
                      'change what this one reads with change_subscription.';
    END IF;
    INSERT INTO commondata.subscription (name, owner, types, on_dead, max_attempts, sources)
    VALUES (name, owner, types, on_dead, max_attempts, sources);
    -- Retention waits, or has given up its days already: what is about to be read stays.
    PERFORM FROM commondata.log_floor AS f ORDER BY f.part FOR SHARE;
    INSERT INTO commondata.cursor (subscription, part, pos, started_after)
    SELECT name, p.part, p.pos, p.pos
    FROM (
        SELECT h.part, coalesce(commondata.start_position(h.part, start), h.head) AS pos
        FROM commondata.part_head AS h
    ) AS p;
END
$$;
COMMENT ON FUNCTION commondata.create_subscription IS
    'Creates a reader of these types and sources, from where "start" says: beginning, now, a time, '
    'or PART:POSITION, which is for that part; all others start at now';

-- change_subscription: what a reader reads from now on. Of a new type it gets the events behind
-- its cursors: what it has passed does not come (a rewind brings it). Events of a type that it no
-- longer reads and that are parked still come. For migrations, as create_subscription; again with
-- the same types it changes nothing. Whoever reads has looked the subscription up in the same
-- transaction, so the lock on the table waits for all batches under way, and who comes meanwhile
-- waits and reads the new row: no cursor passes an event by the old types afterwards. To be called
-- before other DDL of its migration: whoever waits for that could hold what this waits for.
CREATE FUNCTION commondata.change_subscription(name text, types text[]) RETURNS void
LANGUAGE plpgsql
SET lock_timeout = '30s'
AS $$
#variable_conflict use_variable
DECLARE
    there commondata.subscription;
BEGIN
    SELECT s.* INTO there
    FROM commondata.subscription AS s
    WHERE s.name = change_subscription.name;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'subscription "%" does not exist', name
            USING ERRCODE = 'undefined_object',
                  HINT = 'A migration creates it with commondata.create_subscription.';
    END IF;
    IF there.types @> types AND there.types <@ types THEN
        RETURN;
    END IF;
    LOCK TABLE commondata.subscription IN ACCESS EXCLUSIVE MODE;
    SELECT s.* INTO there
    FROM commondata.subscription AS s
    WHERE s.name = change_subscription.name;
    INSERT INTO commondata.type_change AS t (subscription, part, type, pos)
    SELECT name, c.part, changed.type, c.pos
    FROM commondata.cursor AS c
    CROSS JOIN (
        (SELECT unnest(there.types) EXCEPT SELECT unnest(types))
        UNION
        (SELECT unnest(types) EXCEPT SELECT unnest(there.types))
    ) AS changed (type)
    WHERE c.subscription = name
    ON CONFLICT (subscription, part, type) DO UPDATE SET pos = excluded.pos;
    UPDATE commondata.subscription AS s
    SET types = change_subscription.types
    WHERE s.name = change_subscription.name;
END
$$;
COMMENT ON FUNCTION commondata.change_subscription IS
    'Changes the event types of a reader, from where it stands';

-- owned_subscription: VOLATILE, since who waits here for change_subscription must read what it has
-- made: a STABLE function would go on with the snapshot of its caller, from before.
CREATE FUNCTION commondata.owned_subscription(wanted text) RETURNS commondata.subscription
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
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

-- check_isolation: what reads on and moves cursors must see what others have committed: with a
-- snapshot from before change_subscription it would pass events by the old types.
CREATE FUNCTION commondata.check_isolation() RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'reading the log needs a read committed transaction, not %',
            current_setting('transaction_isolation')
            USING ERRCODE = 'active_sql_transaction',
                  HINT = 'It is the default; see default_transaction_isolation.';
    END IF;
END
$$;
COMMENT ON FUNCTION commondata.check_isolation() IS 'Refuses transactions that do not see others';

CREATE FUNCTION commondata.check_limit(p_limit integer) RETURNS void
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF (p_limit > 0) IS NOT TRUE THEN
        RAISE EXCEPTION 'a batch of % events can''t be taken', coalesce(p_limit::text, 'NULL')
            USING ERRCODE = 'invalid_parameter_value', HINT = 'Say how many at most: 1 or more.';
    END IF;
END
$$;
COMMENT ON FUNCTION commondata.check_limit(integer) IS
    'Refuses a batch of no event: its reader would pass all that waits';

-- A session that is silent in its transaction for a minute is ended (see V0001). Where a handler
-- may take more than half of that for one event, next_batch and next_parked allow more, for their
-- transaction: its limit, and time for the batch before it and to cut it off. So the limit always
-- comes first, and what it cuts off is counted; an ended session is an outage, which is not.
CREATE FUNCTION commondata.allow_silence(sub commondata.subscription) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM set_config(
        'idle_in_transaction_session_timeout', (sub.time_limit_ms + 30000)::text, true);
END
$$;
COMMENT ON FUNCTION commondata.allow_silence IS
    'Lets the open transaction be silent for as long as a handler may take';

CREATE FUNCTION commondata.pause_subscription(
    p_subscription text,
    p_paused       boolean,
    p_actor        text,
    p_reason       text
) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    was_paused boolean;
BEGIN
    SELECT s.paused INTO was_paused
    FROM commondata.subscription AS s
    WHERE s.name = p_subscription
    FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    UPDATE commondata.subscription AS s SET paused = p_paused WHERE s.name = p_subscription;
    PERFORM commondata.audit(
        p_actor,
        CASE WHEN p_paused THEN 'pause' ELSE 'resume' END,
        'subscription ' || p_subscription,
        p_reason,
        jsonb_build_object('paused', was_paused),
        jsonb_build_object('paused', p_paused));
    RETURN true;
END
$$;
COMMENT ON FUNCTION commondata.pause_subscription IS
    'Pauses or resumes a reader, audited; false if there is none of that name';

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

GRANT SELECT ON commondata.subscription, commondata.cursor, commondata.type_change
    TO commondata_service;
GRANT EXECUTE ON FUNCTION commondata.pause_subscription(text, boolean, text, text)
    TO commondata_operator;

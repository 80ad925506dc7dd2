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
    CONSTRAINT attempts_are_positive CHECK (max_attempts > 0),
    CONSTRAINT caps_are_positive CHECK (max_keys > 0 AND max_chain > 0),
    CONSTRAINT time_limit_is_positive CHECK (time_limit_ms > 0),
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
    'Events that may wait behind a failed one; beyond that its part is not read on';
COMMENT ON COLUMN commondata.subscription.time_limit_ms IS
    'How long a handler may take for one event (a batch handler: one call); then it is cut off';
COMMENT ON COLUMN commondata.subscription.four_eyes IS
    'Whether an operator''s act on its dead letters needs a second one who confirms it';

CREATE TABLE commondata.cursor (
    subscription text        NOT NULL REFERENCES commondata.subscription (name),
    part         smallint    NOT NULL,
    pos          bigint      NOT NULL DEFAULT 0,
    pos_at       timestamptz NOT NULL DEFAULT '-infinity',
    moved_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    paused_until timestamptz,
    pause_count  integer     NOT NULL DEFAULT 0,
    pause_reason text,
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
    'An outage: nobody reads the part before that; then one event probes whether it is over';
COMMENT ON COLUMN commondata.cursor.pause_count IS 'Pauses in a row; each is longer';
COMMENT ON COLUMN commondata.cursor.pause_reason IS 'Why it is paused';

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
    FOR UPDATE;
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

GRANT SELECT ON commondata.subscription, commondata.cursor TO commondata_service;
GRANT EXECUTE ON FUNCTION commondata.pause_subscription(text, boolean, text, text)
    TO commondata_operator;

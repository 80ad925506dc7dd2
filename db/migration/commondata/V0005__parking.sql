-- When an event fails: its key waits with its followers, in order, while other keys flow on; an
-- event whose attempts are exhausted becomes a dead letter, a copy that outlives the log.
--
-- Written by the poller's functions here and in the next files, under the subscription's login;
-- dead letters are closed by the operator's functions (hospital). Read by readers.

-- Parked: the key of an event that failed, or that is not due yet, and its followers wait here in
-- order; other keys flow on. parked_key_due finds what can be tried (begin_retry, look),
-- parked_key_by_key a business id, and parked_key_long a chain for which a part is not read on,
-- at each batch (next_batch, look). That one is empty as a rule, and has no column that changes: an
-- index of chains would cost an entry in each index whenever one grows, and looks to the planner
-- like one that finds a key.
CREATE TABLE commondata.parked_key (
    subscription    text        NOT NULL REFERENCES commondata.subscription (name),
    part            smallint    NOT NULL,
    key             text        NOT NULL,
    attempts        integer     NOT NULL DEFAULT 0,
    next_attempt_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    held            boolean     NOT NULL DEFAULT false,
    error_class     text,
    error_message   text,
    parked_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    cause           text        NOT NULL DEFAULT 'FAILED',
    failed_at       timestamptz,
    tried_by        text,
    tried_at        timestamptz,
    doubted_at      timestamptz,
    crash_count     integer     NOT NULL DEFAULT 0,
    chain           integer     NOT NULL DEFAULT 0,
    spared          integer     NOT NULL DEFAULT 0,
    is_long         boolean     NOT NULL DEFAULT false,
    tries           integer     NOT NULL DEFAULT 0,
    PRIMARY KEY (subscription, part, key),
    CONSTRAINT cause_is_known CHECK (cause IN ('FAILED', 'TRANSIENT', 'DELAYED', 'REPLAYED'))
);
CREATE INDEX parked_key_by_key ON commondata.parked_key (key);
CREATE INDEX parked_key_due ON commondata.parked_key (subscription, next_attempt_at)
    WHERE NOT held;
CREATE INDEX parked_key_long ON commondata.parked_key (subscription, part) WHERE is_long;
COMMENT ON TABLE commondata.parked_key IS
    'Keys whose head event failed or is not due yet; written by the poller';
COMMENT ON COLUMN commondata.parked_key.subscription IS 'Reader that waits with it';
COMMENT ON COLUMN commondata.parked_key.part IS 'Part of the log';
COMMENT ON COLUMN commondata.parked_key.key IS 'Key that waits';
COMMENT ON COLUMN commondata.parked_key.attempts IS 'Failures of the event at the head so far';
COMMENT ON COLUMN commondata.parked_key.next_attempt_at IS 'Not before';
COMMENT ON COLUMN commondata.parked_key.held IS
    'Waits for an operator: a dead letter that holds it lies before its head';
COMMENT ON COLUMN commondata.parked_key.error_class IS 'Class of the last error';
COMMENT ON COLUMN commondata.parked_key.error_message IS 'Message of the last error';
COMMENT ON COLUMN commondata.parked_key.parked_at IS 'When the key was parked';
COMMENT ON COLUMN commondata.parked_key.cause IS
    'FAILED | TRANSIENT (the cause may pass) | DELAYED (not due yet) | REPLAYED (by an operator)';
COMMENT ON COLUMN commondata.parked_key.failed_at IS 'When the head last failed';
COMMENT ON COLUMN commondata.parked_key.tried_by IS
    'Worker that began to try the head and has not said how it ended: it may have died of it';
COMMENT ON COLUMN commondata.parked_key.tried_at IS 'When it began';
COMMENT ON COLUMN commondata.parked_key.doubted_at IS
    'When another worker found the part free, though that try had not come to an end';
COMMENT ON COLUMN commondata.parked_key.crash_count IS
    'Tries of the head, one after the other, whose worker did not come back; not counted yet';
COMMENT ON COLUMN commondata.parked_key.chain IS 'Events of the key that wait: its parked_event';
COMMENT ON COLUMN commondata.parked_key.spared IS
    'Outages at which the head got its attempt back, with work done between them';
COMMENT ON COLUMN commondata.parked_key.is_long IS
    'Whether its chain had max_chain events when it last grew';
COMMENT ON COLUMN commondata.parked_key.tries IS
    'Tries of the head that were begun since one of them was last counted, or paused its part';

-- Chains that are as long as they may be: their parts are not read on, since it is better that a
-- part waits than that the log is copied into one chain. Served by parked_key_long.
CREATE VIEW commondata.full_chain AS
SELECT
    k.subscription,
    k.part,
    k.key
FROM commondata.parked_key AS k
JOIN commondata.subscription AS s ON s.name = k.subscription
WHERE k.is_long
  AND k.chain >= s.max_chain;
COMMENT ON VIEW commondata.full_chain IS 'Parked keys whose chain keeps their part from being read';
COMMENT ON COLUMN commondata.full_chain.subscription IS 'Reader';
COMMENT ON COLUMN commondata.full_chain.part IS 'Part that is not read on';
COMMENT ON COLUMN commondata.full_chain.key IS 'Key with max_chain events or more';

CREATE TABLE commondata.parked_event (
    subscription text        NOT NULL,
    part         smallint    NOT NULL,
    key          text        NOT NULL,
    seq          bigint      NOT NULL,
    stamped_at   timestamptz NOT NULL,
    letter       bigint,
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
    'log_position.stamped_at: finds the partition';
COMMENT ON COLUMN commondata.parked_event.letter IS
    'Dead letter that an operator replays: the event is read from its copy, not from the log';

-- Events that must not be handled before a time: so few that they don't weigh on each event of the
-- log. Written by publish and publish_all with the event; read by next_batch, which parks the key
-- of one that is not due until it is. Rows go when the day of the log that was theirs is retired.
-- delay_by_part serves "is anything of this part not due yet". An event_id is the publisher's to
-- choose, so it can't say which event is meant.
CREATE TABLE commondata.delay (
    id           bigint      PRIMARY KEY,
    part         smallint    NOT NULL,
    key          text        NOT NULL,
    available_at timestamptz NOT NULL
);
CREATE INDEX delay_by_part ON commondata.delay (part, available_at);
COMMENT ON TABLE commondata.delay IS 'Events that must not be handled before a time';
COMMENT ON COLUMN commondata.delay.id IS 'outbox.id of the event';
COMMENT ON COLUMN commondata.delay.part IS 'Its part of the log';
COMMENT ON COLUMN commondata.delay.key IS 'Its key';
COMMENT ON COLUMN commondata.delay.available_at IS 'Not before';

-- Written before the work, in a transaction of its own, so that it survives the worker. A worker
-- writes one the first time it takes a part, and before each event when it is careful; a mark is
-- evidence only while the cursor still stands where it says. See mark_work.
CREATE TABLE commondata.work_mark (
    subscription text        NOT NULL REFERENCES commondata.subscription (name),
    part         smallint    NOT NULL,
    worker       text        NOT NULL,
    pos          bigint      NOT NULL,
    event_count  integer     NOT NULL,
    crash_count  integer     NOT NULL,
    marked_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (subscription, part, worker)
);
COMMENT ON TABLE commondata.work_mark IS
    'Which worker began where: finds the event that kills its process';
COMMENT ON COLUMN commondata.work_mark.subscription IS 'Reader';
COMMENT ON COLUMN commondata.work_mark.part IS 'Part of the log';
COMMENT ON COLUMN commondata.work_mark.worker IS
    'Thread of a process, or session of an SQL client, told apart from those of its restarts';
COMMENT ON COLUMN commondata.work_mark.pos IS 'Where the cursor stood; a moved cursor clears it';
COMMENT ON COLUMN commondata.work_mark.event_count IS 'Events it was about to handle';
COMMENT ON COLUMN commondata.work_mark.crash_count IS 'Crashes there that were known before';
COMMENT ON COLUMN commondata.work_mark.marked_at IS 'When';

-- What SQL clients must know of a part that outlives a session: many are a session a batch. Written
-- by begin_batch, under the lock of the part, and only where something is unusual: a session that
-- goes on and meets nothing writes none. Read by begin_batch and take_batch.
CREATE TABLE commondata.client_part (
    subscription text        NOT NULL REFERENCES commondata.subscription (name),
    part         smallint    NOT NULL,
    careful_to   bigint      NOT NULL DEFAULT 0,
    crash_count  integer     NOT NULL DEFAULT 0,
    begun_pos    bigint      NOT NULL DEFAULT -1,
    begun_count  integer     NOT NULL DEFAULT 0,
    begun_at     timestamptz NOT NULL DEFAULT '-infinity',
    retried_at   timestamptz NOT NULL DEFAULT '-infinity',
    read_at      timestamptz NOT NULL DEFAULT '-infinity',
    PRIMARY KEY (subscription, part)
) WITH (fillfactor = 50);
COMMENT ON TABLE commondata.client_part IS
    'What SQL clients know of a part beyond their session';
COMMENT ON COLUMN commondata.client_part.subscription IS 'Reader';
COMMENT ON COLUMN commondata.client_part.part IS 'Part of the log';
COMMENT ON COLUMN commondata.client_part.careful_to IS
    'After a crash, or outages at one position: up to here events are given out one by one';
COMMENT ON COLUMN commondata.client_part.crash_count IS 'Crashes for which that is so; 0: outages';
COMMENT ON COLUMN commondata.client_part.begun_pos IS 'Where the cursor stood at a begin_batch';
COMMENT ON COLUMN commondata.client_part.begun_count IS 'How often a batch was begun there';
COMMENT ON COLUMN commondata.client_part.begun_at IS 'When that was last counted';
COMMENT ON COLUMN commondata.client_part.retried_at IS
    'When a parked key last had its turn';
COMMENT ON COLUMN commondata.client_part.read_at IS
    'When events that are not parked last had their turn after a parked key';

-- What an error is about, without what differs from event to event: quoted values, identifiers and
-- numbers.
CREATE FUNCTION commondata.error_pattern(error_message text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT regexp_replace(
        regexp_replace(
            regexp_replace(
                left(error_message, 300),
                '[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}', '#', 'g'),
            $$"[^"]*"|'[^']*'$$, '"#"', 'g'),
        '[0-9]+', '#', 'g');
END;
COMMENT ON FUNCTION commondata.error_pattern(text) IS
    'An error''s message without values, identifiers and numbers';

CREATE FUNCTION commondata.cause_of(type text, error_class text, error_message text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT left(
        md5(type || ' ' || error_class || ' ' || commondata.error_pattern(error_message)), 8);
END;
COMMENT ON FUNCTION commondata.cause_of(text, text, text) IS
    'Short name of what made an event fail: the same for events of a type that failed alike';
GRANT EXECUTE ON FUNCTION
    commondata.error_pattern(text),
    commondata.cause_of(text, text, text)
TO commondata_reader;

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
    source         text        NOT NULL DEFAULT '',
    kind           text        NOT NULL DEFAULT 'event',
    causation_id   uuid,
    reply_to       text,
    occurred_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    traceparent    text,
    cause          text        NOT NULL GENERATED ALWAYS AS (
        commondata.cause_of(type, error_class, error_message)) STORED,
    edited_from    bigint      REFERENCES commondata.dead_letter (id),
    holds          boolean     NOT NULL DEFAULT false,
    CONSTRAINT state_is_known CHECK (state IN ('OPEN', 'REPLAYED', 'EDITED', 'DISCARDED')),
    CONSTRAINT closing_is_whole CHECK ((state = 'OPEN') = (closed_at IS NULL))
);
CREATE UNIQUE INDEX dead_letter_open ON commondata.dead_letter (subscription, part, seq)
    WHERE state = 'OPEN';
CREATE INDEX dead_letter_by_key ON commondata.dead_letter (key);
CREATE INDEX dead_letter_holding ON commondata.dead_letter (subscription, part, key)
    WHERE state = 'OPEN' AND holds;
CREATE INDEX dead_letter_by_cause ON commondata.dead_letter (cause) WHERE state = 'OPEN';
COMMENT ON TABLE commondata.dead_letter IS
    'Events whose attempts are exhausted, as copies: the log may be dropped without losing them';
COMMENT ON COLUMN commondata.dead_letter.id IS 'Number an operator names it by';
COMMENT ON COLUMN commondata.dead_letter.subscription IS 'Reader that gave up';
COMMENT ON COLUMN commondata.dead_letter.part IS 'Part of the log';
COMMENT ON COLUMN commondata.dead_letter.seq IS 'Position in the part';
COMMENT ON COLUMN commondata.dead_letter.stamped_at IS 'log_position.stamped_at of that position';
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
COMMENT ON COLUMN commondata.dead_letter.state IS
    'OPEN | REPLAYED | EDITED (its edited copy is replayed) | DISCARDED';
COMMENT ON COLUMN commondata.dead_letter.died_at IS 'When the attempts were exhausted';
COMMENT ON COLUMN commondata.dead_letter.closed_at IS 'When an operator closed it';
COMMENT ON COLUMN commondata.dead_letter.closed_by IS 'Who';
COMMENT ON COLUMN commondata.dead_letter.reason IS 'Why';
COMMENT ON COLUMN commondata.dead_letter.source IS 'Copy from the event';
COMMENT ON COLUMN commondata.dead_letter.kind IS 'Copy from the event';
COMMENT ON COLUMN commondata.dead_letter.causation_id IS 'Copy from the event';
COMMENT ON COLUMN commondata.dead_letter.reply_to IS 'Copy from the event';
COMMENT ON COLUMN commondata.dead_letter.occurred_at IS 'Copy from the event';
COMMENT ON COLUMN commondata.dead_letter.traceparent IS 'Copy from the event';
COMMENT ON COLUMN commondata.dead_letter.cause IS
    'Letters with one cause failed alike: see cause_of';
COMMENT ON COLUMN commondata.dead_letter.edited_from IS
    'Letter of which this is the edited copy; that one keeps the payload as it was';
COMMENT ON COLUMN commondata.dead_letter.holds IS
    'Whether its key waits behind it until it is treated: it died when on_dead was HOLD';

ALTER TABLE commondata.parked_event
    ADD FOREIGN KEY (letter) REFERENCES commondata.dead_letter (id);

-- Doubles with each time in a row, up to a longest one, with up to half of it more or less at
-- random, so that keys and nodes do not march in step.
CREATE FUNCTION commondata.wait_after(sub commondata.subscription, p_times integer)
RETURNS interval
LANGUAGE sql VOLATILE
BEGIN ATOMIC
    SELECT (0.5 + random()) * interval '1 millisecond'
        * least(sub.backoff_max_ms, sub.backoff_ms * (2 ^ least(p_times, 20))::bigint);
END;
COMMENT ON FUNCTION commondata.wait_after IS
    'How long to wait after so many failures or pauses in a row before';

-- The circuit breaker: nobody reads the part for a while, longer each time in a row. Then
-- next_batch gives out one event; if that works, move_cursor closes the breaker again. Keys that
-- failed in the outage get their attempts back. Parked keys come due at their own times, also while
-- their part is paused; if they fail, too, that makes the pause no longer.
CREATE FUNCTION commondata.pause_part(
    sub      commondata.subscription,
    p_part   smallint,
    p_reason text
) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    UPDATE commondata.cursor AS c
    SET
        pause_count = c.pause_count + 1,
        pause_reason = p_reason,
        paused_until = clock_timestamp() + commondata.wait_after(sub, c.pause_count)
    WHERE c.subscription = sub.name
      AND c.part = p_part
      AND (c.paused_until IS NULL OR c.paused_until <= clock_timestamp());
    PERFORM commondata.give_attempts_back(sub, p_part);
END
$$;
COMMENT ON FUNCTION commondata.pause_part IS 'Keeps everybody from reading a part for a while';

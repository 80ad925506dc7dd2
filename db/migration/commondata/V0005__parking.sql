-- When an event fails: its key waits with its followers, in order, while other keys flow on; an
-- event whose attempts are exhausted becomes a dead letter, a copy that outlives the log.
--
-- Written by the poller's functions here and in the next files, under the subscription's login;
-- dead letters are closed by the operator's functions (hospital). Read by readers.

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

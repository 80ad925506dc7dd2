-- What people look at: the shared log. Views are replaced in place, so that others may build on
-- them: columns are only ever added at the end. Read by readers; nothing here is read by a service.
--
-- receipt_batch_of_many (see V0006) makes "who handled this event" two index probes a
-- subscription, also after millions of batches.

CREATE OR REPLACE VIEW commondata.receipt AS
SELECT
    b.subscription,
    b.part,
    s.seq,
    b.handled_at,
    b.node
FROM commondata.receipt_batch AS b
CROSS JOIN LATERAL unnest(b.seqs) AS s (seq);
COMMENT ON VIEW commondata.receipt IS 'Who handled what and when: one row an event and reader';
COMMENT ON COLUMN commondata.receipt.subscription IS 'Reader';
COMMENT ON COLUMN commondata.receipt.part IS 'Part of the log';
COMMENT ON COLUMN commondata.receipt.seq IS 'Position in the part';
COMMENT ON COLUMN commondata.receipt.handled_at IS 'When the handler''s work was committed';
COMMENT ON COLUMN commondata.receipt.node IS 'Process that handled it';

-- The second bound is always true: it tells the planner that the range is a small one.
CREATE OR REPLACE VIEW commondata.unstamped AS
SELECT o.tx, o.id, o.occurred_at, o.part, o.type, o.key, o.event_id, o.source
FROM commondata.outbox AS o
WHERE o.tx >= (SELECT pg_snapshot_xmax(z.snapshot) FROM commondata.sequencer AS z)
  AND o.tx <= '18446744073709551615'::xid8
UNION ALL
SELECT o.tx, o.id, o.occurred_at, o.part, o.type, o.key, o.event_id, o.source
FROM commondata.outbox AS o
WHERE o.tx = ANY (ARRAY(SELECT pg_snapshot_xip(z.snapshot) FROM commondata.sequencer AS z));
COMMENT ON VIEW commondata.unstamped IS 'Committed events that have no position yet';
COMMENT ON COLUMN commondata.unstamped.tx IS 'Transaction that published it';
COMMENT ON COLUMN commondata.unstamped.id IS 'outbox.id';
COMMENT ON COLUMN commondata.unstamped.occurred_at IS 'When it was published';
COMMENT ON COLUMN commondata.unstamped.part IS 'Part of the log';
COMMENT ON COLUMN commondata.unstamped.type IS 'Event type';
COMMENT ON COLUMN commondata.unstamped.key IS 'Business id';
COMMENT ON COLUMN commondata.unstamped.event_id IS 'Identity of the event';
COMMENT ON COLUMN commondata.unstamped.source IS 'Login that published it';

-- OFFSET 0 keeps the planner from joining the whole log: few events wait, as a rule.
CREATE OR REPLACE VIEW commondata.unhandled AS
SELECT
    s.name AS subscription,
    'UNSTAMPED' AS why,
    u.part,
    NULL::bigint AS seq,
    u.type,
    u.key,
    u.event_id,
    u.occurred_at
FROM commondata.unstamped AS u
JOIN commondata.subscription AS s
    ON u.type = ANY (s.types)
    AND (s.sources IS NULL OR u.source = ANY (s.sources))
UNION ALL
SELECT s.name, 'WAITING', w.part, w.seq, w.type, w.key, w.event_id, w.occurred_at
FROM commondata.subscription AS s
JOIN commondata.cursor AS c ON c.subscription = s.name
CROSS JOIN LATERAL (
    SELECT q.part, q.seq, q.type, e.key, e.event_id, q.occurred_at
    FROM commondata.log_position AS q
    CROSS JOIN LATERAL (
        SELECT o.key, o.event_id, o.source
        FROM commondata.outbox AS o
        WHERE o.tx = q.tx
          AND o.id = q.id
          AND o.occurred_at = q.occurred_at
        OFFSET 0
    ) AS e
    WHERE q.part = c.part
      AND q.last_seq > c.pos
      AND q.seq > c.pos
      AND q.stamped_at >= c.pos_at
      AND q.type = ANY (s.types)
      AND (s.sources IS NULL OR e.source = ANY (s.sources))
    OFFSET 0
) AS w
UNION ALL
SELECT
    e.subscription,
    CASE k.cause WHEN 'DELAYED' THEN 'DELAYED' ELSE 'PARKED' END,
    e.part,
    e.seq,
    coalesce(d.type, o.type),
    e.key,
    coalesce(d.event_id, o.event_id),
    coalesce(d.occurred_at, o.occurred_at)
FROM commondata.parked_event AS e
JOIN commondata.parked_key AS k
    ON k.subscription = e.subscription
    AND k.part = e.part
    AND k.key = e.key
-- A letter that is replayed is read from its copy: its day of the log may be gone.
LEFT JOIN commondata.dead_letter AS d ON d.id = e.letter
LEFT JOIN LATERAL commondata.at_position(e.part, e.seq) AS q
    ON e.letter IS NULL
    AND q.stamped_at = e.stamped_at
LEFT JOIN commondata.outbox AS o
    ON o.tx = q.tx
    AND o.id = q.id
    AND o.occurred_at = q.occurred_at
UNION ALL
SELECT d.subscription, 'DEAD', d.part, d.seq, d.type, d.key, d.event_id, d.died_at
FROM commondata.dead_letter AS d
WHERE d.state = 'OPEN';
COMMENT ON VIEW commondata.unhandled IS
    'Events that a reader has yet to handle, or that wait for an operator';
COMMENT ON COLUMN commondata.unhandled.subscription IS 'Reader that has yet to handle it';
COMMENT ON COLUMN commondata.unhandled.why IS
    'UNSTAMPED | WAITING | PARKED (key waits for a retry) | DELAYED (not due yet) | '
    'DEAD (waits for an operator)';
COMMENT ON COLUMN commondata.unhandled.part IS 'Part of the log';
COMMENT ON COLUMN commondata.unhandled.seq IS 'Position in the part; none yet if UNSTAMPED';
COMMENT ON COLUMN commondata.unhandled.type IS 'Event type';
COMMENT ON COLUMN commondata.unhandled.key IS 'Business id';
COMMENT ON COLUMN commondata.unhandled.event_id IS 'Identity of the event';
COMMENT ON COLUMN commondata.unhandled.occurred_at IS 'When it was published; DEAD: when it died';

-- One event, one reader, one row: the receipt is found by its first position or, in a batch of
-- many, by the nearest batch of many that begins before it: such batches never overlap.
CREATE OR REPLACE VIEW commondata.handled AS
SELECT
    o.event_id,
    o.key,
    o.type,
    o.source,
    s.name AS subscription,
    s.owner,
    o.part,
    q.seq,
    o.occurred_at,
    q.stamped_at,
    r.handled_at,
    r.node,
    round(extract(epoch FROM q.stamped_at - o.occurred_at) * 1000, 3) AS stamp_wait_ms,
    round(extract(epoch FROM r.handled_at - q.stamped_at) * 1000, 3) AS handle_wait_ms,
    round(extract(epoch FROM r.handled_at - o.occurred_at) * 1000, 3) AS wait_ms
FROM commondata.outbox AS o
CROSS JOIN LATERAL commondata.position_of(o.part, o.id, o.tx, o.occurred_at) AS q
JOIN commondata.subscription AS s ON o.type = ANY (s.types)
CROSS JOIN LATERAL (
    SELECT b.handled_at, b.node
    FROM (
        (
            SELECT f.handled_at, f.node, f.seqs
            FROM commondata.receipt_batch AS f
            WHERE f.subscription = s.name
              AND f.part = o.part
              AND f.first_seq = q.seq
              AND f.handled_at >= q.stamped_at
        )
        UNION ALL
        (
            SELECT m.handled_at, m.node, m.seqs
            FROM commondata.receipt_batch AS m
            WHERE m.subscription = s.name
              AND m.part = o.part
              AND m.first_seq < q.seq
              AND m.last_seq > m.first_seq
              AND m.handled_at >= q.stamped_at
            ORDER BY m.first_seq DESC
            LIMIT 1
        )
    ) AS b
    WHERE q.seq = ANY (b.seqs)
) AS r;
COMMENT ON VIEW commondata.handled IS
    'Events with who handled them, and the waits published -> stamped -> handled';
COMMENT ON COLUMN commondata.handled.event_id IS 'Identity of the event';
COMMENT ON COLUMN commondata.handled.key IS 'Business id';
COMMENT ON COLUMN commondata.handled.type IS 'Event type';
COMMENT ON COLUMN commondata.handled.source IS 'Login that published it';
COMMENT ON COLUMN commondata.handled.subscription IS 'Reader';
COMMENT ON COLUMN commondata.handled.owner IS 'Login of the reader';
COMMENT ON COLUMN commondata.handled.part IS 'Part of the log';
COMMENT ON COLUMN commondata.handled.seq IS 'Position in the part';
COMMENT ON COLUMN commondata.handled.occurred_at IS 'When it was published';
COMMENT ON COLUMN commondata.handled.stamped_at IS 'When it got its position';
COMMENT ON COLUMN commondata.handled.handled_at IS 'When the handler''s work was committed';
COMMENT ON COLUMN commondata.handled.node IS 'Process that handled it';
COMMENT ON COLUMN commondata.handled.stamp_wait_ms IS 'Published -> stamped';
COMMENT ON COLUMN commondata.handled.handle_wait_ms IS 'Stamped -> handled';
COMMENT ON COLUMN commondata.handled.wait_ms IS 'Published -> handled';

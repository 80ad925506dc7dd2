-- What must always hold for the log, runs and files: one view an invariant, returning the rows that
-- break it; its comment is the sentence. Each is exact at any moment, also while work is going on:
-- what waits is told apart (unsettled_...). population_... says how many rows an invariant looked
-- at, so that a check that sees nothing is noticed. invariant.check() reads them all in one
-- snapshot. Anybody may add views of the same kinds to this schema.

CREATE SCHEMA IF NOT EXISTS invariant;
COMMENT ON SCHEMA invariant IS 'What must always hold: each view returns what breaks it';
GRANT USAGE ON SCHEMA invariant TO commondata_reader;
ALTER DEFAULT PRIVILEGES IN SCHEMA invariant GRANT SELECT ON TABLES TO commondata_reader;

CREATE OR REPLACE VIEW invariant.event_has_position AS
WITH seen AS MATERIALIZED (
    SELECT z.snapshot FROM commondata.sequencer AS z
)
SELECT o.event_id, o.key, o.type, o.occurred_at
FROM commondata.outbox AS o
CROSS JOIN seen
WHERE pg_visible_in_snapshot(o.tx, seen.snapshot)
  AND o.occurred_at >= commondata.log_begins_at()
  AND NOT EXISTS (
      SELECT FROM commondata.log_position AS q
      WHERE q.tx = o.tx AND q.id = o.id
  );
COMMENT ON VIEW invariant.event_has_position IS
    'Every event that the sequencer has seen has a position in its part';

-- Of an event that retention has dropped, the position may stay for one more day.
CREATE OR REPLACE VIEW invariant.position_has_one_event AS
SELECT q.part, min(q.seq) AS seq, q.tx::text, q.id, count(*) AS positions, count(o.id) AS events
FROM commondata.log_position AS q
LEFT JOIN commondata.outbox AS o
    ON o.tx = q.tx
    AND o.id = q.id
    AND o.occurred_at = q.occurred_at
    AND o.part = q.part
    AND o.type = q.type
GROUP BY q.part, q.tx, q.id
HAVING count(*) <> 1
    OR (count(o.id) <> 1 AND min(q.occurred_at) >= commondata.log_begins_at());
COMMENT ON VIEW invariant.position_has_one_event IS
    'Every position belongs to one event, and no event has two';

CREATE OR REPLACE VIEW invariant.positions_are_dense AS
SELECT h.part, h.head, count(q.seq) AS positions, min(q.seq) AS first_seq, max(q.seq) AS last_seq
FROM commondata.part_head AS h
JOIN commondata.log_floor AS f ON f.part = h.part
LEFT JOIN commondata.log_position AS q ON q.part = h.part
GROUP BY h.part, h.head, f.seq
HAVING coalesce(max(q.seq), f.seq) <> h.head
    OR min(q.seq) > f.seq + 1
    OR count(DISTINCT q.seq) <> count(q.seq)
    OR count(q.seq) <> coalesce(max(q.seq) - min(q.seq) + 1, 0);
COMMENT ON VIEW invariant.positions_are_dense IS
    'Positions of a part follow each other without a gap from what retention left up to its head';

-- EXCEPT and not a join: whatever the planner guesses, it hashes or sorts.
CREATE OR REPLACE VIEW invariant.event_is_accounted_for AS
WITH lost AS (
    SELECT s.name AS subscription, q.part, q.seq
    FROM commondata.subscription AS s
    JOIN commondata.cursor AS c ON c.subscription = s.name
    JOIN commondata.log_position AS q
        ON q.part = c.part
        AND q.seq <= c.pos
        AND q.seq > c.started_after
        AND q.type = ANY (s.types)
    LEFT JOIN commondata.type_change AS t
        ON t.subscription = s.name
        AND t.part = q.part
        AND t.type = q.type
    WHERE q.seq > coalesce(t.pos, 0)
      AND (
          s.sources IS NULL
          OR EXISTS (
              SELECT FROM commondata.outbox AS e
              WHERE e.tx = q.tx
                AND e.id = q.id
                AND e.occurred_at = q.occurred_at
                AND e.source = ANY (s.sources)
          )
      )
    EXCEPT
    SELECT r.subscription, r.part, r.seq
    FROM commondata.receipt AS r
    EXCEPT
    SELECT p.subscription, p.part, p.seq
    FROM commondata.parked_event AS p
    EXCEPT
    SELECT d.subscription, d.part, d.seq
    FROM commondata.dead_letter AS d
    WHERE d.state <> 'REPLAYED'
)
SELECT l.subscription, l.part, l.seq, q.type, q.occurred_at
FROM lost AS l
JOIN commondata.log_position AS q
    ON q.part = l.part
    AND q.seq = l.seq;
COMMENT ON VIEW invariant.event_is_accounted_for IS
    'Every event behind a reader''s cursor is handled, parked, or a dead letter: none is lost';

CREATE OR REPLACE VIEW invariant.event_is_handled_once AS
SELECT r.subscription, r.part, r.seq, count(*) AS times
FROM commondata.receipt AS r
GROUP BY r.subscription, r.part, r.seq
HAVING count(*) > 1;
COMMENT ON VIEW invariant.event_is_handled_once IS 'No reader has two receipts for one event';

CREATE OR REPLACE VIEW invariant.receipt_has_event AS
SELECT r.subscription, r.part, r.seq, r.handled_at, r.node
FROM commondata.receipt AS r
LEFT JOIN commondata.subscription AS s ON s.name = r.subscription
LEFT JOIN commondata.cursor AS c
    ON c.subscription = r.subscription
    AND c.part = r.part
LEFT JOIN commondata.log_floor AS f ON f.part = r.part
LEFT JOIN commondata.log_position AS q
    ON q.part = r.part
    AND q.seq = r.seq
LEFT JOIN commondata.type_change AS t
    ON t.subscription = r.subscription
    AND t.part = r.part
    AND t.type = q.type
WHERE r.seq > coalesce(c.pos, 0)
   OR ((q.type = ANY (s.types) OR r.seq <= t.pos) IS NOT TRUE AND r.seq > f.seq);
COMMENT ON VIEW invariant.receipt_has_event IS
    'Every receipt is for an event that its reader asked for, behind the reader''s cursor';

CREATE OR REPLACE VIEW invariant.handled_is_not_waiting AS
SELECT w.subscription, w.part, w.seq, w.as_what
FROM (
    SELECT p.subscription, p.part, p.seq, 'parked' AS as_what
    FROM commondata.parked_event AS p
    UNION ALL
    SELECT d.subscription, d.part, d.seq, 'dead'
    FROM commondata.dead_letter AS d
    WHERE d.state = 'OPEN'
) AS w
WHERE EXISTS (
    SELECT FROM commondata.receipt_batch AS b
    WHERE b.subscription = w.subscription
      AND b.part = w.part
      AND b.first_seq <= w.seq
      AND b.last_seq >= w.seq
      AND w.seq = ANY (b.seqs)
);
COMMENT ON VIEW invariant.handled_is_not_waiting IS
    'No event is handled and still parked or an open dead letter';

-- The id alone joins the log here: with all three columns the planner expects one row, and takes
-- a plan that never ends.
CREATE OR REPLACE VIEW invariant.key_keeps_its_order AS
WITH replayed AS (
    SELECT d.subscription, d.part, d.seq
    FROM commondata.dead_letter AS d
    WHERE d.state = 'REPLAYED'
),
handled AS (
    SELECT r.subscription, r.part, r.seq, r.handled_at, o.key
    FROM commondata.receipt AS r
    JOIN commondata.log_position AS q
        ON q.part = r.part
        AND q.seq = r.seq
    JOIN commondata.outbox AS o ON o.id = q.id
    LEFT JOIN replayed AS d
        ON d.subscription = r.subscription
        AND d.part = r.part
        AND d.seq = r.seq
    WHERE d.seq IS NULL
),
in_order AS (
    SELECT
        h.subscription,
        h.part,
        h.seq,
        h.key,
        h.handled_at,
        max(h.handled_at) OVER (
            PARTITION BY h.subscription, h.part, h.key
            ORDER BY h.seq
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS handled_before
    FROM handled AS h
)
SELECT i.subscription, i.part, i.seq, i.key, i.handled_at, i.handled_before
FROM in_order AS i
WHERE i.handled_before > i.handled_at
UNION ALL
SELECT h.subscription, h.part, h.seq, h.key, h.handled_at, NULL
FROM commondata.parked_event AS p
JOIN handled AS h
    ON h.subscription = p.subscription
    AND h.part = p.part
    AND h.key = p.key
    AND h.seq > p.seq
WHERE NOT EXISTS (
    SELECT FROM replayed AS d
    WHERE d.subscription = p.subscription AND d.part = p.part AND d.seq = p.seq
);
COMMENT ON VIEW invariant.key_keeps_its_order IS
    'A reader handles the events of one key in their order (replayed dead letters excepted)';

CREATE OR REPLACE VIEW invariant.parked_key_has_events AS
SELECT k.subscription, k.part, k.key, k.parked_at
FROM commondata.parked_key AS k
WHERE NOT EXISTS (
    SELECT FROM commondata.parked_event AS e
    WHERE e.subscription = k.subscription AND e.part = k.part AND e.key = k.key
)
  AND NOT EXISTS (
      SELECT FROM commondata.dead_letter AS d
      WHERE k.held
        AND d.subscription = k.subscription
        AND d.part = k.part
        AND d.key = k.key
        AND d.state = 'OPEN'
        AND d.holds
  );
COMMENT ON VIEW invariant.parked_key_has_events IS
    'A key is parked only while an event of it waits or an open dead letter holds it';

CREATE OR REPLACE VIEW invariant.cursor_is_within_log AS
SELECT s.name AS subscription, h.part, c.pos, h.head
FROM commondata.subscription AS s
CROSS JOIN commondata.part_head AS h
LEFT JOIN commondata.cursor AS c
    ON c.subscription = s.name
    AND c.part = h.part
WHERE (c.pos BETWEEN 0 AND h.head) IS NOT TRUE;
COMMENT ON VIEW invariant.cursor_is_within_log IS
    'Every reader has a cursor in each part, and none stands beyond the part''s head';

CREATE OR REPLACE VIEW invariant.waiting_is_behind_cursor AS
SELECT w.subscription, w.part, w.seq, w.as_what, c.pos
FROM (
    SELECT p.subscription, p.part, p.seq, 'parked' AS as_what
    FROM commondata.parked_event AS p
    UNION ALL
    SELECT d.subscription, d.part, d.seq, 'dead'
    FROM commondata.dead_letter AS d
    WHERE d.state = 'OPEN'
) AS w
LEFT JOIN commondata.cursor AS c
    ON c.subscription = w.subscription
    AND c.part = w.part
WHERE (w.seq <= c.pos) IS NOT TRUE;
COMMENT ON VIEW invariant.waiting_is_behind_cursor IS
    'What is parked or dead lies behind its reader''s cursor, which will not come to it again';

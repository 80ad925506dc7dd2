-- What must always hold for events that wait: because they failed, or because they are not due.

CREATE OR REPLACE VIEW invariant.delayed_is_not_early AS
SELECT r.subscription, r.part, r.seq, d.key, d.available_at, r.handled_at
FROM commondata.delay AS d
JOIN commondata.log_position AS q
    ON q.part = d.part
    AND q.id = d.id
JOIN commondata.receipt AS r
    ON r.part = q.part
    AND r.seq = q.seq
WHERE r.handled_at < d.available_at;
COMMENT ON VIEW invariant.delayed_is_not_early IS
    'No event is handled before the time it was delayed to';

CREATE OR REPLACE VIEW invariant.chain_is_counted AS
SELECT k.subscription, k.part, k.key, k.chain, count(e.seq) AS events
FROM commondata.parked_key AS k
LEFT JOIN commondata.parked_event AS e
    ON e.subscription = k.subscription
    AND e.part = k.part
    AND e.key = k.key
GROUP BY k.subscription, k.part, k.key
HAVING k.chain <> count(e.seq);
COMMENT ON VIEW invariant.chain_is_counted IS
    'The length of a parked key''s chain, which caps it, is the number of its events';

CREATE OR REPLACE VIEW invariant.population_waiting AS
SELECT 'delayed_is_not_early'::text AS name, count(*) AS row_count
FROM commondata.delay
UNION ALL
SELECT 'chain_is_counted', count(*)
FROM commondata.parked_key;
COMMENT ON VIEW invariant.population_waiting IS 'Rows that the invariants of waiting look at';
COMMENT ON COLUMN invariant.population_waiting.name IS 'View in this schema';
COMMENT ON COLUMN invariant.population_waiting.row_count IS 'Rows it looks at';

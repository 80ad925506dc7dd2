-- What people look at: how far the readers of the log are. Replaced in place; columns are only
-- ever added at the end.

CREATE OR REPLACE VIEW commondata.lag_by_part AS
SELECT
    s.name AS subscription,
    c.part,
    c.pos,
    h.head,
    coalesce(n.waiting, 0) + w.waiting AS waiting,
    coalesce(k.parked, 0) AS parked,
    coalesce(k.keys, 0) AS parked_keys,
    coalesce(d.dead, 0) AS dead,
    least(n.oldest_at, w.oldest_at) AS oldest_at,
    coalesce(
        round(extract(epoch FROM statement_timestamp() - least(n.oldest_at, w.oldest_at)), 3), 0
    ) AS oldest_seconds,
    c.moved_at,
    coalesce(k.delayed, 0) AS delayed,
    c.paused_until,
    c.pause_reason,
    k.parked_at,
    round(extract(epoch FROM statement_timestamp() - k.parked_at), 3) AS parked_seconds
FROM commondata.subscription AS s
JOIN commondata.cursor AS c ON c.subscription = s.name
JOIN commondata.part_head AS h ON h.part = c.part
CROSS JOIN LATERAL (
    SELECT count(*) AS waiting, min(q.occurred_at) AS oldest_at
    FROM commondata.log_position AS q
    WHERE q.part = c.part
      AND q.last_seq > c.pos
      AND q.seq > c.pos
      AND q.stamped_at >= c.pos_at
      AND q.type = ANY (s.types)
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
) AS w
LEFT JOIN (
    SELECT us.name, u.part, count(*) AS waiting, min(u.occurred_at) AS oldest_at
    FROM commondata.unstamped AS u
    JOIN commondata.subscription AS us
        ON u.type = ANY (us.types)
        AND (us.sources IS NULL OR u.source = ANY (us.sources))
    GROUP BY us.name, u.part
) AS n
    ON n.name = s.name
    AND n.part = c.part
LEFT JOIN (
    SELECT
        e.subscription,
        e.part,
        count(*) FILTER (WHERE p.cause <> 'DELAYED') AS parked,
        count(DISTINCT e.key) FILTER (WHERE p.cause <> 'DELAYED') AS keys,
        count(*) FILTER (WHERE p.cause = 'DELAYED') AS delayed,
        min(p.parked_at) FILTER (WHERE p.cause <> 'DELAYED') AS parked_at
    FROM commondata.parked_event AS e
    JOIN commondata.parked_key AS p
        ON p.subscription = e.subscription
        AND p.part = e.part
        AND p.key = e.key
    GROUP BY e.subscription, e.part
) AS k
    ON k.subscription = s.name
    AND k.part = c.part
LEFT JOIN (
    SELECT l.subscription, l.part, count(*) AS dead
    FROM commondata.dead_letter AS l
    WHERE l.state = 'OPEN'
    GROUP BY l.subscription, l.part
) AS d
    ON d.subscription = s.name
    AND d.part = c.part;
COMMENT ON VIEW commondata.lag_by_part IS 'How far each reader is behind, one row a part';
COMMENT ON COLUMN commondata.lag_by_part.subscription IS 'Reader';
COMMENT ON COLUMN commondata.lag_by_part.part IS 'Part of the log';
COMMENT ON COLUMN commondata.lag_by_part.pos IS 'Everything up to here is handled, parked or dead';
COMMENT ON COLUMN commondata.lag_by_part.head IS 'Last position given in the part';
COMMENT ON COLUMN commondata.lag_by_part.waiting IS 'Events for it that it has not taken yet';
COMMENT ON COLUMN commondata.lag_by_part.parked IS
    'Events that wait behind a failed one, itself included';
COMMENT ON COLUMN commondata.lag_by_part.parked_keys IS 'Keys whose head event failed';
COMMENT ON COLUMN commondata.lag_by_part.dead IS 'Open dead letters';
COMMENT ON COLUMN commondata.lag_by_part.oldest_at IS 'When the oldest waiting event was published';
COMMENT ON COLUMN commondata.lag_by_part.oldest_seconds IS 'Age of that event; 0 if nothing waits';
COMMENT ON COLUMN commondata.lag_by_part.moved_at IS 'When its cursor last moved';
COMMENT ON COLUMN commondata.lag_by_part.delayed IS
    'Events that are not due yet, with those that wait behind them';
COMMENT ON COLUMN commondata.lag_by_part.paused_until IS 'An outage: nobody reads it before that';
COMMENT ON COLUMN commondata.lag_by_part.pause_reason IS 'Why it is paused';
COMMENT ON COLUMN commondata.lag_by_part.parked_at IS 'When the first of its keys was parked';
COMMENT ON COLUMN commondata.lag_by_part.parked_seconds IS
    'How long that is ago; NULL if none is parked';

CREATE OR REPLACE VIEW commondata.lag AS
SELECT
    s.name AS subscription,
    s.owner,
    s.paused,
    sum(l.waiting)::bigint AS waiting,
    sum(l.parked)::bigint AS parked,
    sum(l.parked_keys)::bigint AS parked_keys,
    sum(l.dead)::bigint AS dead,
    min(l.oldest_at) AS oldest_at,
    max(l.oldest_seconds) AS oldest_seconds,
    max(l.moved_at) AS moved_at,
    sum(l.delayed)::bigint AS delayed,
    count(l.paused_until) AS paused_parts,
    min(l.parked_at) AS parked_at,
    max(l.parked_seconds) AS parked_seconds
FROM commondata.subscription AS s
JOIN commondata.lag_by_part AS l ON l.subscription = s.name
GROUP BY s.name;
COMMENT ON VIEW commondata.lag IS 'How far each reader is behind';
COMMENT ON COLUMN commondata.lag.subscription IS 'Reader';
COMMENT ON COLUMN commondata.lag.owner IS 'Login of the reader';
COMMENT ON COLUMN commondata.lag.paused IS 'Whether an operator has stopped it';
COMMENT ON COLUMN commondata.lag.waiting IS 'Events for it that it has not taken yet';
COMMENT ON COLUMN commondata.lag.parked IS 'Events that wait behind a failed one, itself included';
COMMENT ON COLUMN commondata.lag.parked_keys IS 'Keys whose head event failed';
COMMENT ON COLUMN commondata.lag.dead IS 'Open dead letters';
COMMENT ON COLUMN commondata.lag.delayed IS
    'Events that are not due yet, with those that wait behind them';
COMMENT ON COLUMN commondata.lag.paused_parts IS 'Parts that wait for the end of an outage';
COMMENT ON COLUMN commondata.lag.parked_at IS 'When the first of its keys was parked';
COMMENT ON COLUMN commondata.lag.parked_seconds IS 'How long that is ago; NULL if none is parked';
COMMENT ON COLUMN commondata.lag.oldest_at IS 'When the oldest waiting event was published';
COMMENT ON COLUMN commondata.lag.oldest_seconds IS 'Age of that event; 0 if nothing waits';
COMMENT ON COLUMN commondata.lag.moved_at IS 'When one of its cursors last moved';

CREATE OR REPLACE VIEW commondata.wait_summary AS
SELECT
    w.subscription,
    count(*) AS handled,
    round(percentile_cont(0.5) WITHIN GROUP (ORDER BY w.wait_ms)::numeric, 3) AS p50_ms,
    round(percentile_cont(0.99) WITHIN GROUP (ORDER BY w.wait_ms)::numeric, 3) AS p99_ms,
    round(max(w.wait_ms)::numeric, 3) AS max_ms
FROM (
    SELECT
        r.subscription,
        (extract(epoch FROM r.handled_at - q.occurred_at) * 1000)::double precision AS wait_ms
    FROM commondata.receipt AS r
    JOIN commondata.log_position AS q
        ON q.part = r.part
        AND q.seq = r.seq
) AS w
GROUP BY w.subscription;
COMMENT ON VIEW commondata.wait_summary IS 'How long events waited from published to handled';
COMMENT ON COLUMN commondata.wait_summary.subscription IS 'Reader';
COMMENT ON COLUMN commondata.wait_summary.handled IS 'Events handled';
COMMENT ON COLUMN commondata.wait_summary.p50_ms IS 'Half of them waited no longer';
COMMENT ON COLUMN commondata.wait_summary.p99_ms IS '99 of 100 waited no longer';
COMMENT ON COLUMN commondata.wait_summary.max_ms IS 'Longest wait';

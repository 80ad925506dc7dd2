-- The kit's part of a trace: what happened in the log to one key. The view trace is that, until a
-- company replaces it by one with its own rows and files. Every branch takes the key through an
-- index. Replaced in place; columns are only ever added at the end.

CREATE OR REPLACE VIEW commondata.trace_log AS
SELECT
    o.key AS business_id,
    o.occurred_at AS at,
    'event' AS what,
    o.type AS name,
    o.source,
    NULL::numeric AS wait_ms,
    CASE o.kind WHEN 'event' THEN '' ELSE o.kind || ' ' END
        || 'published, business date ' || o.business_date
        || coalesce(
            ', not before ' || to_char(d.available_at, 'YYYY-MM-DD"T"HH24:MI:SSOF'), '') AS detail,
    o.event_id,
    NULL::bigint AS file,
    NULL::bigint AS line,
    NULL::bigint AS run,
    commondata.traceparent_of(o.traceparent, o.correlation_id, o.event_id) AS traceparent
FROM commondata.outbox AS o
LEFT JOIN commondata.delay AS d ON d.id = o.id
UNION ALL
SELECT
    h.key,
    h.handled_at,
    'receipt',
    h.type,
    h.owner::text,
    h.wait_ms,
    'handled by ' || h.subscription || ' on ' || h.node || ' (stamped after '
        || round(h.stamp_wait_ms) || ' ms, handled ' || round(h.handle_wait_ms) || ' ms later)',
    h.event_id,
    NULL,
    NULL,
    NULL,
    NULL
FROM commondata.handled AS h
UNION ALL
SELECT
    k.key,
    k.parked_at,
    'parked',
    k.subscription,
    s.owner::text,
    NULL,
    k.attempts || CASE k.attempts WHEN 1 THEN ' attempt' ELSE ' attempts' END || ', next ' || CASE
        WHEN k.held THEN 'when an operator acts'
        ELSE to_char(k.next_attempt_at, 'YYYY-MM-DD"T"HH24:MI:SSOF')
    END || ': ' || CASE k.cause
        WHEN 'DELAYED' THEN 'delayed, in its place among the events of its key'
        ELSE k.error_message
    END,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL
FROM commondata.parked_key AS k
JOIN commondata.subscription AS s ON s.name = k.subscription
UNION ALL
SELECT
    d.key,
    d.died_at,
    'dead letter',
    d.type,
    s.owner::text,
    NULL,
    'number ' || d.id || ', ' || lower(d.state) || ', given up by ' || d.subscription || ' after '
        || d.attempts || CASE d.attempts WHEN 1 THEN ' attempt: ' ELSE ' attempts: ' END
        || d.error_message,
    d.event_id,
    NULL,
    NULL,
    NULL,
    NULL
FROM commondata.dead_letter AS d
LEFT JOIN commondata.subscription AS s ON s.name = d.subscription;
COMMENT ON VIEW commondata.trace_log IS 'The kit''s part of the view trace: the log';
COMMENT ON COLUMN commondata.trace_log.business_id IS 'Key of the events';
COMMENT ON COLUMN commondata.trace_log.at IS 'When';
COMMENT ON COLUMN commondata.trace_log.what IS 'event | receipt | parked | dead letter';
COMMENT ON COLUMN commondata.trace_log.name IS 'Event type, or subscription whose key is parked';
COMMENT ON COLUMN commondata.trace_log.source IS 'Login that did it';
COMMENT ON COLUMN commondata.trace_log.wait_ms IS 'Receipt: published -> handled';
COMMENT ON COLUMN commondata.trace_log.detail IS 'In words';
COMMENT ON COLUMN commondata.trace_log.event_id IS 'Event';
COMMENT ON COLUMN commondata.trace_log.file IS 'Empty: the log knows no files';
COMMENT ON COLUMN commondata.trace_log.line IS 'Empty: the log knows no files';
COMMENT ON COLUMN commondata.trace_log.run IS 'Empty: the log knows no runs';
COMMENT ON COLUMN commondata.trace_log.traceparent IS 'W3C trace context of an event';

DO $$
BEGIN
    IF to_regclass('commondata.trace') IS NULL THEN
        CREATE VIEW commondata.trace AS
        SELECT
            g.business_id,
            g.at,
            g.what,
            g.name,
            g.source,
            g.wait_ms,
            g.detail,
            g.event_id,
            g.file,
            g.line,
            g.run,
            g.traceparent
        FROM commondata.trace_log AS g;
        COMMENT ON VIEW commondata.trace IS 'One key through the log';
    END IF;
END
$$;

-- One file through its runs, its end and what operators did to it: for feeds whose rows no view
-- trace knows. Asked for by file, each branch is as fast as the feed's own runs are few.
CREATE OR REPLACE VIEW commondata.trace_file AS
SELECT
    f.id AS file,
    f.arrived_at AS at,
    'file' AS what,
    f.name,
    j.owner::text AS source,
    NULL::numeric AS wait_ms,
    CASE
        WHEN f.corrects IS NOT NULL THEN 'correction of file ' || f.corrects
        WHEN f.direction = 'IN' THEN 'came to feed ' || f.feed
        ELSE 'written for feed ' || f.feed
    END || ', ' || f.size_bytes || ' bytes' || coalesce(', business date ' || f.business_date, '')
        AS detail,
    NULL::bigint AS run
FROM commondata.file AS f
JOIN commondata.job AS j ON j.name = f.feed
UNION ALL
SELECT
    f.id,
    r.started_at,
    'run',
    r.job,
    j.owner::text,
    round(extract(epoch FROM r.finished_at - r.started_at) * 1000, 3),
    'run ' || r.id || ' on ' || r.node || ', ' || lower(r.state)
        || coalesce(', exit code ' || r.exit_code, '') || coalesce(': ' || r.message, ''),
    r.id
FROM commondata.file AS f
CROSS JOIN LATERAL (
    SELECT o.id
    FROM commondata.run AS o
    WHERE o.job = f.feed AND o.params ->> 'file' = f.id::text
    UNION
    SELECT f.run
) AS n
JOIN commondata.run_summary AS r ON r.id = n.id
JOIN commondata.job AS j ON j.name = r.job
UNION ALL
SELECT
    f.id,
    f.finished_at,
    'file',
    f.name,
    j.owner::text,
    round(extract(epoch FROM f.finished_at - f.arrived_at) * 1000, 3),
    CASE
        WHEN f.direction = 'OUT' THEN 'sent, records: ' || f.record_count
        WHEN f.record_count = 0 THEN lower(f.state)
        ELSE CASE f.state WHEN 'SUPERSEDED' THEN 'loaded' ELSE lower(f.state) END || ', '
            || f.record_count || CASE f.record_count WHEN 1 THEN ' record: ' ELSE ' records: ' END
            || f.loaded_count || ' loaded, ' || f.rejected_count || ' rejected'
            || coalesce(' (' || f.errors || ')', '')
    END || CASE f.state WHEN 'SUPERSEDED' THEN '' ELSE coalesce(': ' || f.reason, '') END,
    f.run
FROM commondata.file_summary AS f
JOIN commondata.job AS j ON j.name = f.feed
WHERE f.finished_at IS NOT NULL
UNION ALL
SELECT
    c.corrects,
    c.finished_at,
    'file',
    c.name,
    j.owner::text,
    NULL,
    lower(c.state) || ': ' || c.record_count || ' corrected '
        || CASE c.record_count WHEN 1 THEN 'record' ELSE 'records' END || ', as file ' || c.id,
    c.run
FROM commondata.file AS c
JOIN commondata.job AS j ON j.name = c.feed
WHERE c.corrects IS NOT NULL AND c.finished_at IS NOT NULL
UNION ALL
SELECT
    f.id,
    s.finished_at,
    'file',
    f.name,
    j.owner::text,
    NULL,
    f.reason,
    s.run
FROM commondata.file AS f
JOIN commondata.file AS s ON s.id = f.superseded_by
JOIN commondata.job AS j ON j.name = f.feed
UNION ALL
SELECT f.id, e.at, 'file', f.name, j.owner::text, NULL, e.detail, NULL
FROM commondata.file AS f
JOIN commondata.job AS j ON j.name = f.feed
CROSS JOIN LATERAL (
    VALUES
        (f.acknowledged_at, 'acknowledged by the other side'),
        (f.removed_at, 'removed from the drop directory: kept long enough')
) AS e (at, detail)
WHERE e.at IS NOT NULL
UNION ALL
SELECT
    f.id,
    a.acted_at,
    'act',
    a.act,
    a.login,
    NULL,
    'by ' || a.actor || ': ' || a.reason,
    NULL
FROM commondata.file AS f
JOIN commondata.operator_act AS a ON a.target = 'file ' || f.id;
COMMENT ON VIEW commondata.trace_file IS 'One file through its runs, its end and acts of operators';
COMMENT ON COLUMN commondata.trace_file.file IS 'File (commondata.file)';
COMMENT ON COLUMN commondata.trace_file.at IS 'When';
COMMENT ON COLUMN commondata.trace_file.what IS 'file | run | act';
COMMENT ON COLUMN commondata.trace_file.name IS 'Name of the file, job, verb of the act';
COMMENT ON COLUMN commondata.trace_file.source IS 'Login that did it';
COMMENT ON COLUMN commondata.trace_file.wait_ms IS 'File, run: how long it took';
COMMENT ON COLUMN commondata.trace_file.detail IS 'In words';
COMMENT ON COLUMN commondata.trace_file.run IS 'Run (commondata.run)';

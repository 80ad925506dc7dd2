-- The kit's part of a trace: what happened in the log to one key. The view trace (one a company)
-- adds its own rows and files. Every branch takes the key through an index. Replaced in place;
-- columns are only ever added at the end.

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

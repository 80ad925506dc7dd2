-- One business id (an order, a customer, an item) through every table, event, receipt, file, line
-- and run of MusicCorp:
--
--   SELECT at, what, name, detail FROM commondata.trace WHERE business_id = '...' ORDER BY at;
--
-- Each branch takes the business id through an index, so that one id is fast however long the log
-- is. Without a condition on business_id the view reads everything.

CREATE OR REPLACE VIEW commondata.trace AS
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
FROM commondata.trace_log AS g
UNION ALL
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
    NULL
FROM commondata.trace_order AS g
UNION ALL
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
    NULL
FROM commondata.trace_party AS g
UNION ALL
SELECT
    n.business_id,
    f.arrived_at,
    'file',
    f.name,
    j.owner::text,
    round(extract(epoch FROM f.finished_at - f.arrived_at) * 1000, 3),
    f.feed || coalesce(', line ' || n.line, '') || ' (' || f.record_count
        || CASE f.record_count WHEN 1 THEN ' record, ' ELSE ' records, ' END
        || coalesce('correction of file ' || f.corrects || ', ', '') || lower(f.state) || ')',
    NULL,
    n.file,
    n.line,
    n.run,
    NULL
FROM commondata.lineage AS n
JOIN commondata.file AS f ON f.id = n.file
JOIN commondata.job AS j ON j.name = f.feed
UNION ALL
SELECT
    n.business_id,
    r.started_at,
    'run',
    r.job,
    j.owner::text,
    round(extract(epoch FROM r.finished_at - r.started_at) * 1000, 3),
    'business date ' || r.business_date || ', by ' || r.started_by || ' on ' || r.node || ', '
        || lower(r.state) || coalesce(', exit code ' || r.exit_code, ''),
    NULL,
    NULL,
    NULL,
    n.run,
    NULL
FROM (
    SELECT DISTINCT l.business_id, l.run
    FROM commondata.lineage AS l
) AS n
JOIN commondata.run AS r ON r.id = n.run
JOIN commondata.job AS j ON j.name = r.job;
COMMENT ON VIEW commondata.trace IS
    'One business id through every table, event, receipt, file, line and run';
COMMENT ON COLUMN commondata.trace.business_id IS 'Order, customer or item';
COMMENT ON COLUMN commondata.trace.at IS 'When';
COMMENT ON COLUMN commondata.trace.what IS
    'row | event | receipt | parked | dead letter | file | run | mail';
COMMENT ON COLUMN commondata.trace.name IS 'Table, event type, file, job';
COMMENT ON COLUMN commondata.trace.source IS 'Login that wrote it';
COMMENT ON COLUMN commondata.trace.wait_ms IS
    'Receipt: published -> handled; file, run, mail: how long it took';
COMMENT ON COLUMN commondata.trace.detail IS 'In words';
COMMENT ON COLUMN commondata.trace.event_id IS 'Event';
COMMENT ON COLUMN commondata.trace.file IS 'File (commondata.file)';
COMMENT ON COLUMN commondata.trace.line IS 'Line in that file';
COMMENT ON COLUMN commondata.trace.run IS 'Run (commondata.run)';
COMMENT ON COLUMN commondata.trace.traceparent IS 'W3C trace context of an event';

-- What people look at: runs and files. Replaced in place; columns are only ever added at the end.

-- How far the load of a large file is, by the slices that are committed: in bytes of the file as it
-- lies there, packed or not. The rate is that of the run that is at it.
CREATE OR REPLACE VIEW commondata.file_progress AS
SELECT
    p.file,
    p.run,
    p.done_bytes,
    p.size_bytes,
    p.record_count,
    p.rejected_count,
    r.records_per_second,
    r.seconds_left,
    CASE
        WHEN p.done_bytes < p.size_bytes THEN format(
            '%s of %s bytes, %s, %s rejected, %s a second, %s s left',
            p.done_bytes,
            p.size_bytes,
            r.records,
            p.rejected_count,
            r.records_per_second,
            coalesce(r.seconds_left::text, '?')
        )
        ELSE format(
            'all %s bytes are read, %s, %s rejected; indexes, checks and SQL follow',
            p.size_bytes,
            r.records,
            p.rejected_count
        )
    END AS progress
FROM (
    SELECT
        l.file,
        l.run,
        f.size_bytes,
        least(sum(s.raw_bytes)::bigint, f.size_bytes) AS done_bytes,
        sum(s.record_count)::bigint AS record_count,
        sum(s.rejected_count)::bigint AS rejected_count,
        (coalesce(sum(s.record_count) FILTER (WHERE s.run = l.run), 0))::bigint AS run_records,
        (coalesce(sum(s.raw_bytes) FILTER (WHERE s.run = l.run), 0))::bigint AS run_bytes,
        greatest(1, extract(epoch FROM max(s.loaded_at) - l.taken_at))::bigint AS run_seconds
    FROM commondata.file_load AS l
    JOIN commondata.file AS f ON f.id = l.file
    JOIN commondata.file_slice AS s ON s.file = l.file
    WHERE f.state = 'CLAIMED'
    GROUP BY
        l.file,
        l.run,
        l.taken_at,
        f.size_bytes
) AS p
CROSS JOIN LATERAL (
    SELECT
        p.record_count || CASE p.record_count WHEN 1 THEN ' record' ELSE ' records' END
            AS records,
        p.run_records / p.run_seconds AS records_per_second,
        CASE
            WHEN p.run_bytes > 0 AND p.done_bytes < p.size_bytes
            THEN (p.size_bytes - p.done_bytes) * p.run_seconds / p.run_bytes
        END AS seconds_left
) AS r;
COMMENT ON VIEW commondata.file_progress IS 'How far the load of a large file is';
COMMENT ON COLUMN commondata.file_progress.file IS 'File';
COMMENT ON COLUMN commondata.file_progress.run IS 'Run that loads it';
COMMENT ON COLUMN commondata.file_progress.done_bytes IS 'Of it, read for what is loaded';
COMMENT ON COLUMN commondata.file_progress.size_bytes IS 'Size of the file as it lies there';
COMMENT ON COLUMN commondata.file_progress.record_count IS 'Records read';
COMMENT ON COLUMN commondata.file_progress.rejected_count IS 'Records refused so far';
COMMENT ON COLUMN commondata.file_progress.records_per_second IS 'Rate of this run';
COMMENT ON COLUMN commondata.file_progress.seconds_left IS
    'At that rate; NULL if this run has loaded nothing yet, or nothing is left to read';
COMMENT ON COLUMN commondata.file_progress.progress IS 'All of it in words';

-- The run of a node that died is RUNNING until the next one begins, but nobody holds a lock on it.
CREATE OR REPLACE VIEW commondata.run_at_work AS
SELECT r.id AS run
FROM commondata.run AS r
JOIN commondata.job AS j ON j.name = r.job
WHERE r.state = 'RUNNING'
  AND EXISTS (
      SELECT
      FROM pg_locks AS l
      JOIN pg_stat_activity AS a ON a.pid = l.pid
      WHERE l.relation = 'commondata.run'::regclass
        AND l.mode = 'RowShareLock'
        AND a.datname = current_database()
        AND a.usename = j.owner
  );
COMMENT ON VIEW commondata.run_at_work IS 'Runs whose node is there, as far as locks tell';
COMMENT ON COLUMN commondata.run_at_work.run IS
    'Run that is RUNNING, while a session of its owner is in the midst of a run';

CREATE OR REPLACE VIEW commondata.run_summary AS
SELECT
    r.id,
    r.job,
    j.owner,
    r.business_date,
    r.attempt,
    r.started_by,
    r.params,
    r.node,
    r.state,
    r.exit_code,
    CASE WHEN r.state = 'RUNNING' THEN coalesce(p.record_count, 0) ELSE r.read_count END
        AS read_count,
    r.written_count,
    CASE WHEN r.state = 'RUNNING' THEN coalesce(p.rejected_count, 0) ELSE r.rejected_count END
        AS rejected_count,
    r.event_count,
    -- Between its start and its lock a run is nobody's, for a moment.
    CASE
        WHEN r.state = 'RUNNING'
            AND r.started_at < statement_timestamp() - interval '2 seconds'
            AND NOT EXISTS (SELECT FROM commondata.run_at_work AS w WHERE w.run = r.id)
            THEN format(
                'its node %s is gone: the next start of the job makes it ABANDONED', r.node)
        ELSE r.message
    END AS message,
    r.started_at,
    r.finished_at,
    round(
        extract(epoch FROM coalesce(r.finished_at, statement_timestamp()) - r.started_at) * 1000
    )::bigint AS took_ms,
    f.files,
    CASE WHEN r.state = 'RUNNING' THEN p.progress END AS progress
FROM commondata.run AS r
JOIN commondata.job AS j ON j.name = r.job
LEFT JOIN commondata.file_progress AS p ON p.run = r.id
CROSS JOIN LATERAL (
    SELECT string_agg(i.name, ', ' ORDER BY i.id) AS files
    FROM commondata.file AS i
    WHERE i.run = r.id
) AS f;
COMMENT ON VIEW commondata.run_summary IS 'Runs with how long they took and their files';
COMMENT ON COLUMN commondata.run_summary.id IS 'Number of the run';
COMMENT ON COLUMN commondata.run_summary.job IS 'Job';
COMMENT ON COLUMN commondata.run_summary.owner IS 'Login that ran it';
COMMENT ON COLUMN commondata.run_summary.business_date IS 'Day the data is about';
COMMENT ON COLUMN commondata.run_summary.attempt IS
    'Number of this run among those of job and date';
COMMENT ON COLUMN commondata.run_summary.started_by IS 'schedule | hand | file';
COMMENT ON COLUMN commondata.run_summary.params IS 'Parameters given by hand';
COMMENT ON COLUMN commondata.run_summary.node IS 'Process that ran it';
COMMENT ON COLUMN commondata.run_summary.state IS 'RUNNING | SUCCEEDED | FAILED | ABANDONED';
COMMENT ON COLUMN commondata.run_summary.exit_code IS
    '0 clean, 4 finished with rejects, 8 rejected, 12 job error, 16 environment';
COMMENT ON COLUMN commondata.run_summary.read_count IS
    'Records read; while it loads a large file, those of the slices so far';
COMMENT ON COLUMN commondata.run_summary.written_count IS 'Rows written, changed or removed';
COMMENT ON COLUMN commondata.run_summary.rejected_count IS 'Records refused, so far, too';
COMMENT ON COLUMN commondata.run_summary.event_count IS 'Events published';
COMMENT ON COLUMN commondata.run_summary.message IS
    'Why it failed, or what is worth knowing, such as that its node is gone';
COMMENT ON COLUMN commondata.run_summary.started_at IS 'Start';
COMMENT ON COLUMN commondata.run_summary.finished_at IS 'End; empty while it runs';
COMMENT ON COLUMN commondata.run_summary.took_ms IS 'Duration so far';
COMMENT ON COLUMN commondata.run_summary.files IS 'Names of the files it read or wrote';
COMMENT ON COLUMN commondata.run_summary.progress IS
    'How far it is with a large file, while it loads one';

CREATE OR REPLACE VIEW commondata.file_summary AS
SELECT
    f.id,
    f.feed,
    f.direction,
    f.name,
    f.state,
    f.sha256,
    f.size_bytes,
    f.business_date,
    f.run,
    f.record_count,
    f.loaded_count,
    f.rejected_count,
    f.control,
    f.reason,
    f.arrived_at,
    f.finished_at,
    round(extract(epoch FROM f.finished_at - f.arrived_at) * 1000)::bigint AS took_ms,
    e.errors,
    CASE WHEN o.file IS NOT NULL THEN format(
        'events up to line %s of %s, %s in %s commits%s',
        o.next_line - 1,
        o.end_line - 1,
        o.event_count,
        o.cut_count,
        '; failed: ' || o.failure
    )
    WHEN h.is_gone THEN concat_ws(
        '; ',
        CASE WHEN p.file IS NOT NULL THEN format(
            '%s of %s bytes, %s, %s rejected',
            p.done_bytes,
            p.size_bytes,
            p.record_count || CASE p.record_count WHEN 1 THEN ' record' ELSE ' records' END,
            p.rejected_count
        ) END,
        format('its node %s is gone: the next node that looks goes on with it', h.node)
    )
    ELSE p.progress
    END AS progress,
    f.sequence,
    f.removed_at,
    f.corrects,
    f.superseded_by,
    n.corrected_count,
    f.acknowledge_by,
    f.acknowledged_at,
    CASE WHEN h.is_at_work THEN h.run END AS loading_run,
    b.supersedes,
    f.rejects_removed_at
FROM commondata.file AS f
LEFT JOIN commondata.file_progress AS p ON p.file = f.id
LEFT JOIN commondata.file_events AS o
    ON o.file = f.id
    AND o.published_at IS NULL
CROSS JOIN LATERAL (
    SELECT count(*) AS corrected_count
    FROM commondata.file_correction AS c
    WHERE c.corrected_file = f.id
) AS n
LEFT JOIN LATERAL (
    SELECT
        r.id AS run,
        r.node,
        w.run IS NOT NULL AS is_at_work,
        -- Between its start and its lock a run is nobody's, for a moment.
        w.run IS NULL AND r.started_at < statement_timestamp() - interval '2 seconds' AS is_gone
    FROM commondata.run AS r
    LEFT JOIN commondata.run_at_work AS w ON w.run = r.id
    WHERE f.state = 'CLAIMED'
      AND r.job = f.feed
      AND r.state = 'RUNNING'
      AND r.params ->> 'file' = f.id::text
) AS h ON true
CROSS JOIN LATERAL (
    SELECT string_agg(format('%s (%s)', o.id, o.name), ', ' ORDER BY o.id) AS supersedes
    FROM commondata.file AS o
    WHERE o.feed = f.feed
      AND o.business_date = f.supersedes_day
      AND o.direction = 'IN'
      AND o.state = 'SUPERSEDED'
      AND o.superseded_by = f.id
) AS b
CROSS JOIN LATERAL (
    SELECT string_agg(c.code || ' ' || c.times, ', ' ORDER BY c.times DESC, c.code) AS errors
    FROM (
        SELECT r.code, count(*) AS times
        FROM commondata.file_reject AS r
        WHERE r.file = f.id
        GROUP BY r.code
    ) AS c
) AS e;
COMMENT ON VIEW commondata.file_summary IS
    'Files that came in or went out, with their errors counted';
COMMENT ON COLUMN commondata.file_summary.id IS 'Number of the file';
COMMENT ON COLUMN commondata.file_summary.feed IS 'Feed';
COMMENT ON COLUMN commondata.file_summary.direction IS 'IN | OUT';
COMMENT ON COLUMN commondata.file_summary.name IS 'Name as it came';
COMMENT ON COLUMN commondata.file_summary.state IS
    'CLAIMED | LOADED | REJECTED | DUPLICATE | HELD | SUPERSEDED | SENT | ACKNOWLEDGED';
COMMENT ON COLUMN commondata.file_summary.sha256 IS 'Hash of its bytes: its identity';
COMMENT ON COLUMN commondata.file_summary.size_bytes IS 'Size';
COMMENT ON COLUMN commondata.file_summary.business_date IS 'Day its data is about';
COMMENT ON COLUMN commondata.file_summary.run IS 'Run that loaded, refused or wrote it';
COMMENT ON COLUMN commondata.file_summary.record_count IS 'Records in it';
COMMENT ON COLUMN commondata.file_summary.loaded_count IS
    'Records that were not refused; what the job''s SQL made of them, the run says';
COMMENT ON COLUMN commondata.file_summary.rejected_count IS 'Records refused';
COMMENT ON COLUMN commondata.file_summary.control IS 'Control totals: declared and computed';
COMMENT ON COLUMN commondata.file_summary.reason IS 'Why it was refused or held';
COMMENT ON COLUMN commondata.file_summary.arrived_at IS 'When it was claimed or written';
COMMENT ON COLUMN commondata.file_summary.finished_at IS 'When it was loaded, refused or sent';
COMMENT ON COLUMN commondata.file_summary.took_ms IS 'From arrived to finished';
COMMENT ON COLUMN commondata.file_summary.errors IS 'Error codes with how often each was found';
COMMENT ON COLUMN commondata.file_summary.progress IS
    'How far it is, while it is loaded in slices, or its events are published in cuts';
COMMENT ON COLUMN commondata.file_summary.sequence IS 'Number that its name says, if it does';
COMMENT ON COLUMN commondata.file_summary.removed_at IS
    'When it was removed from the drop directory, being kept long enough';
COMMENT ON COLUMN commondata.file_summary.corrects IS
    'File of which it holds corrected records; empty: a file that came';
COMMENT ON COLUMN commondata.file_summary.superseded_by IS
    'File of the same business date that took its place';
COMMENT ON COLUMN commondata.file_summary.corrected_count IS
    'Refused records that were corrected and loaded since';
COMMENT ON COLUMN commondata.file_summary.acknowledge_by IS
    'Until when the other side must say that it has taken it, if it must';
COMMENT ON COLUMN commondata.file_summary.acknowledged_at IS 'When it was seen that it has';
COMMENT ON COLUMN commondata.file_summary.loading_run IS 'Run that is loading it now';
COMMENT ON COLUMN commondata.file_summary.supersedes IS
    'Files of the same business date whose place it took, with their names';
COMMENT ON COLUMN commondata.file_summary.rejects_removed_at IS
    'When its refused records were removed, being kept long enough';

CREATE OR REPLACE VIEW commondata.expected_summary AS
SELECT
    e.feed,
    e.business_date,
    e.due_at,
    CASE
        WHEN f.id IS NOT NULL THEN 'ARRIVED'
        WHEN e.waived_by IS NOT NULL THEN 'WAIVED'
        WHEN e.due_at < statement_timestamp() THEN 'LATE'
        ELSE 'EXPECTED'
    END AS state,
    f.id AS file,
    f.finished_at AS loaded_at,
    coalesce(f.finished_at, statement_timestamp()) > e.due_at AS late
FROM commondata.expected_file AS e
LEFT JOIN LATERAL (
    SELECT i.id, i.finished_at
    FROM commondata.file AS i
    WHERE i.feed = e.feed
      AND i.business_date = e.business_date
      AND i.direction = 'IN'
      AND i.state IN ('LOADED', 'SUPERSEDED', 'DUPLICATE')
    ORDER BY i.id
    LIMIT 1
) AS f ON true;
COMMENT ON VIEW commondata.expected_summary IS 'Files that must come, and which have';
COMMENT ON COLUMN commondata.expected_summary.feed IS 'Feed';
COMMENT ON COLUMN commondata.expected_summary.business_date IS 'Day its data is about';
COMMENT ON COLUMN commondata.expected_summary.due_at IS 'When it must be loaded';
COMMENT ON COLUMN commondata.expected_summary.state IS
    'EXPECTED | LATE | ARRIVED | WAIVED (an operator said that it does not come)';
COMMENT ON COLUMN commondata.expected_summary.file IS
    'First file that was loaded for that day, or whose content was loaded before';
COMMENT ON COLUMN commondata.expected_summary.loaded_at IS 'When it was';
COMMENT ON COLUMN commondata.expected_summary.late IS 'Whether that was, or is, after the time';

CREATE OR REPLACE VIEW commondata.file_alarm AS
SELECT
    'file-late' AS alarm,
    e.feed || ' of ' || e.business_date AS subject,
    format(
        'no file was loaded for it, due at %s. Ask for it, or, if none comes: ./commondata file '
            'waive %s %s --reason TEXT',
        to_char(e.due_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
        e.feed,
        e.business_date) AS detail
FROM commondata.expected_summary AS e
WHERE e.state = 'LATE'
UNION ALL
SELECT
    'file-held',
    'file ' || f.id,
    format(
        '%s of %s: %s. If it shall be loaded: ./commondata file release %s --reason TEXT, if not: '
            './commondata file reject %s --reason TEXT',
        f.name, f.feed, f.reason, f.id, f.id)
FROM commondata.file AS f
WHERE f.state = 'HELD'
UNION ALL
SELECT
    'file-refused',
    'file ' || f.id,
    format(
        '%s of %s was refused: %s. It has number %s, which is next, so files behind it wait. Get a '
            'corrected file of that number, or, if none comes: ./commondata file renumber %s '
            '--next %s --reason TEXT',
        f.name, f.feed, f.reason, f.sequence, f.feed, f.sequence + 1)
FROM commondata.feed_sequence AS s
CROSS JOIN LATERAL (
    SELECT n.id, n.feed, n.name, n.sequence, n.state, n.reason, n.finished_at
    FROM commondata.file AS n
    WHERE n.feed = s.feed
      AND n.sequence = s.last_number + 1
      AND n.direction = 'IN'
    ORDER BY n.id DESC
    LIMIT 1
) AS f
WHERE f.state = 'REJECTED' AND f.finished_at > s.renumbered_at
UNION ALL
SELECT
    'file-stuck',
    'file ' || f.id,
    format(
        '%s of %s was claimed at %s and is not loaded. The log of the nodes may say why. If it has '
            'vanished from claimed/%s: hand it in again, or ./commondata file reject %s --reason '
            'TEXT',
        f.name,
        f.feed,
        to_char(f.arrived_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
        f.id,
        f.id)
        || CASE
            WHEN r.id IS NULL THEN ''
            WHEN w.run IS NULL THEN format(
                '. Node %s, which was loading it in run %s, is gone: start a node that has the job',
                r.node, r.id)
            ELSE format(
                '. Run %s on node %s has loaded nothing for an hour: does that node stand still?',
                r.id, r.node)
        END
FROM commondata.file AS f
LEFT JOIN commondata.run AS r ON r.job = f.feed AND r.state = 'RUNNING'
LEFT JOIN commondata.run_at_work AS w ON w.run = r.id
CROSS JOIN LATERAL (
    SELECT greatest(r.started_at, max(s.loaded_at)) AS heard_at
    FROM commondata.file AS u
    JOIN commondata.file_slice AS s ON s.file = u.id
    WHERE u.feed = f.feed AND u.state = 'CLAIMED'
) AS l
WHERE f.state = 'CLAIMED'
  AND f.arrived_at < statement_timestamp() - interval '15 minutes'
  -- Another node takes over in seconds; a host that is gone is missed after two minutes.
  AND (
      r.id IS NULL
      OR l.heard_at < statement_timestamp()
          - CASE WHEN w.run IS NULL THEN interval '2 minutes' ELSE interval '1 hour' END
  )
UNION ALL
SELECT
    'file-events',
    'file ' || e.file,
    format(
        'the events of its lines from %s on can''t be published, and the files of %s behind it '
            'wait: %s',
        e.next_line, f.feed, e.failure)
FROM commondata.file_events AS e
JOIN commondata.file AS f ON f.id = e.file
WHERE e.published_at IS NULL AND e.failure IS NOT NULL
UNION ALL
SELECT
    'file-unacknowledged',
    'file ' || f.id,
    format(
        '%s of %s went out at %s and was not acknowledged until %s. Ask whether the other side has '
            'taken it. If so, it lays %s.ack beside it in drop/%s/outgoing, or you do',
        f.name,
        f.feed,
        to_char(f.finished_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
        to_char(f.acknowledge_by AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
        f.name,
        f.feed)
FROM commondata.file AS f
WHERE f.state = 'SENT' AND f.acknowledge_by < statement_timestamp()
UNION ALL
SELECT
    'file-untaken',
    'feed ' || u.feed,
    format(
        '%s has lain unchanged in drop/%s/incoming since %s and is not taken: %s',
        u.name,
        u.feed,
        to_char(u.since AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
        u.why)
FROM commondata.untaken_file AS u
WHERE u.seen_at > statement_timestamp() - interval '1 hour';
COMMENT ON VIEW commondata.file_alarm IS 'What somebody should look at: files';
COMMENT ON COLUMN commondata.file_alarm.alarm IS
    'file-late | file-held | file-refused (its number is next) | file-stuck (claimed for 15 '
    'minutes, no run at work) | file-events | file-unacknowledged | file-untaken (the oldest '
    'thing in incoming/ of a feed)';
COMMENT ON COLUMN commondata.file_alarm.subject IS 'Of what';
COMMENT ON COLUMN commondata.file_alarm.detail IS 'In words, with what to do';

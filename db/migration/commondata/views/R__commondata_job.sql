-- What people look at: jobs that have a schedule. Read by the readers.

CREATE OR REPLACE VIEW commondata.job_alarm AS
SELECT
    'run-late' AS alarm,
    'job ' || c.job AS subject,
    format(
        'it was due at %s, and %s. If it need not be done: ./commondata job skip %s --reason TEXT',
        to_char(c.next_due_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
        CASE
            WHEN r.id IS NULL THEN 'no run was started: start a node that has it'
            WHEN w.run IS NULL THEN format(
                'node %s, which was at it in run %s, is gone: start a node that has it',
                r.node,
                r.id)
            ELSE format(
                'run %s on node %s has been at it since %s: does that node stand still?',
                r.id,
                r.node,
                to_char(r.started_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'))
        END,
        c.job) AS detail
FROM commondata.job_clock AS c
LEFT JOIN commondata.run AS r ON r.job = c.job AND r.state = 'RUNNING'
LEFT JOIN commondata.run_at_work AS w ON w.run = r.id
WHERE c.next_due_at < statement_timestamp() - interval '15 minutes'
  -- Another node takes over in seconds; a host that is gone is missed after two minutes.
  AND (
      r.id IS NULL
      OR r.started_at < statement_timestamp()
          - CASE WHEN w.run IS NULL THEN interval '2 minutes' ELSE interval '1 hour' END
  )
  -- Of these run-failed tells.
  AND NOT EXISTS (
      SELECT
      FROM commondata.run AS f
      WHERE f.job = c.job
        AND f.state IN ('FAILED', 'ABANDONED')
        AND f.started_at >= c.next_due_at
  )
UNION ALL
SELECT
    'run-failed',
    f.job || ' of ' || f.business_date,
    format(
        'run %s ended with %s: %s. Mend what it fails of, then ./commondata run %s --date %s; if '
            'it need not be done: ./commondata job skip %s --reason TEXT',
        f.run, f.exit_code, left(f.message, 300), f.job, f.business_date, f.job)
FROM commondata.failed_run AS f;
COMMENT ON VIEW commondata.job_alarm IS 'What somebody should look at: jobs with a schedule';
COMMENT ON COLUMN commondata.job_alarm.alarm IS
    'run-late (15 minutes behind its time) | run-failed (the last run of a business date)';
COMMENT ON COLUMN commondata.job_alarm.subject IS 'Of what';
COMMENT ON COLUMN commondata.job_alarm.detail IS 'In words, with what to do';

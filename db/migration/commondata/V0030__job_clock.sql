-- When jobs are due, and what of it is settled. A job is due for a business date at the last time
-- of its schedule that is about this date; it is settled when a run of it has succeeded since, when
-- one has failed in a way that a person must mend, or when there was nothing to do. So runs say
-- what is done, and this table only from where on to look. Cron is computed by the nodes.
-- Written by settle_job under the job's owner, and by skip_job for an operator; read by nodes and
-- by the view job_alarm.
CREATE TABLE commondata.job_clock (
    job           text        PRIMARY KEY REFERENCES commondata.job (name),
    settled_until timestamptz NOT NULL,
    next_due_at   timestamptz,
    skipped_at    timestamptz
);
COMMENT ON TABLE commondata.job_clock IS 'How far the schedule of a job is settled';
COMMENT ON COLUMN commondata.job_clock.job IS 'Job';
COMMENT ON COLUMN commondata.job_clock.settled_until IS
    'What was due up to then needs no run any more; written ten minutes late, at most';
COMMENT ON COLUMN commondata.job_clock.next_due_at IS
    'The next time behind it, as the node knew that wrote it';
COMMENT ON COLUMN commondata.job_clock.skipped_at IS
    'When an operator said that what had failed, or was due, need not be done';

-- Serves failed_run and job_alarm: runs of a job that ended badly.
CREATE INDEX run_failed ON commondata.run (job) WHERE state IN ('FAILED', 'ABANDONED');

-- Never back: two nodes may settle, and one of them knows less.
CREATE FUNCTION commondata.settle_job(
    p_job         text,
    p_until       timestamptz,
    p_next_due_at timestamptz
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM commondata.owned_job(p_job);
    INSERT INTO commondata.job_clock AS c (job, settled_until, next_due_at)
    VALUES (p_job, p_until, p_next_due_at)
    ON CONFLICT (job) DO UPDATE
    SET
        settled_until = excluded.settled_until,
        next_due_at = excluded.next_due_at
    WHERE excluded.settled_until >= c.settled_until;
END
$$;
COMMENT ON FUNCTION commondata.settle_job IS
    'Says until when what a job was due for is settled, and when it is due again';

-- start_due_run: start_run for a date that is due. The caller has looked before, and another node
-- may have run it since, to its end. So the run is begun first: then no other is under way, all
-- before it have ended and are seen, and if one of them was not known, or has done the date, this
-- one is taken back.
CREATE FUNCTION commondata.start_due_run(
    p_job           text,
    p_business_date date,
    p_due_at        timestamptz,
    p_known_runs    bigint,
    p_node          text
) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    new_id bigint := commondata.start_run(p_job, p_business_date, 'schedule', '{}', p_node);
BEGIN
    DELETE FROM commondata.run AS n
    WHERE n.id = new_id
      AND (
          SELECT count(*) <> p_known_runs
              OR coalesce(bool_or(r.state = 'SUCCEEDED' OR r.exit_code <> 16), false)
          FROM commondata.run AS r
          WHERE r.job = p_job
            AND r.business_date = p_business_date
            AND r.started_at >= p_due_at
            AND r.id <> new_id
      );
    RETURN CASE WHEN FOUND THEN NULL ELSE new_id END;
END
$$;
COMMENT ON FUNCTION commondata.start_due_run IS
    'Begins a run that is due and returns its id, or NULL if somebody has begun one already';

-- What a person is asked about: the last run of a date that ended badly, until somebody says that
-- it need not be done. Told by job_alarm, given up by skip_job.
CREATE VIEW commondata.failed_run AS
SELECT f.id AS run, f.job, f.business_date, f.exit_code, f.message
FROM commondata.job_clock AS c
JOIN commondata.run AS f
    ON f.job = c.job
    AND f.state IN ('FAILED', 'ABANDONED')
    AND (c.skipped_at IS NULL OR f.started_at > c.skipped_at)
WHERE NOT EXISTS (
    SELECT
    FROM commondata.run AS later
    WHERE later.job = f.job
      AND later.business_date = f.business_date
      AND later.id > f.id
);
COMMENT ON VIEW commondata.failed_run IS
    'Runs of jobs with a schedule that failed, are the last of their date and were not skipped';
COMMENT ON COLUMN commondata.failed_run.run IS 'Run (commondata.run)';
COMMENT ON COLUMN commondata.failed_run.job IS 'Job';
COMMENT ON COLUMN commondata.failed_run.business_date IS 'Day that it was about';
COMMENT ON COLUMN commondata.failed_run.exit_code IS 'As of the run';
COMMENT ON COLUMN commondata.failed_run.message IS 'Why it failed';

-- skip_job: what the job was due for up to now, and what has failed, is no longer asked for. A run
-- that is at work goes on. What it gives up: what was due from next_due_at on, and the runs that
-- the alarm run-failed tells of.
CREATE FUNCTION commondata.skip_job(p_job text, p_actor text, p_reason text) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    clock  commondata.job_clock;
    before jsonb;
BEGIN
    SELECT c.* INTO clock FROM commondata.job_clock AS c WHERE c.job = p_job FOR UPDATE;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    SELECT jsonb_build_object(
        'settled_until', clock.settled_until,
        'next_due_at', clock.next_due_at,
        'failed', coalesce(
            jsonb_agg(
                jsonb_build_object('run', f.run, 'business_date', f.business_date) ORDER BY f.run),
            '[]'))
    INTO before
    FROM commondata.failed_run AS f
    WHERE f.job = p_job;
    UPDATE commondata.job_clock AS c
    SET
        settled_until = greatest(c.settled_until, clock_timestamp()),
        next_due_at = NULL,
        skipped_at = clock_timestamp()
    WHERE c.job = p_job
    RETURNING c.* INTO clock;
    PERFORM commondata.audit(
        p_actor, 'skip', 'job ' || p_job, p_reason,
        before, jsonb_build_object('settled_until', clock.settled_until));
    RETURN before;
END
$$;
COMMENT ON FUNCTION commondata.skip_job IS
    'Gives up what a scheduled job was due for, and returns that; NULL if no node ever clocked it';

ALTER TABLE commondata.job_clock ENABLE ROW LEVEL SECURITY;
CREATE POLICY reader_sees_all ON commondata.job_clock FOR SELECT TO commondata_reader USING (true);
CREATE POLICY service_sees_own ON commondata.job_clock FOR SELECT TO commondata_service
    USING (
        (SELECT j.owner FROM commondata.job AS j WHERE j.name = job_clock.job) = current_user
    );

GRANT SELECT ON commondata.job_clock TO commondata_service;
GRANT EXECUTE ON FUNCTION
    commondata.settle_job(text, timestamptz, timestamptz),
    commondata.start_due_run(text, date, timestamptz, bigint, text)
TO commondata_service;
GRANT EXECUTE ON FUNCTION commondata.skip_job(text, text, text) TO commondata_operator;

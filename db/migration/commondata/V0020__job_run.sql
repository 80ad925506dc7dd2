-- Jobs and their runs. A job is a folder in batch-jobs/; its row here says which login runs it.
-- Written by the functions below, called by the job's owner. Read by readers. Runs are kept for
-- ever; run_of_job serves "the last runs of a job" and the one-at-a-time rule, run_of_day "how many
-- runs had the job for that date", run_abandoned "of which file did nodes die".

CREATE TABLE commondata.job (
    name  text PRIMARY KEY,
    owner name NOT NULL
);
COMMENT ON TABLE commondata.job IS 'A folder in batch-jobs/ and the login that runs it';
COMMENT ON COLUMN commondata.job.name IS 'Name of the folder';
COMMENT ON COLUMN commondata.job.owner IS 'Login that runs it; nobody else may';

CREATE TABLE commondata.run (
    id             bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    job            text        NOT NULL REFERENCES commondata.job (name),
    business_date  date        NOT NULL,
    attempt        integer     NOT NULL,
    started_by     text        NOT NULL,
    params         jsonb       NOT NULL DEFAULT '{}',
    node           text        NOT NULL,
    state          text        NOT NULL DEFAULT 'RUNNING',
    exit_code      integer,
    read_count     bigint      NOT NULL DEFAULT 0,
    written_count  bigint      NOT NULL DEFAULT 0,
    rejected_count bigint      NOT NULL DEFAULT 0,
    event_count    bigint      NOT NULL DEFAULT 0,
    message        text,
    started_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    finished_at    timestamptz,
    CONSTRAINT started_by_is_known CHECK (started_by IN ('schedule', 'hand', 'file')),
    CONSTRAINT state_is_known CHECK (state IN ('RUNNING', 'SUCCEEDED', 'FAILED', 'ABANDONED')),
    CONSTRAINT exit_code_is_known CHECK (exit_code IN (0, 4, 8, 12, 16)),
    CONSTRAINT end_is_whole CHECK (
        (state = 'RUNNING') = (finished_at IS NULL)
        AND (state = 'RUNNING') = (exit_code IS NULL)
    )
);
CREATE INDEX run_of_job ON commondata.run (job, id);
CREATE INDEX run_of_day ON commondata.run (job, business_date);
CREATE INDEX run_abandoned ON commondata.run (job) WHERE state = 'ABANDONED';
CREATE UNIQUE INDEX run_one_at_a_time ON commondata.run (job) WHERE state = 'RUNNING';
COMMENT ON TABLE commondata.run IS 'One execution of a job';
COMMENT ON COLUMN commondata.run.id IS 'Number an operator names it by';
COMMENT ON COLUMN commondata.run.job IS 'Job';
COMMENT ON COLUMN commondata.run.business_date IS 'Day the data is about; never the clock''s';
COMMENT ON COLUMN commondata.run.attempt IS 'Number of this run among those of job and date';
COMMENT ON COLUMN commondata.run.started_by IS 'schedule | hand | file';
COMMENT ON COLUMN commondata.run.params IS
    'Parameters given by hand; of a file that is loaded: its number and name';
COMMENT ON COLUMN commondata.run.node IS 'Process that runs it';
COMMENT ON COLUMN commondata.run.state IS 'RUNNING | SUCCEEDED | FAILED | ABANDONED (node died)';
COMMENT ON COLUMN commondata.run.exit_code IS
    '0 clean, 4 finished with rejects, 8 rejected, 12 job error, 16 environment';
COMMENT ON COLUMN commondata.run.read_count IS 'Records read';
COMMENT ON COLUMN commondata.run.written_count IS 'Rows written, changed or removed';
COMMENT ON COLUMN commondata.run.rejected_count IS 'Records refused';
COMMENT ON COLUMN commondata.run.event_count IS 'Events published';
COMMENT ON COLUMN commondata.run.message IS 'Why it failed, or what is worth knowing';
COMMENT ON COLUMN commondata.run.started_at IS 'Start, by the server''s clock';
COMMENT ON COLUMN commondata.run.finished_at IS 'End, by the server''s clock';

-- Called by migrations only.
CREATE FUNCTION commondata.register_job(name text, owner name) RETURNS void
LANGUAGE sql
BEGIN ATOMIC
    INSERT INTO commondata.job (name, owner) VALUES (name, owner);
END;
COMMENT ON FUNCTION commondata.register_job IS 'Says which login runs a job';

CREATE FUNCTION commondata.owned_job(wanted text) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    its_owner name;
BEGIN
    SELECT j.owner INTO its_owner FROM commondata.job AS j WHERE j.name = wanted;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'job "%" is not registered', wanted
            USING ERRCODE = 'undefined_object',
                  HINT = 'A migration registers it with commondata.register_job(name, owner).';
    END IF;
    IF its_owner <> session_user THEN
        RAISE EXCEPTION 'job "%" belongs to "%", not to login "%"', wanted, its_owner, session_user
            USING ERRCODE = 'insufficient_privilege';
    END IF;
END
$$;
COMMENT ON FUNCTION commondata.owned_job(text) IS 'Fails unless the login that asks owns the job';

-- start_run: begins a run, in a transaction of its own. Returns NULL if the job is running already,
-- or a dry run of it is: that one holds the lock of the job's row.
-- A run whose node died is still RUNNING but nobody holds the lock on its row: it is ABANDONED
-- here.
CREATE FUNCTION commondata.start_run(
    p_job           text,
    p_business_date date,
    p_started_by    text,
    p_params        jsonb,
    p_node          text
) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    new_id bigint;
BEGIN
    PERFORM commondata.owned_job(p_job);
    PERFORM FROM commondata.job AS j WHERE j.name = p_job FOR SHARE SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    UPDATE commondata.run AS r
    SET
        state = 'ABANDONED',
        exit_code = 16,
        finished_at = clock_timestamp(),
        message = 'node ' || r.node || ' ended without finishing it'
    WHERE r.id IN (
        SELECT stale.id
        FROM commondata.run AS stale
        WHERE stale.job = p_job
          AND stale.state = 'RUNNING'
          AND stale.started_at < clock_timestamp() - interval '2 seconds'
        FOR UPDATE SKIP LOCKED
    );
    -- Asked first, because a refused insert uses up a number, and who waits for a run asks often.
    IF EXISTS (SELECT FROM commondata.run AS r WHERE r.job = p_job AND r.state = 'RUNNING') THEN
        RETURN NULL;
    END IF;
    INSERT INTO commondata.run (job, business_date, attempt, started_by, params, node)
    SELECT p_job, p_business_date, count(*) + 1, p_started_by, p_params, p_node
    FROM commondata.run AS r
    WHERE r.job = p_job AND r.business_date = p_business_date
    ON CONFLICT (job) WHERE state = 'RUNNING' DO NOTHING
    RETURNING id INTO new_id;
    RETURN new_id;
END
$$;
COMMENT ON FUNCTION commondata.start_run IS
    'Begins a run and returns its id, or NULL if the job is running already';

-- hold_run: locks the run's row until the transaction ends; the lock says that its node lives. It
-- leaves the key unlocked, so that other rows can refer to the run meanwhile.
CREATE FUNCTION commondata.hold_run(p_run bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    its_job text;
BEGIN
    SELECT r.job INTO its_job
    FROM commondata.run AS r
    WHERE r.id = p_run AND r.state = 'RUNNING'
    FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    PERFORM commondata.owned_job(its_job);
    RETURN true;
END
$$;
COMMENT ON FUNCTION commondata.hold_run(bigint) IS
    'Locks a running run for this transaction; false if it is no longer running';

CREATE FUNCTION commondata.finish_run(
    p_run       bigint,
    p_exit_code integer,
    p_read      bigint,
    p_written   bigint,
    p_rejected  bigint,
    p_events    bigint,
    p_message   text
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    its_job text;
BEGIN
    UPDATE commondata.run AS r
    SET
        state = CASE WHEN p_exit_code <= 4 THEN 'SUCCEEDED' ELSE 'FAILED' END,
        exit_code = p_exit_code,
        read_count = p_read,
        written_count = p_written,
        rejected_count = p_rejected,
        event_count = p_events,
        message = p_message,
        finished_at = clock_timestamp()
    WHERE r.id = p_run AND r.state = 'RUNNING'
    RETURNING r.job INTO its_job;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'run % is not running', p_run
            USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    PERFORM commondata.owned_job(its_job);
END
$$;
COMMENT ON FUNCTION commondata.finish_run IS 'Ends a run, in the transaction that did its work';

-- A service sees its own runs: their parameters and messages may hold what is its own.
ALTER TABLE commondata.run ENABLE ROW LEVEL SECURITY;
CREATE POLICY reader_sees_all ON commondata.run FOR SELECT TO commondata_reader USING (true);
CREATE POLICY service_sees_own ON commondata.run FOR SELECT TO commondata_service
    USING (
        (SELECT j.owner FROM commondata.job AS j WHERE j.name = run.job) = current_user
    );

GRANT SELECT ON commondata.job, commondata.run TO commondata_service;
GRANT EXECUTE ON FUNCTION
    commondata.start_run(text, date, text, jsonb, text),
    commondata.hold_run(bigint),
    commondata.finish_run(bigint, integer, bigint, bigint, bigint, bigint, text)
TO commondata_service;

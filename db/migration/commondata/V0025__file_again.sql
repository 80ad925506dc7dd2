-- What is done to a file after it was loaded. Written by the functions below, called by the feed's
-- owner. Read by readers. Kept as long as the file's row; corrections, as the records they correct.
--
-- A correction of refused records is a file of its own in the ledger: its rows carry its number
-- and the lines of the file it corrects. So the SQL of a feed, which knows what it loads by
-- :file_id, does with it what it does with any other file, and to the rows of no other. The primary
-- key lets a record be corrected once; file_correction_by_file serves "what is in this correction".

CREATE TABLE commondata.file_correction (
    corrected_file bigint NOT NULL REFERENCES commondata.file (id),
    line           bigint NOT NULL,
    file           bigint NOT NULL REFERENCES commondata.file (id),
    record         text   NOT NULL,
    PRIMARY KEY (corrected_file, line)
);
CREATE INDEX file_correction_by_file ON commondata.file_correction (file, line);
COMMENT ON TABLE commondata.file_correction IS
    'Refused records that were corrected and loaded; what they were is in file_reject';
COMMENT ON COLUMN commondata.file_correction.corrected_file IS 'File that had the refused record';
COMMENT ON COLUMN commondata.file_correction.line IS 'Line at which the record begins in it';
COMMENT ON COLUMN commondata.file_correction.file IS 'File under which it was loaded at last';
COMMENT ON COLUMN commondata.file_correction.record IS 'The record as it was loaded';

-- Who sees what: as of file_reject.
ALTER TABLE commondata.file_correction ENABLE ROW LEVEL SECURITY;
CREATE POLICY reader_sees_all ON commondata.file_correction FOR SELECT TO commondata_reader
    USING (true);
CREATE POLICY service_sees_own ON commondata.file_correction FOR SELECT TO commondata_service
    USING (EXISTS (SELECT FROM commondata.file AS f WHERE f.id = file_correction.corrected_file));

-- begin_correction: the row of a correction, claimed; the caller loads its records and ends it by
-- finish_file, in the same transaction. Kept as an act of whoever corrected. Records themselves are
-- not kept there: an act can't be removed, and they may be about people.
CREATE FUNCTION commondata.begin_correction(
    p_file       bigint,
    p_lines      bigint[],
    p_records    text[],
    p_sha256     text,
    p_size_bytes bigint,
    p_actor      text,
    p_reason     text
) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    corrected commondata.file;
    new_id    bigint;
    done      bigint;
BEGIN
    SELECT f.* INTO corrected
    FROM commondata.file AS f
    WHERE f.id = p_file AND f.state = 'LOADED' AND f.direction = 'IN' AND f.corrects IS NULL
    FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'file % is not loaded, so no record of it can be corrected', p_file
            USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    PERFORM commondata.owned_job(corrected.feed);
    INSERT INTO commondata.file (feed, name, sha256, size_bytes, state, corrects)
    VALUES (corrected.feed, corrected.name, p_sha256, p_size_bytes, 'CLAIMED', p_file)
    RETURNING id INTO new_id;
    INSERT INTO commondata.file_correction (corrected_file, line, file, record)
    SELECT p_file, n.line, new_id, n.record
    FROM unnest(p_lines, p_records) AS n (line, record)
    WHERE EXISTS (
        SELECT FROM commondata.file_reject AS r WHERE r.file = p_file AND r.line = n.line
    );
    GET DIAGNOSTICS done = ROW_COUNT;
    IF done <> cardinality(p_lines) THEN
        RAISE EXCEPTION 'only % of % lines of file % were refused', done, cardinality(p_lines),
            p_file
            USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    PERFORM commondata.audit(
        p_actor,
        'correct',
        'file ' || p_file,
        p_reason,
        jsonb_build_object('refused', to_jsonb(p_lines)),
        jsonb_build_object('loadedAs', new_id));
    RETURN new_id;
END
$$;
COMMENT ON FUNCTION commondata.begin_correction IS
    'Begins the load of corrected records of a file, audited; returns the file they are loaded as';

-- note_columns: a CSV file may have its columns in an order of its own; who corrects a record has
-- it before him as it came.
CREATE FUNCTION commondata.note_columns(p_file bigint, p_columns text[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    its_feed text;
BEGIN
    UPDATE commondata.file AS f
    SET column_order = p_columns
    WHERE f.id = p_file AND f.state = 'CLAIMED'
    RETURNING f.feed INTO its_feed;
    PERFORM commondata.owned_job(its_feed);
END
$$;
COMMENT ON FUNCTION commondata.note_columns(bigint, text[]) IS
    'Keeps in which order the columns of a claimed file came';

-- supersede_files: files of the same business date give way to a file that is about to be loaded,
-- in the transaction that loads it: readers see the old ones until its commit, and then the new.
CREATE FUNCTION commondata.supersede_files(p_file bigint, p_superseded bigint[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    successor commondata.file;
    done      bigint;
BEGIN
    SELECT f.* INTO successor
    FROM commondata.file AS f
    WHERE f.id = p_file AND f.state = 'CLAIMED';
    PERFORM commondata.owned_job(successor.feed);
    UPDATE commondata.file AS f
    SET
        state = 'SUPERSEDED',
        superseded_by = p_file,
        reason = format('superseded by file %s (%s)', p_file, successor.name)
    WHERE f.id = ANY (p_superseded)
      AND f.feed = successor.feed
      AND f.direction = 'IN'
      AND f.state = 'LOADED';
    GET DIAGNOSTICS done = ROW_COUNT;
    IF done <> cardinality(p_superseded) THEN
        RAISE EXCEPTION 'only % of the files % are loaded files of feed "%"',
            done, p_superseded, successor.feed
            USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
END
$$;
COMMENT ON FUNCTION commondata.supersede_files(bigint, bigint[]) IS
    'Lets loaded files give way to a file that is being loaded';

-- start_dry_run: as start_run, but in the transaction that does the work and is rolled back. Its
-- row is seen by nobody, so the lock of the job's row tells start_run that the job is busy; files
-- can be claimed meanwhile.
CREATE FUNCTION commondata.start_dry_run(p_job text, p_business_date date, p_node text)
RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM commondata.owned_job(p_job);
    PERFORM FROM commondata.job AS j WHERE j.name = p_job FOR NO KEY UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    RETURN commondata.start_run(p_job, p_business_date, 'hand', '{"dryRun": true}', p_node);
END
$$;
COMMENT ON FUNCTION commondata.start_dry_run IS
    'Begins a run that will be rolled back; NULL if the job is running already';

-- Events of a large file that its load owes: they are published after it, some lines a commit, so
-- that no stamp has to number all of them at once and no other event waits behind them. The row is
-- written in the load's commit; whoever publishes the next lines holds its lock. file_events_owed
-- serves "does a feed owe any".
CREATE TABLE commondata.file_events (
    file         bigint      PRIMARY KEY REFERENCES commondata.file (id),
    next_line    bigint      NOT NULL,
    end_line     bigint      NOT NULL,
    cut_count    bigint      NOT NULL DEFAULT 0,
    event_count  bigint      NOT NULL DEFAULT 0,
    failure      text,
    owed_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    published_at timestamptz,
    CONSTRAINT line_is_within CHECK (next_line <= end_line),
    CONSTRAINT published_is_all CHECK ((next_line = end_line) = (published_at IS NOT NULL))
);
CREATE INDEX file_events_owed ON commondata.file_events (file) WHERE published_at IS NULL;
COMMENT ON TABLE commondata.file_events IS
    'Events that the load of a large file owes, and how many of its lines are published';
COMMENT ON COLUMN commondata.file_events.file IS 'File';
COMMENT ON COLUMN commondata.file_events.next_line IS 'Line the next cut begins at';
COMMENT ON COLUMN commondata.file_events.end_line IS 'Line behind the last record';
COMMENT ON COLUMN commondata.file_events.cut_count IS 'Commits so far';
COMMENT ON COLUMN commondata.file_events.event_count IS 'Events published so far';
COMMENT ON COLUMN commondata.file_events.failure IS 'Why the last attempt at a cut failed';
COMMENT ON COLUMN commondata.file_events.owed_at IS 'When the file was loaded';
COMMENT ON COLUMN commondata.file_events.published_at IS
    'When the last cut was; NULL: some are owed';

CREATE FUNCTION commondata.owe_events(p_file bigint, p_end_line bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    its_feed text;
BEGIN
    SELECT f.feed INTO its_feed
    FROM commondata.file AS f
    WHERE f.id = p_file AND f.state = 'LOADED';
    PERFORM commondata.owned_job(its_feed);
    INSERT INTO commondata.file_events (file, next_line, end_line)
    VALUES (p_file, 1, p_end_line);
END
$$;
COMMENT ON FUNCTION commondata.owe_events(bigint, bigint) IS
    'Says that the events of a file are still to be published, in the transaction that loads it';

-- take_events: which lines are next; locks them until the transaction ends. No row: they are
-- published, or somebody else is at it.
CREATE FUNCTION commondata.take_events(p_file bigint)
RETURNS TABLE (next_line bigint, end_line bigint, run bigint, business_date date)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    PERFORM commondata.owned_file(p_file);
    RETURN QUERY
    SELECT e.next_line, e.end_line, f.run, f.business_date
    FROM commondata.file_events AS e
    JOIN commondata.file AS f ON f.id = e.file
    WHERE e.file = p_file AND e.published_at IS NULL
    FOR UPDATE OF e SKIP LOCKED;
END
$$;
COMMENT ON FUNCTION commondata.take_events(bigint) IS
    'Lines of a file whose events are to be published next, locked for this transaction';

-- finish_events: the progress of a cut, in the transaction that publishes its events.
CREATE FUNCTION commondata.finish_events(p_file bigint, p_line_to bigint, p_events bigint)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    its_feed text;
    its_run  bigint;
BEGIN
    SELECT f.feed, f.run INTO its_feed, its_run FROM commondata.file AS f WHERE f.id = p_file;
    PERFORM commondata.owned_job(its_feed);
    UPDATE commondata.file_events AS e
    SET
        next_line = p_line_to,
        cut_count = e.cut_count + 1,
        event_count = e.event_count + p_events,
        failure = NULL,
        published_at = CASE WHEN p_line_to = e.end_line THEN clock_timestamp() END
    WHERE e.file = p_file AND e.next_line < p_line_to;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'file % owes no events before line %', p_file, p_line_to
            USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    UPDATE commondata.run AS r
    SET event_count = r.event_count + p_events
    WHERE r.id = its_run;
END
$$;
COMMENT ON FUNCTION commondata.finish_events(bigint, bigint, bigint) IS
    'Says up to which line the events of a file are published';

CREATE FUNCTION commondata.fail_events(p_file bigint, p_failure text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM commondata.owned_file(p_file);
    UPDATE commondata.file_events AS e
    SET failure = p_failure
    WHERE e.file = p_file AND e.published_at IS NULL;
END
$$;
COMMENT ON FUNCTION commondata.fail_events(bigint, text) IS
    'Notes why events of a file could not be published';

GRANT SELECT ON commondata.file_correction, commondata.file_events TO commondata_service;
GRANT EXECUTE ON FUNCTION
    commondata.begin_correction(bigint, bigint[], text[], text, bigint, text, text),
    commondata.note_columns(bigint, text[]),
    commondata.supersede_files(bigint, bigint[]),
    commondata.start_dry_run(text, date, text),
    commondata.owe_events(bigint, bigint),
    commondata.take_events(bigint),
    commondata.finish_events(bigint, bigint, bigint),
    commondata.fail_events(bigint, text)
TO commondata_service;

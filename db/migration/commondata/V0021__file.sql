-- The ledger of files. A feed is a job whose source is a file. One row a file that came in or went
-- out, known by its content (SHA-256), never by name or time. Written by the functions below,
-- called by the feed's owner. Read by readers. Kept for ever: it is what stops a second load.
-- file_by_content serves the duplicate rule (a file that waits for its number is looked at when it
-- has its turn); file_superseded "an old file comes back"; file_by_name the "same name, new
-- content" rule and acknowledgements; file_under_way "is another of its day on its way" and the
-- alarms; file_unacknowledged theirs; file_by_run "the files of a run"; file_by_sequence the order
-- of a feed whose names have numbers (V0023__file_arrival.sql).

CREATE TABLE commondata.file (
    id                 bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    feed               text        NOT NULL REFERENCES commondata.job (name),
    direction          text        NOT NULL DEFAULT 'IN',
    name               text        NOT NULL,
    sha256             text        NOT NULL,
    size_bytes         bigint      NOT NULL,
    business_date      date,
    supersedes_day     date,
    sequence           bigint,
    state              text        NOT NULL,
    run                bigint      REFERENCES commondata.run (id),
    record_count       bigint      NOT NULL DEFAULT 0,
    loaded_count       bigint      NOT NULL DEFAULT 0,
    rejected_count     bigint      NOT NULL DEFAULT 0,
    control            jsonb       NOT NULL DEFAULT '{}',
    column_order       text[],
    corrects           bigint      REFERENCES commondata.file (id),
    superseded_by      bigint      REFERENCES commondata.file (id),
    reason             text,
    arrived_at         timestamptz NOT NULL DEFAULT clock_timestamp(),
    finished_at        timestamptz,
    acknowledge_by     timestamptz,
    acknowledged_at    timestamptz,
    removed_at         timestamptz,
    rejects_removed_at timestamptz,
    CONSTRAINT direction_is_known CHECK (direction IN ('IN', 'OUT')),
    CONSTRAINT state_is_known CHECK (
        state IN (
            'CLAIMED', 'LOADED', 'REJECTED', 'DUPLICATE', 'HELD', 'SUPERSEDED',
            'SENT', 'ACKNOWLEDGED')),
    CONSTRAINT acknowledged_has_time CHECK (
        (state = 'ACKNOWLEDGED') = (acknowledged_at IS NOT NULL)),
    CONSTRAINT only_what_went_out_is_acknowledged CHECK (
        direction = 'OUT' OR (acknowledge_by IS NULL AND acknowledged_at IS NULL)),
    CONSTRAINT superseded_has_successor CHECK (
        (state = 'SUPERSEDED') = (superseded_by IS NOT NULL)),
    CONSTRAINT records_add_up CHECK (
        state NOT IN ('LOADED', 'SUPERSEDED') OR record_count = loaded_count + rejected_count)
);
CREATE UNIQUE INDEX file_by_content ON commondata.file (feed, sha256, supersedes_day)
    NULLS NOT DISTINCT
    WHERE direction = 'IN'
      AND state IN ('CLAIMED', 'LOADED', 'HELD')
      AND NOT (state = 'HELD' AND reason LIKE 'E-SEQ-%');
CREATE INDEX file_under_way ON commondata.file (feed) WHERE state IN ('CLAIMED', 'HELD');
CREATE INDEX file_unacknowledged ON commondata.file (acknowledge_by) WHERE state = 'SENT';
CREATE INDEX file_superseded ON commondata.file (feed, sha256) WHERE state = 'SUPERSEDED';
CREATE INDEX file_by_name ON commondata.file (feed, name);
CREATE INDEX file_by_run ON commondata.file (run);
CREATE INDEX file_by_sequence ON commondata.file (feed, sequence) WHERE sequence IS NOT NULL;
COMMENT ON TABLE commondata.file IS 'Every file that came in or went out';
COMMENT ON COLUMN commondata.file.id IS 'Number an operator names it by';
COMMENT ON COLUMN commondata.file.feed IS 'Feed: a job whose source or target is a file';
COMMENT ON COLUMN commondata.file.direction IS 'IN | OUT';
COMMENT ON COLUMN commondata.file.name IS 'Name as it came';
COMMENT ON COLUMN commondata.file.sha256 IS 'Hash of its bytes, lower-case hex: its identity';
COMMENT ON COLUMN commondata.file.size_bytes IS 'Size';
COMMENT ON COLUMN commondata.file.business_date IS 'Day its data is about';
COMMENT ON COLUMN commondata.file.supersedes_day IS
    'Business date whose files it takes the place of; NULL: its feed supersedes nothing';
COMMENT ON COLUMN commondata.file.sequence IS 'Number that its name says, if names of the feed do';
COMMENT ON COLUMN commondata.file.state IS
    'CLAIMED | LOADED | REJECTED | DUPLICATE | HELD (an operator decides) | SUPERSEDED; '
    'of one that went out: SENT | ACKNOWLEDGED';
COMMENT ON COLUMN commondata.file.run IS 'Run that loaded, refused or wrote it';
COMMENT ON COLUMN commondata.file.record_count IS 'Records in it, header and trailer not counted';
COMMENT ON COLUMN commondata.file.loaded_count IS
    'Records that were not refused; what the job''s SQL made of them, the run says';
COMMENT ON COLUMN commondata.file.rejected_count IS 'Records refused; each has rows in file_reject';
COMMENT ON COLUMN commondata.file.control IS 'Control totals: declared and computed';
COMMENT ON COLUMN commondata.file.column_order IS
    'Its columns in the order they came, if it is not the layout''s; NULL: it is, or has none';
COMMENT ON COLUMN commondata.file.corrects IS
    'File of which it holds corrected records, under their old lines; NULL: a file that came';
COMMENT ON COLUMN commondata.file.superseded_by IS
    'File of the same business date that took its place; NULL: none has';
COMMENT ON COLUMN commondata.file.reason IS 'Why it was refused or held, or whose duplicate it is';
COMMENT ON COLUMN commondata.file.arrived_at IS 'When it was claimed or written';
COMMENT ON COLUMN commondata.file.finished_at IS 'When it was loaded, refused or sent';
COMMENT ON COLUMN commondata.file.acknowledge_by IS
    'Until when the other side must say that it has taken it; NULL: it need not';
COMMENT ON COLUMN commondata.file.acknowledged_at IS 'When it was seen that it has';
COMMENT ON COLUMN commondata.file.removed_at IS
    'When it was removed from the drop directory: it was kept long enough; NULL: it is there';
COMMENT ON COLUMN commondata.file.rejects_removed_at IS
    'When its refused records were removed: they were kept long enough; NULL: they are there';

-- owned_file: fails unless the file is of a feed that the login owns.
CREATE FUNCTION commondata.owned_file(p_file bigint) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    its_feed text;
BEGIN
    SELECT f.feed INTO its_feed FROM commondata.file AS f WHERE f.id = p_file;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no file %', p_file
            USING ERRCODE = 'undefined_object';
    END IF;
    PERFORM commondata.owned_job(its_feed);
END
$$;
COMMENT ON FUNCTION commondata.owned_file(bigint) IS
    'Fails unless the login that asks owns the feed of a file';

-- claim_file: gives content its row, in a transaction of its own. Says what became of it:
--   CLAIMED    new, or claimed before by a node that may have died: load it under hold_file
--   DUPLICATE  the same content is loaded already: archive it; its number and day have come with it
--   HELD       a file of this name was loaded with other content, unless the feed supersedes, or
--              its own content was superseded: an operator decides; or it has a number and not its
--              turn
-- If it waits, it gets no row, and the one that is named must end first: a file of the same content
-- that is on its way, or that is held, as nobody knows yet whether this is a duplicate; one of the
-- same name, or of a day that is superseded, that is on its way, as the later one must not be
-- loaded before it. Of a feed that supersedes, content of another day is other content.
CREATE FUNCTION commondata.claim_file(
    p_feed          text,
    p_name          text,
    p_sha256        text,
    p_size_bytes    bigint,
    p_sequence      bigint,
    p_business_date date,
    p_supersedes    boolean
) RETURNS TABLE (id bigint, state text, waits boolean, business_date date)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    its_day      date := CASE WHEN p_supersedes THEN p_business_date END;
    last         bigint;
    is_early     boolean := false;
    is_duplicate boolean;
    same         commondata.file;
    before       commondata.file;
    held         text;
    claimed      commondata.file;
BEGIN
    PERFORM commondata.owned_job(p_feed);
    IF p_sequence IS NOT NULL THEN
        last := commondata.lock_sequence(p_feed);
        is_early := p_sequence > last + 1;
    END IF;
    WHILE claimed.id IS NULL LOOP
        SELECT f.* INTO claimed
        FROM commondata.file AS f
        WHERE f.feed = p_feed AND f.name = p_name AND f.sha256 = p_sha256
          AND f.direction = 'IN' AND f.state IN ('CLAIMED', 'HELD')
        ORDER BY f.id
        LIMIT 1;
        EXIT WHEN FOUND;
        same := commondata.file_of_content(p_feed, p_sha256, its_day);
        IF NOT is_early THEN
            before := commondata.file_before(p_feed, p_name, p_sequence, its_day, same);
            IF before.id IS NOT NULL THEN
                RETURN QUERY SELECT before.id, before.state, true, before.business_date;
                RETURN;
            END IF;
        END IF;
        is_duplicate := same.id IS NOT NULL AND NOT is_early;
        held := CASE
            WHEN is_duplicate THEN format('same content as file %s (%s)', same.id, same.name)
            WHEN same.id IS NULL THEN
                commondata.why_asked(p_feed, p_name, p_sha256, its_day)
        END;
        IF held IS NULL AND p_sequence IS NOT NULL THEN
            held := commondata.why_held(p_feed, last, p_sequence);
        END IF;
        INSERT INTO commondata.file AS f (
            feed, name, sha256, size_bytes, business_date, supersedes_day, sequence, reason, state,
            finished_at)
        VALUES (
            p_feed, p_name, p_sha256, p_size_bytes, p_business_date, its_day, p_sequence, held,
            CASE
                WHEN is_duplicate THEN 'DUPLICATE'
                WHEN held IS NOT NULL THEN 'HELD'
                ELSE 'CLAIMED'
            END,
            CASE WHEN is_duplicate THEN clock_timestamp() END)
        ON CONFLICT DO NOTHING
        RETURNING f.* INTO claimed;
    END LOOP;
    IF claimed.state = 'DUPLICATE' THEN
        PERFORM commondata.end_in_sequence(claimed.id);
    END IF;
    RETURN QUERY SELECT claimed.id, claimed.state, false, claimed.business_date;
END
$$;
COMMENT ON FUNCTION commondata.claim_file IS
    'Gives a file its row in the ledger by its content, or says which file comes first';

-- hold_file: locks the row of a claimed file until the transaction ends; the lock is the lease. It
-- leaves the key unlocked, so that slices and rejects can refer to the file meanwhile.
CREATE FUNCTION commondata.hold_file(p_file bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    its_feed text;
BEGIN
    SELECT f.feed INTO its_feed
    FROM commondata.file AS f
    WHERE f.id = p_file AND f.state = 'CLAIMED'
    FOR NO KEY UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    PERFORM commondata.owned_job(its_feed);
    RETURN true;
END
$$;
COMMENT ON FUNCTION commondata.hold_file(bigint) IS
    'Locks a claimed file for this transaction; false if another has it or it is done';

-- finish_file: ends a claimed file as LOADED or REJECTED, in the transaction that loaded it, by a
-- run of its feed that is under way.
CREATE FUNCTION commondata.finish_file(
    p_file          bigint,
    p_state         text,
    p_run           bigint,
    p_business_date date,
    p_records       bigint,
    p_loaded        bigint,
    p_rejected      bigint,
    p_control       jsonb,
    p_reason        text
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    its_feed text;
BEGIN
    UPDATE commondata.file AS f
    SET
        state = p_state,
        run = p_run,
        business_date = p_business_date,
        record_count = p_records,
        loaded_count = p_loaded,
        rejected_count = p_rejected,
        control = p_control,
        reason = p_reason,
        finished_at = clock_timestamp()
    FROM commondata.run AS r
    WHERE f.id = p_file
      AND f.state = 'CLAIMED'
      AND p_state IN ('LOADED', 'REJECTED')
      AND r.id = p_run
      AND r.job = f.feed
      AND r.state = 'RUNNING'
    RETURNING f.feed INTO its_feed;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'file % is not claimed, "%" is no end of it, or run % not one of its feed',
            p_file, p_state, p_run
            USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    PERFORM commondata.owned_job(its_feed);
    PERFORM commondata.end_in_sequence(p_file);
END
$$;
COMMENT ON FUNCTION commondata.finish_file IS 'Ends a claimed file as LOADED or REJECTED';

-- send_file: the row of a file that goes out, in the transaction that says what is in it. What
-- becomes of it then: V0028__file_sent.sql.
CREATE FUNCTION commondata.send_file(
    p_feed                text,
    p_name                text,
    p_sha256              text,
    p_size_bytes          bigint,
    p_run                 bigint,
    p_business_date       date,
    p_records             bigint,
    p_control             jsonb,
    p_acknowledged_within interval DEFAULT NULL
) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    new_id bigint;
BEGIN
    PERFORM commondata.owned_job(p_feed);
    INSERT INTO commondata.file (
        feed, direction, name, sha256, size_bytes, state, run, business_date, record_count,
        loaded_count, control, finished_at, acknowledge_by)
    VALUES (
        p_feed, 'OUT', p_name, p_sha256, p_size_bytes, 'SENT', p_run, p_business_date, p_records,
        p_records, p_control, clock_timestamp(), clock_timestamp() + p_acknowledged_within)
    RETURNING id INTO new_id;
    RETURN new_id;
END
$$;
COMMENT ON FUNCTION commondata.send_file IS 'Writes the row of a file that goes out';

-- release_file: of a file that waits for its number, the numbers missing before it are given up;
-- files that have come before it go first. One whose content is loaded already ends as DUPLICATE.
CREATE FUNCTION commondata.release_file(p_file bigint, p_actor text, p_reason text)
RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    its       commondata.file;
    same      commondata.file;
    earlier   bigint;
    last      bigint;
    new_last  bigint;
    new_state text := 'CLAIMED';
BEGIN
    SELECT f.* INTO its FROM commondata.file AS f WHERE f.id = p_file;
    IF its.sequence IS NOT NULL THEN
        last := commondata.lock_sequence(its.feed);
        SELECT f.id INTO earlier
        FROM commondata.file AS f
        WHERE f.feed = its.feed
          AND f.sequence > last
          AND f.sequence < its.sequence
          AND f.state IN ('CLAIMED', 'HELD')
        ORDER BY f.sequence
        LIMIT 1;
        IF FOUND THEN
            RETURN format('waits behind file %s: release that one, or let it be loaded', earlier);
        END IF;
        new_last := greatest(last, its.sequence - 1);
        same := commondata.file_of_content(its.feed, its.sha256, its.supersedes_day);
        IF same.state = 'LOADED' THEN
            new_state := 'DUPLICATE';
        ELSIF same.id <> p_file THEN
            RETURN format(
                'has the content of file %s (%s), which is %s: let that one end first',
                same.id, same.name, same.state);
        END IF;
    END IF;
    UPDATE commondata.file AS f
    SET
        state = new_state,
        reason = CASE
            WHEN new_state = 'DUPLICATE'
            THEN format('same content as file %s (%s); ', same.id, same.name)
            ELSE ''
        END || 'released by ' || p_actor || ': ' || p_reason,
        finished_at = CASE WHEN new_state = 'DUPLICATE' THEN clock_timestamp() END
    WHERE f.id = p_file AND f.state = 'HELD';
    IF NOT FOUND THEN
        RETURN 'is not HELD: there is nothing to release';
    END IF;
    UPDATE commondata.feed_sequence AS s
    SET last_number = new_last, moved_at = clock_timestamp()
    WHERE s.feed = its.feed AND s.last_number < new_last;
    IF new_state = 'DUPLICATE' THEN
        PERFORM commondata.end_in_sequence(p_file);
    END IF;
    PERFORM commondata.audit(
        p_actor, 'release', 'file ' || p_file, p_reason,
        jsonb_strip_nulls(jsonb_build_object('state', 'HELD', 'lastNumber', last)),
        jsonb_strip_nulls(jsonb_build_object('state', new_state, 'lastNumber', new_last)));
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION commondata.release_file IS
    'Lets a held file be loaded, audited; says why not if it can''t be, NULL: it is released';

-- reject_file: of a file that is held, or claimed and not being loaded now, such as one that has
-- vanished. Files that wait for it go on; its number is missing then. Of a file that is loaded in
-- part no further slice can be committed; its rows, which nobody sees, are its feed's to remove.
CREATE FUNCTION commondata.reject_file(p_file bigint, p_actor text, p_reason text)
RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    its     commondata.file;
    in_part boolean;
BEGIN
    SELECT f.* INTO its
    FROM commondata.file AS f
    WHERE f.id = p_file AND f.state IN ('CLAIMED', 'HELD');
    IF NOT FOUND THEN
        RETURN 'is neither HELD nor CLAIMED: there is nothing to reject';
    END IF;
    IF its.sequence IS NOT NULL THEN
        PERFORM commondata.lock_sequence(its.feed);
    END IF;
    PERFORM
    FROM commondata.file AS f
    WHERE f.id = p_file AND f.state = its.state
    FOR NO KEY UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN 'is being loaded right now: wait for its end';
    END IF;
    -- Waits for a slice of a dead run that is being committed in this moment.
    UPDATE commondata.file_load AS l SET is_discard = true WHERE l.file = p_file;
    in_part := FOUND;
    UPDATE commondata.file AS f
    SET
        state = 'REJECTED',
        record_count = greatest(n.records, n.rejected),
        rejected_count = n.rejected,
        reason = 'rejected by ' || p_actor || ': ' || p_reason,
        finished_at = clock_timestamp()
    FROM (
        SELECT
            (
                SELECT coalesce(sum(s.record_count), 0)
                FROM commondata.file_slice AS s
                WHERE s.file = p_file
            ) AS records,
            (
                SELECT count(DISTINCT r.line)
                FROM commondata.file_reject AS r
                WHERE r.file = p_file AND r.line > 0
            ) AS rejected
    ) AS n
    WHERE f.id = p_file;
    PERFORM commondata.end_in_sequence(p_file);
    PERFORM commondata.audit(
        p_actor, 'reject', 'file ' || p_file, p_reason,
        jsonb_build_object('state', its.state, 'inPart', in_part),
        jsonb_build_object('state', 'REJECTED'));
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION commondata.reject_file IS
    'Refuses a held or stuck file, audited; says why not if it can''t, NULL: it is rejected';

-- A service sees its own files: a reason may quote a record, and totals are its own business. That
-- a file is loaded all may know: see loaded_file.
ALTER TABLE commondata.file ENABLE ROW LEVEL SECURITY;
CREATE POLICY reader_sees_all ON commondata.file FOR SELECT TO commondata_reader USING (true);
CREATE POLICY service_sees_own ON commondata.file FOR SELECT TO commondata_service
    USING (
        (SELECT j.owner FROM commondata.job AS j WHERE j.name = file.feed) = current_user
    );

GRANT SELECT ON commondata.file TO commondata_service;
GRANT EXECUTE ON FUNCTION
    commondata.claim_file(text, text, text, bigint, bigint, date, boolean),
    commondata.hold_file(bigint),
    commondata.finish_file(
        bigint, text, bigint, date, bigint, bigint, bigint, jsonb, text),
    commondata.send_file(text, text, text, bigint, bigint, date, bigint, jsonb, interval)
TO commondata_service;
GRANT EXECUTE ON FUNCTION
    commondata.release_file(bigint, text, text),
    commondata.reject_file(bigint, text, text)
TO commondata_operator;

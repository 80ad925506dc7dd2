-- The ledger of files. A feed is a job whose source is a file. One row a file that came in or went
-- out, known by its content (SHA-256), never by name or time. Written by the functions below,
-- called by the feed's owner. Read by readers. Kept for ever: it is what stops a second load.
-- file_by_content serves the duplicate rule; file_superseded "an old file comes back"; file_by_name
-- the "same name, new content" rule; file_by_run "the files of a run"; file_by_sequence the order
-- of a feed whose names have numbers (V0023__file_arrival.sql).

CREATE TABLE commondata.file (
    id             bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    feed           text        NOT NULL REFERENCES commondata.job (name),
    direction      text        NOT NULL DEFAULT 'IN',
    name           text        NOT NULL,
    sha256         text        NOT NULL,
    size_bytes     bigint      NOT NULL,
    business_date  date,
    sequence       bigint,
    state          text        NOT NULL,
    run            bigint      REFERENCES commondata.run (id),
    record_count   bigint      NOT NULL DEFAULT 0,
    loaded_count   bigint      NOT NULL DEFAULT 0,
    rejected_count bigint      NOT NULL DEFAULT 0,
    control        jsonb       NOT NULL DEFAULT '{}',
    column_order   text[],
    corrects       bigint      REFERENCES commondata.file (id),
    superseded_by  bigint      REFERENCES commondata.file (id),
    reason         text,
    arrived_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    finished_at    timestamptz,
    removed_at     timestamptz,
    CONSTRAINT direction_is_known CHECK (direction IN ('IN', 'OUT')),
    CONSTRAINT state_is_known CHECK (
        state IN (
            'CLAIMED', 'LOADED', 'REJECTED', 'DUPLICATE', 'HELD', 'SUPERSEDED', 'SENT')),
    CONSTRAINT superseded_has_successor CHECK (
        (state = 'SUPERSEDED') = (superseded_by IS NOT NULL)),
    CONSTRAINT records_add_up CHECK (
        state NOT IN ('LOADED', 'SUPERSEDED') OR record_count = loaded_count + rejected_count)
);
CREATE UNIQUE INDEX file_by_content ON commondata.file (feed, sha256)
    WHERE direction = 'IN' AND state NOT IN ('DUPLICATE', 'REJECTED', 'SUPERSEDED');
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
COMMENT ON COLUMN commondata.file.sequence IS 'Number that its name says, if names of the feed do';
COMMENT ON COLUMN commondata.file.state IS
    'CLAIMED | LOADED | REJECTED | DUPLICATE | HELD (an operator decides) | SUPERSEDED | SENT';
COMMENT ON COLUMN commondata.file.run IS 'Run that loaded, refused or wrote it';
COMMENT ON COLUMN commondata.file.record_count IS 'Records in it, header and trailer not counted';
COMMENT ON COLUMN commondata.file.loaded_count IS 'Records loaded';
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
COMMENT ON COLUMN commondata.file.removed_at IS
    'When it was removed from the drop directory: it was kept long enough; NULL: it is there';

CREATE TABLE commondata.file_reject (
    file        bigint  NOT NULL REFERENCES commondata.file (id),
    line        bigint  NOT NULL,
    column_name text    NOT NULL DEFAULT '',
    code        text    NOT NULL,
    message     text    NOT NULL,
    raw         text,
    byte_offset bigint
);
CREATE INDEX file_reject_by_file ON commondata.file_reject (file, line);
COMMENT ON TABLE commondata.file_reject IS 'Every error of every refused record';
COMMENT ON COLUMN commondata.file_reject.file IS 'File';
COMMENT ON COLUMN commondata.file_reject.line IS 'Line the record begins at, from 1; 0: the file';
COMMENT ON COLUMN commondata.file_reject.column_name IS 'Column, empty if it is the whole record';
COMMENT ON COLUMN commondata.file_reject.code IS 'Stable code such as E-TYPE, E-CTL-SUM';
COMMENT ON COLUMN commondata.file_reject.message IS 'What was expected, what was found';
COMMENT ON COLUMN commondata.file_reject.raw IS 'The record, cut to 1,000 characters';
COMMENT ON COLUMN commondata.file_reject.byte_offset IS
    'Where the record begins in the content as it is read: unpacked, in UTF-8 if its character set '
    'is recoded; NULL for the file as a whole, and behind the first 10,000 that checks refuse';

-- What a check says of a record. One type, so that a check can hand over thousands at once.
CREATE TYPE commondata.reject AS (
    file        bigint,
    line        bigint,
    column_name text,
    code        text,
    message     text,
    raw         text
);
COMMENT ON TYPE commondata.reject IS 'An error of a record, as checks hand it to reject_records';

-- claim_file: gives content its row, in a transaction of its own. Says what became of it:
--   CLAIMED    new, or claimed before by a node that may have died: load it under hold_file
--   DUPLICATE  the same content is or was loaded already: archive it
--   HELD       a file of this name was loaded with other content, unless the feed supersedes, or
--              its own content was superseded: an operator decides; or it has a number and not its
--              turn
CREATE FUNCTION commondata.claim_file(
    p_feed       text,
    p_name       text,
    p_sha256     text,
    p_size_bytes bigint,
    p_sequence   bigint,
    p_supersedes boolean
) RETURNS TABLE (id bigint, state text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    held    text;
    seen    commondata.file;
    claimed commondata.file;
BEGIN
    PERFORM commondata.owned_job(p_feed);
    SELECT format(
        'its content is that of file %s, which file %s has superseded', o.id, o.superseded_by)
    INTO held
    FROM commondata.file AS o
    WHERE o.feed = p_feed AND o.sha256 = p_sha256 AND o.state = 'SUPERSEDED'
    ORDER BY o.id DESC
    LIMIT 1;
    IF held IS NULL AND NOT p_supersedes AND EXISTS (
        SELECT FROM commondata.file AS o
        WHERE o.feed = p_feed AND o.name = p_name AND o.state = 'LOADED'
          AND o.direction = 'IN' AND o.sha256 <> p_sha256
    ) THEN
        held := 'a file named ' || p_name || ' was loaded before with other content';
    END IF;
    IF held IS NULL AND p_sequence IS NOT NULL THEN
        held := commondata.why_held(p_feed, commondata.lock_sequence(p_feed), p_sequence);
    END IF;
    INSERT INTO commondata.file AS f (feed, name, sha256, size_bytes, sequence, state, reason)
    VALUES (
        p_feed, p_name, p_sha256, p_size_bytes, p_sequence,
        CASE WHEN held IS NULL THEN 'CLAIMED' ELSE 'HELD' END, held)
    ON CONFLICT (feed, sha256)
        WHERE direction = 'IN' AND state NOT IN ('DUPLICATE', 'REJECTED', 'SUPERSEDED')
        DO NOTHING
    RETURNING f.* INTO claimed;
    IF claimed.id IS NOT NULL THEN
        RETURN QUERY SELECT claimed.id, claimed.state;
        RETURN;
    END IF;
    SELECT f.* INTO seen
    FROM commondata.file AS f
    WHERE f.feed = p_feed AND f.sha256 = p_sha256 AND f.direction = 'IN'
      AND f.state NOT IN ('DUPLICATE', 'REJECTED', 'SUPERSEDED');
    IF seen.state IN ('CLAIMED', 'HELD') AND seen.name = p_name THEN
        RETURN QUERY SELECT seen.id, seen.state;
        RETURN;
    END IF;
    INSERT INTO commondata.file AS f (
        feed, name, sha256, size_bytes, state, reason, finished_at)
    VALUES (
        p_feed, p_name, p_sha256, p_size_bytes, 'DUPLICATE',
        'same content as file ' || seen.id || ' (' || seen.name || ')', clock_timestamp())
    RETURNING f.* INTO claimed;
    RETURN QUERY SELECT claimed.id, claimed.state;
END
$$;
COMMENT ON FUNCTION commondata.claim_file IS 'Gives a file its row in the ledger by its content';

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

CREATE FUNCTION commondata.reject_records(p_file bigint, p_rejects commondata.reject[])
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    its_feed text;
BEGIN
    SELECT f.feed INTO its_feed FROM commondata.file AS f WHERE f.id = p_file;
    PERFORM commondata.owned_job(its_feed);
    INSERT INTO commondata.file_reject (file, line, column_name, code, message, raw)
    SELECT p_file, r.line, coalesce(r.column_name, ''), r.code, r.message, left(r.raw, 1000)
    FROM unnest(p_rejects) AS r;
END
$$;
COMMENT ON FUNCTION commondata.reject_records IS 'Writes errors that a check found';

CREATE FUNCTION commondata.reject_read_records(
    p_file         bigint,
    p_lines        bigint[],
    p_byte_offsets bigint[],
    p_column_names text[],
    p_codes        text[],
    p_messages     text[],
    p_raws         text[]
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    its_feed text;
BEGIN
    SELECT f.feed INTO its_feed FROM commondata.file AS f WHERE f.id = p_file;
    PERFORM commondata.owned_job(its_feed);
    INSERT INTO commondata.file_reject (
        file, line, byte_offset, column_name, code, message, raw)
    SELECT p_file, r.line, r.byte_offset, r.column_name, r.code, r.message, left(r.raw, 1000)
    FROM unnest(p_lines, p_byte_offsets, p_column_names, p_codes, p_messages, p_raws)
        AS r (line, byte_offset, column_name, code, message, raw);
END
$$;
COMMENT ON FUNCTION commondata.reject_read_records IS
    'Writes errors that were found when a file was read';

-- locate_rejects: checks and tables know only the line of what they refuse. A check that says what
-- the record is keeps its word.
CREATE FUNCTION commondata.locate_rejects(
    p_file         bigint,
    p_lines        bigint[],
    p_byte_offsets bigint[],
    p_raws         text[]
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    its_feed text;
BEGIN
    SELECT f.feed INTO its_feed FROM commondata.file AS f WHERE f.id = p_file;
    PERFORM commondata.owned_job(its_feed);
    UPDATE commondata.file_reject AS r
    SET
        byte_offset = l.byte_offset,
        raw = coalesce(nullif(r.raw, ''), left(l.raw, 1000))
    FROM unnest(p_lines, p_byte_offsets, p_raws) AS l (line, byte_offset, raw)
    WHERE r.file = p_file
      AND r.line = l.line
      AND r.byte_offset IS NULL;
END
$$;
COMMENT ON FUNCTION commondata.locate_rejects IS
    'Notes where refused records of a file stand, and what they are';

-- send_file: the row of a file that goes out, in the transaction that says what is in it.
CREATE FUNCTION commondata.send_file(
    p_feed          text,
    p_name          text,
    p_sha256        text,
    p_size_bytes    bigint,
    p_run           bigint,
    p_business_date date,
    p_records       bigint,
    p_control       jsonb
) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    new_id bigint;
BEGIN
    PERFORM commondata.owned_job(p_feed);
    INSERT INTO commondata.file (
        feed, direction, name, sha256, size_bytes, state, run, business_date, record_count,
        loaded_count, control, finished_at)
    VALUES (
        p_feed, 'OUT', p_name, p_sha256, p_size_bytes, 'SENT', p_run, p_business_date, p_records,
        p_records, p_control, clock_timestamp())
    RETURNING id INTO new_id;
    RETURN new_id;
END
$$;
COMMENT ON FUNCTION commondata.send_file IS 'Writes the row of a file that goes out';

-- release_file: of a file that waits for its number, the numbers missing before it are given up;
-- files that have come before it go first.
CREATE FUNCTION commondata.release_file(p_file bigint, p_actor text, p_reason text)
RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    its      commondata.file;
    earlier  bigint;
    last     bigint;
    new_last bigint;
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
    END IF;
    UPDATE commondata.file AS f
    SET state = 'CLAIMED', reason = 'released by ' || p_actor || ': ' || p_reason
    WHERE f.id = p_file AND f.state = 'HELD';
    IF NOT FOUND THEN
        RETURN 'is not HELD: there is nothing to release';
    END IF;
    UPDATE commondata.feed_sequence AS s
    SET last_number = new_last, moved_at = clock_timestamp()
    WHERE s.feed = its.feed AND s.last_number < new_last;
    PERFORM commondata.audit(
        p_actor, 'release', 'file ' || p_file, p_reason,
        jsonb_strip_nulls(jsonb_build_object('state', 'HELD', 'lastNumber', last)),
        jsonb_strip_nulls(jsonb_build_object('state', 'CLAIMED', 'lastNumber', new_last)));
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION commondata.release_file IS
    'Lets a held file be loaded, audited; says why not if it can''t be, NULL: it is released';

GRANT SELECT ON commondata.file, commondata.file_reject TO commondata_service;
GRANT EXECUTE ON FUNCTION
    commondata.claim_file(text, text, text, bigint, bigint, boolean),
    commondata.hold_file(bigint),
    commondata.finish_file(
        bigint, text, bigint, date, bigint, bigint, bigint, jsonb, text),
    commondata.reject_records(bigint, commondata.reject[]),
    commondata.reject_read_records(
        bigint, bigint[], bigint[], text[], text[], text[], text[]),
    commondata.locate_rejects(bigint, bigint[], bigint[], text[]),
    commondata.send_file(text, text, text, bigint, bigint, date, bigint, jsonb)
TO commondata_service;
GRANT EXECUTE ON FUNCTION commondata.release_file(bigint, text, text) TO commondata_operator;

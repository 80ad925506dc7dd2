-- Files that are loaded in more than one commit. Written by the functions below, called by the
-- feed's owner. Read by readers. Kept as long as the file's row: a few rows a file.
--
-- A node that loads a file holds the locks of hold_run and hold_file in one long transaction: they
-- say that it lives. Its slices are commits of their own, on other connections, which may outlive
-- the first: so each of them shows the number of its run, and is undone if another run has taken
-- the file over. The primary key of file_load serves that check, the one of file_slice "where to go
-- on"; a slice can be committed once.
--
-- Only the feed's login knows the tables, and may write to them. So an operator who rejects a file
-- of which slices are committed leaves a mark in its row here, and no slice can be committed any
-- more; what they have left is removed by the next node that loads a file of the feed, before it
-- does. file_load_to_discard serves that question.

CREATE TABLE commondata.file_load (
    file       bigint      PRIMARY KEY REFERENCES commondata.file (id),
    run        bigint      NOT NULL REFERENCES commondata.run (id),
    taken_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    is_discard boolean     NOT NULL DEFAULT false
);
CREATE INDEX file_load_to_discard ON commondata.file_load (file) WHERE is_discard;
COMMENT ON TABLE commondata.file_load IS 'Which run may commit slices of a file';
COMMENT ON COLUMN commondata.file_load.file IS 'File';
COMMENT ON COLUMN commondata.file_load.run IS 'Run that took it last; no other may write';
COMMENT ON COLUMN commondata.file_load.taken_at IS 'When it took it';
COMMENT ON COLUMN commondata.file_load.is_discard IS
    'Whether the file was rejected in part loaded, and its rows are to be removed';

CREATE TABLE commondata.file_slice (
    file           bigint      NOT NULL REFERENCES commondata.file (id),
    byte_from      bigint      NOT NULL,
    byte_to        bigint      NOT NULL,
    line_from      bigint      NOT NULL,
    line_to        bigint      NOT NULL,
    record_count   bigint      NOT NULL,
    row_count      bigint      NOT NULL,
    rejected_count bigint      NOT NULL,
    totals         bigint[]    NOT NULL,
    trailer        bytea,
    trailer_line   bigint      NOT NULL,
    raw_bytes      bigint      NOT NULL,
    layout         text        NOT NULL,
    tables         text[]      NOT NULL,
    run            bigint      NOT NULL REFERENCES commondata.run (id),
    loaded_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (file, byte_from),
    CONSTRAINT slice_is_not_empty CHECK (byte_to > byte_from)
);
COMMENT ON TABLE commondata.file_slice IS
    'Parts of a large file that are loaded; a load that was cut off goes on behind them';
COMMENT ON COLUMN commondata.file_slice.file IS 'File';
COMMENT ON COLUMN commondata.file_slice.byte_from IS 'Where it begins in the unpacked content';
COMMENT ON COLUMN commondata.file_slice.byte_to IS 'Where the next one begins';
COMMENT ON COLUMN commondata.file_slice.line_from IS 'Line its first record begins at';
COMMENT ON COLUMN commondata.file_slice.line_to IS 'Line the next one begins at';
COMMENT ON COLUMN commondata.file_slice.record_count IS 'Records in it';
COMMENT ON COLUMN commondata.file_slice.row_count IS 'Rows copied';
COMMENT ON COLUMN commondata.file_slice.rejected_count IS 'Records refused when they were read';
COMMENT ON COLUMN commondata.file_slice.totals IS
    'Control totals of its records, points left out; then, of each, how many values can''t be read';
COMMENT ON COLUMN commondata.file_slice.trailer IS 'The trailer as it came, if it stands in here';
COMMENT ON COLUMN commondata.file_slice.trailer_line IS 'Line of the trailer; 0 without one';
COMMENT ON COLUMN commondata.file_slice.raw_bytes IS
    'Bytes of the file as it lies there that were read for it';
COMMENT ON COLUMN commondata.file_slice.layout IS
    'Hash of the layout it was read by; under another one the file is begun again';
COMMENT ON COLUMN commondata.file_slice.tables IS
    'Tables that its records went into, as that layout names them';
COMMENT ON COLUMN commondata.file_slice.run IS 'Run that loaded it';
COMMENT ON COLUMN commondata.file_slice.loaded_at IS 'When';

-- take_load: from its commit on, only this run may commit slices of the file. It waits for a slice
-- of an earlier run that is being committed right now; that one counts. Rejects of no slice are of
-- a run that refused too many records and died before it could refuse the file: they go.
CREATE FUNCTION commondata.take_load(p_file bigint, p_run bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    its_feed text;
BEGIN
    SELECT f.feed INTO its_feed
    FROM commondata.file AS f
    JOIN commondata.run AS r ON r.job = f.feed
    WHERE f.id = p_file AND f.state = 'CLAIMED' AND r.id = p_run AND r.state = 'RUNNING';
    IF NOT FOUND THEN
        RAISE EXCEPTION 'run % can''t take file %: it is not running, or the file not claimed',
            p_run, p_file
            USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    PERFORM commondata.owned_job(its_feed);
    INSERT INTO commondata.file_load AS l (file, run)
    VALUES (p_file, p_run)
    ON CONFLICT (file) DO UPDATE
    SET run = excluded.run, taken_at = clock_timestamp()
    WHERE l.run < excluded.run;
    IF FOUND THEN
        DELETE FROM commondata.file_reject AS r
        WHERE r.file = p_file
          AND NOT EXISTS (
              SELECT
              FROM commondata.file_slice AS s
              WHERE s.file = r.file AND r.line >= s.line_from AND r.line < s.line_to
          );
    END IF;
END
$$;
COMMENT ON FUNCTION commondata.take_load(bigint, bigint) IS
    'Makes a run the only one that may commit slices of a file';

-- held_load: fails unless the file is this run's, and claimed; holds off take_load until the
-- transaction ends. A rejection that is being committed is waited for, and shows in is_discard.
CREATE FUNCTION commondata.held_load(p_file bigint, p_run bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM
    FROM commondata.file_load AS l
    JOIN commondata.file AS f ON f.id = l.file
    WHERE l.file = p_file AND l.run = p_run AND NOT l.is_discard AND f.state = 'CLAIMED'
    FOR SHARE OF l;
    IF NOT FOUND THEN
        RAISE EXCEPTION
            'file % is no longer loaded by run %: another run took it over, or it was rejected',
            p_file, p_run
            USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    PERFORM commondata.owned_file(p_file);
END
$$;
COMMENT ON FUNCTION commondata.held_load(bigint, bigint) IS
    'Fails unless the run is the one that took the file last';

-- finish_slice: the checkpoint of a slice, in the transaction that holds its rows and rejects.
CREATE FUNCTION commondata.finish_slice(
    p_file         bigint,
    p_run          bigint,
    p_byte_from    bigint,
    p_byte_to      bigint,
    p_line_from    bigint,
    p_line_to      bigint,
    p_records      bigint,
    p_rows         bigint,
    p_totals       bigint[],
    p_trailer      bytea,
    p_trailer_line bigint,
    p_raw_bytes    bigint,
    p_layout       text,
    p_tables       text[]
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM commondata.held_load(p_file, p_run);
    INSERT INTO commondata.file_slice (
        file, byte_from, byte_to, line_from, line_to, record_count, row_count, rejected_count,
        totals, trailer, trailer_line, raw_bytes, layout, tables, run)
    SELECT
        p_file, p_byte_from, p_byte_to, p_line_from, p_line_to, p_records, p_rows,
        count(DISTINCT r.line), p_totals, p_trailer, p_trailer_line, p_raw_bytes, p_layout,
        p_tables, p_run
    FROM commondata.file_reject AS r
    WHERE r.file = p_file AND r.line >= p_line_from AND r.line < p_line_to;
END
$$;
COMMENT ON FUNCTION commondata.finish_slice IS
    'Writes the checkpoint of a slice, or fails if another run has taken the file over';

-- forget_slices: before a file is loaded from its beginning again, because rows of it were lost, or
-- because they were read by another layout than the rest would be.
CREATE FUNCTION commondata.forget_slices(p_file bigint, p_run bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM commondata.held_load(p_file, p_run);
    DELETE FROM commondata.file_slice AS s WHERE s.file = p_file;
    DELETE FROM commondata.file_reject AS r WHERE r.file = p_file;
END
$$;
COMMENT ON FUNCTION commondata.forget_slices(bigint, bigint) IS
    'Removes the checkpoints and rejects of a file that is loaded from its beginning again';

-- discard_load: takes the next mark off a load that an operator has ended, in the transaction that
-- removes what its slices have left. Returns the file; NULL: there is none.
CREATE FUNCTION commondata.discard_load(p_feed text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    its_file bigint;
BEGIN
    PERFORM commondata.owned_job(p_feed);
    SELECT l.file INTO its_file
    FROM commondata.file_load AS l
    JOIN commondata.file AS f ON f.id = l.file
    WHERE l.is_discard AND f.feed = p_feed
    ORDER BY l.file
    LIMIT 1
    FOR UPDATE OF l;
    UPDATE commondata.file_load AS l SET is_discard = false WHERE l.file = its_file;
    RETURN its_file;
END
$$;
COMMENT ON FUNCTION commondata.discard_load(text) IS
    'The next rejected file whose rows are to be removed in this transaction; NULL: none';

-- are_others_staged: a file of whatever feed, also of another login's, may be loaded in part.
CREATE FUNCTION commondata.are_others_staged(p_file bigint, p_tables text[]) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT EXISTS (
        SELECT
        FROM commondata.file AS f
        JOIN commondata.file_slice AS s ON s.file = f.id
        WHERE f.state = 'CLAIMED'
          AND f.id <> p_file
          AND s.tables && p_tables
    )
$$;
COMMENT ON FUNCTION commondata.are_others_staged(bigint, text[]) IS
    'Whether slices of other claimed files are in some of these tables: then none may be truncated';

-- What a service reads of a table that files are appended to: rows of other files are on their way
-- or were refused. A published view joins its table with this one.
CREATE VIEW commondata.loaded_file AS
SELECT f.id AS file
FROM commondata.file AS f
WHERE f.state = 'LOADED' AND f.direction = 'IN';
COMMENT ON VIEW commondata.loaded_file IS
    'Files whose rows may be seen; a view over a table that is appended to joins with it';
COMMENT ON COLUMN commondata.loaded_file.file IS 'File';

-- A trailer is a record as it came: a service sees those of the files that it sees.
ALTER TABLE commondata.file_slice ENABLE ROW LEVEL SECURITY;
CREATE POLICY reader_sees_all ON commondata.file_slice FOR SELECT TO commondata_reader
    USING (true);
CREATE POLICY service_sees_own ON commondata.file_slice FOR SELECT TO commondata_service
    USING (EXISTS (SELECT FROM commondata.file AS f WHERE f.id = file_slice.file));

GRANT SELECT ON commondata.file_load, commondata.file_slice, commondata.loaded_file
TO commondata_service;
GRANT EXECUTE ON FUNCTION
    commondata.take_load(bigint, bigint),
    commondata.held_load(bigint, bigint),
    commondata.finish_slice(
        bigint, bigint, bigint, bigint, bigint, bigint, bigint, bigint, bigint[], bytea, bigint,
        bigint, text, text[]),
    commondata.forget_slices(bigint, bigint),
    commondata.discard_load(text),
    commondata.are_others_staged(bigint, text[])
TO commondata_service;

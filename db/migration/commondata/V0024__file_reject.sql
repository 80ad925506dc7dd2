-- What is refused of files: every error of every record, and those of a file as a whole. Written by
-- the functions below, called by the feed's owner, and by checks, SQL of the job that inserts into
-- check_reject. Read by readers and by the feed's owner. Kept as long as the file in the drop
-- directory (source.keep in job.yaml): remove_rejects. file_reject_by_file serves "what is wrong
-- with this file", by line, and the count of refused records of a slice.

CREATE TABLE commondata.file_reject (
    file        bigint  NOT NULL REFERENCES commondata.file (id),
    line        bigint  NOT NULL,
    column_name text    NOT NULL DEFAULT '',
    code        text    NOT NULL,
    message     text    NOT NULL,
    raw         text,
    byte_offset bigint,
    id          bigint  GENERATED ALWAYS AS IDENTITY
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
    'Where the record begins in the file, unpacked; in the text as UTF-8 if its characters have '
    'several widths and it is not UTF-8 or UTF-16; NULL for the file as a whole, and behind '
    'the first 10,000 that checks refuse';
COMMENT ON COLUMN commondata.file_reject.id IS
    'In its order the errors of one record are told: as its columns stand in the file, and as '
    'checks insert them';

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
BEGIN
    PERFORM commondata.owned_file(p_file);
    INSERT INTO commondata.file_reject (
        file, line, byte_offset, column_name, code, message, raw)
    SELECT p_file, r.line, r.byte_offset, r.column_name, r.code, r.message, left(r.raw, 1000)
    FROM unnest(p_lines, p_byte_offsets, p_column_names, p_codes, p_messages, p_raws)
        AS r (line, byte_offset, column_name, code, message, raw);
END
$$;
COMMENT ON FUNCTION commondata.reject_read_records IS
    'Writes errors that were found when a file was read';

-- check_reject: where checks insert. It lets in errors of the file that is loaded, under the login
-- of its feed, and of no other. A view, so that nobody but the kit writes the table.
CREATE VIEW commondata.check_reject AS
SELECT r.file, r.line, r.column_name, r.code, r.message
FROM commondata.file_reject AS r
WHERE EXISTS (
    SELECT
    FROM commondata.file AS f
    JOIN commondata.job AS j ON j.name = f.feed
    WHERE f.id = r.file
      AND f.state = 'CLAIMED'
      AND j.owner = session_user
)
WITH CASCADED CHECK OPTION;
COMMENT ON VIEW commondata.check_reject IS
    'Takes errors that a check finds; nothing else is let in';
COMMENT ON COLUMN commondata.check_reject.file IS 'File that is loaded: :file_id';
COMMENT ON COLUMN commondata.check_reject.line IS 'Line the record begins at; 0: the file';
COMMENT ON COLUMN commondata.check_reject.column_name IS 'Column; left out if it is the record';
COMMENT ON COLUMN commondata.check_reject.code IS 'Stable code such as E-KEY-MISSING';
COMMENT ON COLUMN commondata.check_reject.message IS 'What was expected, what was found';
GRANT INSERT ON commondata.check_reject TO commondata_service;

-- locate_rejects: checks and tables know only the line of what they refuse.
CREATE FUNCTION commondata.locate_rejects(
    p_file         bigint,
    p_lines        bigint[],
    p_byte_offsets bigint[],
    p_raws         text[]
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM commondata.owned_file(p_file);
    UPDATE commondata.file_reject AS r
    SET
        byte_offset = l.byte_offset,
        raw = left(l.raw, 1000)
    FROM unnest(p_lines, p_byte_offsets, p_raws) AS l (line, byte_offset, raw)
    WHERE r.file = p_file
      AND r.line = l.line
      AND r.byte_offset IS NULL;
END
$$;
COMMENT ON FUNCTION commondata.locate_rejects IS
    'Notes where refused records of a file stand, and what they are';

-- refuse_file: the row of a file that is not what its writer declared, so that nobody claims it,
-- and a run that has ended with that. Its number is missing then: the file that was meant may still
-- come. A node that dies before it has moved the file leaves it to the next one, which writes a row
-- of its own.
CREATE FUNCTION commondata.refuse_file(
    p_feed          text,
    p_name          text,
    p_sha256        text,
    p_size_bytes    bigint,
    p_sequence      bigint,
    p_business_date date,
    p_code          text,
    p_message       text,
    p_node          text
) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    new_id  bigint;
    new_run bigint;
BEGIN
    PERFORM commondata.owned_job(p_feed);
    IF p_sequence IS NOT NULL THEN
        PERFORM commondata.lock_sequence(p_feed);
    END IF;
    INSERT INTO commondata.file (
        feed, name, sha256, size_bytes, sequence, business_date, state, reason, finished_at)
    VALUES (
        p_feed, p_name, p_sha256, p_size_bytes, p_sequence, p_business_date, 'REJECTED',
        p_code || ': ' || p_message, clock_timestamp())
    RETURNING id INTO new_id;
    INSERT INTO commondata.file_reject (file, line, code, message)
    VALUES (new_id, 0, p_code, p_message);
    INSERT INTO commondata.run (
        job, business_date, attempt, started_by, params, node, state, exit_code, message,
        finished_at)
    SELECT
        p_feed, p_business_date, count(*) + 1, 'file',
        jsonb_build_object('file', new_id::text, 'name', p_name), p_node, 'FAILED', 8,
        p_code || ': ' || p_message, clock_timestamp()
    FROM commondata.run AS r
    WHERE r.job = p_feed AND r.business_date = p_business_date
    RETURNING id INTO new_run;
    UPDATE commondata.file AS f SET run = new_run WHERE f.id = new_id;
    PERFORM commondata.end_in_sequence(new_id);
    RETURN new_id;
END
$$;
COMMENT ON FUNCTION commondata.refuse_file IS
    'Writes the row of a file that is refused before anybody claims it';

-- Who sees what: records are as they came, often about people, so a service sees those of the files
-- that it sees, which are of its own feeds; readers see all. The functions above run as the tables'
-- owner, whom no policy binds.
ALTER TABLE commondata.file_reject ENABLE ROW LEVEL SECURITY;
CREATE POLICY reader_sees_all ON commondata.file_reject FOR SELECT TO commondata_reader
    USING (true);
CREATE POLICY service_sees_own ON commondata.file_reject FOR SELECT TO commondata_service
    USING (EXISTS (SELECT FROM commondata.file AS f WHERE f.id = file_reject.file));

GRANT SELECT ON commondata.file_reject TO commondata_service;
GRANT EXECUTE ON FUNCTION
    commondata.reject_read_records(
        bigint, bigint[], bigint[], text[], text[], text[], text[]),
    commondata.locate_rejects(bigint, bigint[], bigint[], text[]),
    commondata.refuse_file(text, text, text, bigint, bigint, date, text, text, text)
TO commondata_service;

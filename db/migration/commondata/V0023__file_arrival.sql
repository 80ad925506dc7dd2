-- Arrival of files: which one comes first, numbers that come in order, files that must come.
--
-- Functions that claim_file asks. They are volatile, so that they see what was committed before the
-- caller got its locks.

CREATE FUNCTION commondata.file_of_content(
    p_feed           text,
    p_sha256         text,
    p_supersedes_day date
) RETURNS commondata.file
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    found commondata.file;
BEGIN
    SELECT f.* INTO found
    FROM commondata.file AS f
    WHERE f.feed = p_feed
      AND f.sha256 = p_sha256
      AND (p_supersedes_day IS NULL OR f.business_date = p_supersedes_day)
      AND f.direction = 'IN'
      AND f.state IN ('CLAIMED', 'LOADED', 'HELD')
      AND NOT (f.state = 'HELD' AND f.reason LIKE 'E-SEQ-%')
    ORDER BY f.state = 'LOADED' DESC, f.id
    LIMIT 1;
    RETURN found;
END
$$;
COMMENT ON FUNCTION commondata.file_of_content(text, text, date) IS
    'File that has brought a content, or may; not one that only waits for its number';

-- file_before: the file that must end before another can be claimed, in the order of claim_file.
CREATE FUNCTION commondata.file_before(
    p_feed           text,
    p_name           text,
    p_sequence       bigint,
    p_supersedes_day date,
    p_same           commondata.file
) RETURNS commondata.file
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    found commondata.file;
BEGIN
    IF p_same.state IN ('CLAIMED', 'HELD') THEN
        RETURN p_same;
    END IF;
    SELECT f.* INTO found
    FROM commondata.file AS f
    WHERE f.feed = p_feed
      AND f.direction = 'IN'
      AND f.state = 'CLAIMED'
      AND CASE
          WHEN p_same.state = 'LOADED' THEN f.sequence = p_sequence
          ELSE f.name = p_name OR f.business_date = p_supersedes_day
      END
    ORDER BY f.id
    LIMIT 1;
    RETURN found;
END
$$;
COMMENT ON FUNCTION commondata.file_before IS
    'File on its way that must end before one of that content, name, number or day is claimed';

CREATE FUNCTION commondata.why_asked(
    p_feed           text,
    p_name           text,
    p_sha256         text,
    p_supersedes_day date
) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    old    commondata.file;
    loaded bigint;
BEGIN
    SELECT max(o.id) INTO loaded
    FROM commondata.file AS o
    WHERE p_supersedes_day IS NULL
      AND o.feed = p_feed
      AND o.name = p_name
      AND o.state = 'LOADED'
      AND o.direction = 'IN'
      AND o.sha256 <> p_sha256
      AND o.corrects IS NULL;
    SELECT o.* INTO old
    FROM commondata.file AS o
    WHERE o.feed = p_feed
      AND o.sha256 = p_sha256
      AND o.state = 'SUPERSEDED'
      AND (p_supersedes_day IS NULL OR o.business_date = p_supersedes_day)
    ORDER BY o.id DESC
    LIMIT 1;
    RETURN CASE
        WHEN old.id IS NOT NULL THEN format(
            'its content is that of file %s, which file %s has superseded',
            old.id, old.superseded_by)
        WHEN loaded IS NOT NULL THEN format(
            'a file named %s was loaded before with other content: file %s. A release loads this '
                'one besides, not in its place',
            p_name, loaded)
    END;
END
$$;
COMMENT ON FUNCTION commondata.why_asked IS
    'Why an operator is asked before a file of new content is loaded; NULL: nobody is';

-- Numbers.
--
-- The names of a feed may say a number (the group "sequence" of source.name in job.yaml). Then
-- number n is loaded after n - 1, and not before. claim_file asks why_held for each file that
-- comes; a file that has its turn is CLAIMED, others are HELD and wait in claimed/. When a file
-- ends, finish_file calls end_in_sequence in the same transaction, and the next one is CLAIMED, or
-- is a DUPLICATE by now, which ends its number, too: no poll asks for its turn. Who gives up a
-- number is an operator: release_file, renumber_feed.
--
-- feed_sequence is written by these functions, read by readers; a row a numbered feed, kept for
-- ever. Its lock comes before those of rows of commondata.file, but for the one that is loaded.

CREATE TABLE commondata.feed_sequence (
    feed          text        PRIMARY KEY REFERENCES commondata.job (name),
    last_number   bigint      NOT NULL DEFAULT 0,
    moved_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    renumbered_at timestamptz NOT NULL DEFAULT '-infinity',
    CONSTRAINT last_number_is_not_negative CHECK (last_number >= 0)
) WITH (fillfactor = 50);
COMMENT ON TABLE commondata.feed_sequence IS 'How far each feed is whose files have numbers';
COMMENT ON COLUMN commondata.feed_sequence.feed IS 'Feed';
COMMENT ON COLUMN commondata.feed_sequence.last_number IS
    'Last number that was loaded or given up; 0 before the first';
COMMENT ON COLUMN commondata.feed_sequence.moved_at IS 'When it became that';
COMMENT ON COLUMN commondata.feed_sequence.renumbered_at IS
    'When an operator said last which number is next: what ended before had another''s number';

GRANT SELECT ON commondata.feed_sequence TO commondata_service;

CREATE FUNCTION commondata.lock_sequence(p_feed text) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    last bigint;
BEGIN
    INSERT INTO commondata.feed_sequence (feed) VALUES (p_feed) ON CONFLICT (feed) DO NOTHING;
    SELECT s.last_number INTO last
    FROM commondata.feed_sequence AS s
    WHERE s.feed = p_feed
    FOR NO KEY UPDATE;
    RETURN last;
END
$$;
COMMENT ON FUNCTION commondata.lock_sequence(text) IS
    'Last number of a feed, which stays the last until the transaction ends';

-- refused_of_number: the file that had a number and was refused, if no other file of that number
-- has come since. One that was refused before the numbers began anew had that of another year.
CREATE FUNCTION commondata.refused_of_number(p_feed text, p_sequence bigint)
RETURNS commondata.file
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    latest commondata.file;
BEGIN
    SELECT f.* INTO latest
    FROM commondata.file AS f
    WHERE f.feed = p_feed AND f.sequence = p_sequence AND f.direction = 'IN'
    ORDER BY f.id DESC
    LIMIT 1;
    IF latest.state = 'REJECTED' AND latest.finished_at > (
        SELECT s.renumbered_at FROM commondata.feed_sequence AS s WHERE s.feed = p_feed
    ) THEN
        RETURN latest;
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION commondata.refused_of_number(text, bigint) IS
    'The last file of a number, if it was refused; else NULL';

-- why_gap: what an operator reads of a file that came too early.
CREATE FUNCTION commondata.why_gap(p_feed text, p_last bigint, p_sequence bigint) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    refused commondata.file := commondata.refused_of_number(p_feed, p_last + 1);
BEGIN
    RETURN format(
        'E-SEQ-GAP: it is number %s, and number %s %s, or when an operator releases it, which '
            'gives up the numbers before it%s',
        p_sequence,
        p_last + 1,
        CASE
            WHEN refused.id IS NULL
            THEN 'is not loaded yet; it goes on by itself when that is'
            ELSE format(
                'was refused: file %s (%s), %s; it goes on by itself when a corrected file of that '
                    'number is loaded',
                refused.id,
                refused.name,
                split_part(refused.reason, ':', 1))
        END,
        CASE WHEN p_last = 0 THEN format(
            '. If its feed begins with another number: ./commondata file renumber %s --next %s '
                '--reason TEXT',
            p_feed,
            p_sequence)
        END);
END
$$;
COMMENT ON FUNCTION commondata.why_gap IS
    'Why a file is held whose number is not next, and what it waits for';

-- why_held: under the lock of lock_sequence; volatile, so that it sees what was committed before it
-- got the lock. Of two files with the number that is next, the second
-- waits: if the first is refused, it is tried in its place.
CREATE FUNCTION commondata.why_held(p_feed text, p_last bigint, p_sequence bigint) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    other   text;
    release text;
BEGIN
    SELECT
        format('file %s (%s)', f.id, f.name),
        CASE
            WHEN f.supersedes_day IS NULL
            THEN '. A release loads this one besides, not in its place'
        END
    INTO other, release
    FROM commondata.file AS f
    WHERE f.feed = p_feed
      AND f.sequence = p_sequence
      AND f.direction = 'IN'
      AND (
          f.state = 'CLAIMED'
          OR f.state IN ('LOADED', 'SUPERSEDED', 'DUPLICATE') AND p_sequence <= p_last
      )
    ORDER BY f.id DESC
    LIMIT 1;
    RETURN CASE
        WHEN p_sequence > p_last + 1 THEN commondata.why_gap(p_feed, p_last, p_sequence)
        WHEN p_sequence <= p_last THEN format(
            'E-SEQ-DUP: it is number %s, and the feed is past %s; that number %s%s',
            p_sequence, p_last, coalesce('came in ' || other, 'was given up'), release)
        WHEN other IS NOT NULL THEN format(
            'E-SEQ-DUP: it is number %s, and so is %s', p_sequence, other)
    END;
END
$$;
COMMENT ON FUNCTION commondata.why_held IS
    'Why a file with that number must not be loaded now; NULL if it has its turn';

-- Gives the turn to the file with the next number, if it has come and no other has the turn. If its
-- content is loaded by now, its number is done, too, and the one after it is next. Else those that
-- wait say what they wait for now. A file that is held for something else (its name, its content)
-- is left to the operator.
CREATE FUNCTION commondata.next_in_sequence(p_feed text, p_last bigint) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    last bigint := p_last;
    turn commondata.file;
    same commondata.file;
BEGIN
    LOOP
        SELECT w.* INTO turn
        FROM commondata.file AS w
        WHERE w.feed = p_feed
          AND w.sequence = last + 1
          AND w.state = 'HELD'
          AND w.reason LIKE 'E-SEQ-%'
        ORDER BY w.id
        LIMIT 1;
        EXIT WHEN NOT FOUND OR commondata.why_held(p_feed, last, last + 1) IS NOT NULL;
        same := commondata.file_of_content(p_feed, turn.sha256, turn.supersedes_day);
        IF same.id IS NULL THEN
            UPDATE commondata.file AS f
            SET state = 'CLAIMED', reason = NULL
            WHERE f.id = turn.id;
            RETURN;
        END IF;
        EXIT WHEN same.state <> 'LOADED';
        UPDATE commondata.file AS f
        SET
            state = 'DUPLICATE',
            reason = format('same content as file %s (%s)', same.id, same.name),
            finished_at = clock_timestamp()
        WHERE f.id = turn.id;
        last := last + 1;
        UPDATE commondata.feed_sequence AS s
        SET last_number = last, moved_at = clock_timestamp()
        WHERE s.feed = p_feed;
    END LOOP;
    UPDATE commondata.file AS f
    SET reason = coalesce(
        commondata.why_held(p_feed, last, f.sequence),
        format(
            'E-SEQ-GAP: it is number %s, and its content is that of file %s (%s), which is not '
                'loaded yet; it goes on by itself when that one ends',
            f.sequence, same.id, same.name))
    WHERE f.feed = p_feed
      AND f.sequence >= last
      AND f.state = 'HELD'
      AND f.reason LIKE 'E-SEQ-%';
END
$$;
COMMENT ON FUNCTION commondata.next_in_sequence(text, bigint) IS
    'Lets the file with the next number go on, if it is there';

-- A file without a number has ended, too: one whose name is refused may have had the content that
-- the next one waits for.
CREATE FUNCTION commondata.end_in_sequence(p_file bigint) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    ended commondata.file;
    last  bigint;
BEGIN
    SELECT f.* INTO ended FROM commondata.file AS f WHERE f.id = p_file;
    IF NOT EXISTS (SELECT FROM commondata.feed_sequence AS s WHERE s.feed = ended.feed) THEN
        RETURN;
    END IF;
    last := commondata.lock_sequence(ended.feed);
    IF ended.state IN ('LOADED', 'DUPLICATE') AND ended.sequence = last + 1 THEN
        last := ended.sequence;
        UPDATE commondata.feed_sequence AS s
        SET last_number = last, moved_at = clock_timestamp()
        WHERE s.feed = ended.feed;
    END IF;
    PERFORM commondata.next_in_sequence(ended.feed, last);
END
$$;
COMMENT ON FUNCTION commondata.end_in_sequence(bigint) IS
    'Moves a feed on when a file of it was loaded, refused, or found to be a duplicate';

CREATE FUNCTION commondata.renumber_feed(
    p_feed   text,
    p_next   bigint,
    p_actor  text,
    p_reason text
) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    last bigint;
BEGIN
    IF NOT EXISTS (SELECT FROM commondata.job AS j WHERE j.name = p_feed) THEN
        RETURN NULL;
    END IF;
    last := commondata.lock_sequence(p_feed);
    UPDATE commondata.feed_sequence AS s
    SET last_number = p_next - 1, moved_at = clock_timestamp(), renumbered_at = clock_timestamp()
    WHERE s.feed = p_feed;
    UPDATE commondata.file AS f
    SET reason = commondata.why_held(p_feed, p_next - 1, f.sequence)
    WHERE f.feed = p_feed
      AND f.sequence < p_next
      AND f.state = 'HELD'
      AND f.reason LIKE 'E-SEQ-%';
    PERFORM commondata.next_in_sequence(p_feed, p_next - 1);
    PERFORM commondata.audit(
        p_actor, 'renumber', 'feed ' || p_feed, p_reason,
        jsonb_build_object('next', last + 1), jsonb_build_object('next', p_next));
    RETURN last + 1;
END
$$;
COMMENT ON FUNCTION commondata.renumber_feed IS
    'Says which number comes next in a feed, audited; returns which one did, NULL: no such feed';
GRANT EXECUTE ON FUNCTION commondata.renumber_feed(text, bigint, text, text)
    TO commondata_operator;

-- Files that must come: a row a feed and business date, made ahead by the nodes' upkeep as job.yaml
-- says (source.expect). Written by expect_files under the feed's login, by waive_file for an
-- operator; read by readers, kept for ever. Whether a file has come is not written here but read
-- from the ledger: expected_summary. file_by_business_date serves that.

CREATE INDEX file_by_business_date ON commondata.file (feed, business_date)
    WHERE direction = 'IN' AND state IN ('LOADED', 'SUPERSEDED', 'DUPLICATE');

CREATE TABLE commondata.expected_file (
    feed          text        NOT NULL REFERENCES commondata.job (name),
    business_date date        NOT NULL,
    due_at        timestamptz NOT NULL,
    waived_by     bigint      REFERENCES commondata.operator_act (id),
    PRIMARY KEY (feed, business_date)
);
COMMENT ON TABLE commondata.expected_file IS 'Files that must come, one a feed and business date';
COMMENT ON COLUMN commondata.expected_file.feed IS 'Feed';
COMMENT ON COLUMN commondata.expected_file.business_date IS 'Day its data is about';
COMMENT ON COLUMN commondata.expected_file.due_at IS 'When it must be loaded';
COMMENT ON COLUMN commondata.expected_file.waived_by IS
    'operator_act.id of who said that it does not come; NULL: nobody';

-- expect_files: which business dates of a feed are expected from now on, and until when. What was
-- due before stays as it was.
CREATE FUNCTION commondata.expect_files(
    p_feed           text,
    p_business_dates date[],
    p_due_ats        timestamptz[]
) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    written integer;
BEGIN
    PERFORM commondata.owned_job(p_feed);
    DELETE FROM commondata.expected_file AS e
    WHERE e.feed = p_feed
      AND e.due_at > clock_timestamp()
      AND e.waived_by IS NULL
      AND e.business_date <> ALL (p_business_dates);
    INSERT INTO commondata.expected_file AS e (feed, business_date, due_at)
    SELECT p_feed, d.business_date, d.due_at
    FROM unnest(p_business_dates, p_due_ats) AS d (business_date, due_at)
    WHERE d.due_at > clock_timestamp()
    ON CONFLICT (feed, business_date) DO UPDATE
    SET due_at = excluded.due_at
    WHERE e.due_at > clock_timestamp() AND e.due_at <> excluded.due_at;
    GET DIAGNOSTICS written = ROW_COUNT;
    RETURN written;
END
$$;
COMMENT ON FUNCTION commondata.expect_files IS
    'Says which files of a feed are expected from now on; returns how many were new or moved';

CREATE FUNCTION commondata.waive_file(
    p_feed          text,
    p_business_date date,
    p_actor         text,
    p_reason        text
) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM
    FROM commondata.expected_file AS e
    WHERE e.feed = p_feed AND e.business_date = p_business_date AND e.waived_by IS NULL
    FOR UPDATE;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    UPDATE commondata.expected_file AS e
    SET waived_by = commondata.audit(
        p_actor, 'waive', 'feed ' || p_feed || ' of ' || p_business_date, p_reason)
    WHERE e.feed = p_feed AND e.business_date = p_business_date;
    RETURN true;
END
$$;
COMMENT ON FUNCTION commondata.waive_file IS
    'Says that an expected file does not come, audited; false: none is expected';

GRANT EXECUTE ON FUNCTION commondata.expect_files(text, date[], timestamptz[])
TO commondata_service;
GRANT EXECUTE ON FUNCTION commondata.waive_file(text, date, text, text) TO commondata_operator;

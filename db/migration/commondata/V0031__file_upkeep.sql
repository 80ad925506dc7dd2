-- What nodes note of the directories of a feed besides its files' loads: what lies there and is not
-- taken, and what was kept long enough.

-- What lies in incoming/ of a feed and is not taken, such as a file without its marker: a row a
-- feed, of the one that has lain there for longest, if that is 15 minutes or more. The database
-- does not see the directory, so the polls tell it, under the feed's login, once a minute at most;
-- read by the view file_alarm. What no node has seen for an hour counts no more: there may be no
-- node, or the feed is gone.

CREATE TABLE commondata.untaken_file (
    feed    text        PRIMARY KEY REFERENCES commondata.job (name) ON DELETE CASCADE,
    name    text        NOT NULL,
    why     text        NOT NULL,
    since   timestamptz NOT NULL,
    seen_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE commondata.untaken_file IS
    'What has lain in incoming/ for long and is not taken: the oldest of each feed';
COMMENT ON COLUMN commondata.untaken_file.feed IS 'Feed';
COMMENT ON COLUMN commondata.untaken_file.name IS 'Its name';
COMMENT ON COLUMN commondata.untaken_file.why IS 'Why it is not taken, with what to do';
COMMENT ON COLUMN commondata.untaken_file.since IS 'Since when it has lain there unchanged';
COMMENT ON COLUMN commondata.untaken_file.seen_at IS
    'When a node has seen it last, to ten minutes';

-- note_untaken: writes nothing if all of that is known. A node that has just begun knows a later
-- time than the one before it.
CREATE FUNCTION commondata.note_untaken(
    p_feed  text,
    p_name  text,
    p_since timestamptz,
    p_why   text
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM commondata.owned_job(p_feed);
    INSERT INTO commondata.untaken_file AS u (feed, name, why, since)
    VALUES (p_feed, p_name, p_why, p_since)
    ON CONFLICT (feed) DO UPDATE
    SET
        name = excluded.name,
        why = excluded.why,
        since = CASE
            WHEN u.name = excluded.name THEN least(u.since, excluded.since)
            ELSE excluded.since
        END,
        seen_at = excluded.seen_at
    WHERE (u.name, u.why) <> (excluded.name, excluded.why)
       OR u.seen_at < excluded.seen_at - interval '10 minutes';
END
$$;
COMMENT ON FUNCTION commondata.note_untaken IS
    'Notes what has lain in the directory of a feed for longest and is not taken';

CREATE FUNCTION commondata.forget_untaken(p_feed text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM commondata.owned_job(p_feed);
    DELETE FROM commondata.untaken_file AS u WHERE u.feed = p_feed;
END
$$;
COMMENT ON FUNCTION commondata.forget_untaken(text) IS
    'Notes that nothing has lain untaken in the directory of a feed for long';

-- remove_files: before files that were kept long enough are removed from archive/ and rejected/.
-- Their rows stay. Files that are on their way are none of these.
CREATE FUNCTION commondata.remove_files(p_feed text, p_files bigint[]) RETURNS SETOF bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM commondata.owned_job(p_feed);
    RETURN QUERY
    UPDATE commondata.file AS f
    SET removed_at = coalesce(f.removed_at, clock_timestamp())
    WHERE f.feed = p_feed
      AND f.id = ANY (p_files)
      AND f.direction = 'IN'
      AND f.state NOT IN ('CLAIMED', 'HELD')
    RETURNING f.id;
END
$$;
COMMENT ON FUNCTION commondata.remove_files(text, bigint[]) IS
    'Notes that files are removed from the drop directory; returns those that may be';

-- remove_rejects: refused records are kept as long as the file they came in, also of a file that
-- was corrected, or that somebody else has removed. No more than 100 files a call, so that nobody
-- waits for long for their rows. Counts, reason and hash stay.
CREATE FUNCTION commondata.remove_rejects(p_feed text, p_ended_before timestamptz) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    files bigint[];
BEGIN
    PERFORM commondata.owned_job(p_feed);
    SELECT array_agg(o.id) INTO files
    FROM (
        SELECT f.id
        FROM commondata.file AS f
        WHERE f.feed = p_feed
          AND f.direction = 'IN'
          AND f.state NOT IN ('CLAIMED', 'HELD')
          AND f.finished_at < p_ended_before
          AND EXISTS (SELECT FROM commondata.file_reject AS r WHERE r.file = f.id)
        ORDER BY f.id
        LIMIT 100
        FOR NO KEY UPDATE
    ) AS o;
    DELETE FROM commondata.file_correction AS c WHERE c.corrected_file = ANY (files);
    DELETE FROM commondata.file_reject AS r WHERE r.file = ANY (files);
    UPDATE commondata.file AS f
    SET rejects_removed_at = clock_timestamp()
    WHERE f.id = ANY (files);
    RETURN coalesce(cardinality(files), 0);
END
$$;
COMMENT ON FUNCTION commondata.remove_rejects(text, timestamptz) IS
    'Removes refused records that were kept long enough; returns of how many files';

GRANT EXECUTE ON FUNCTION
    commondata.note_untaken(text, text, timestamptz, text),
    commondata.forget_untaken(text),
    commondata.remove_files(text, bigint[]),
    commondata.remove_rejects(text, timestamptz)
TO commondata_service;

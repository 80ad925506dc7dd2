-- Files that went out: what the other side says of them, and how long they are kept.
--
-- send_file has written the row as SENT. Whoever takes the file lays NAME.ack beside it; a poll of
-- the job calls acknowledge_files, and moves the file from outgoing/ to sent/ when that is
-- committed. Nothing waits for it; one that is not acknowledged in time is the alarm
-- file-unacknowledged.

-- acknowledge_files: rows are locked in one order, so that two nodes that see the same names do not
-- lock each other out. Those that were acknowledged before are returned, too: the node that
-- recorded it may have died before it moved the file.
CREATE FUNCTION commondata.acknowledge_files(p_feed text, p_names text[]) RETURNS SETOF text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM commondata.owned_job(p_feed);
    PERFORM
    FROM commondata.file AS f
    WHERE f.feed = p_feed
      AND f.name = ANY (p_names)
      AND f.direction = 'OUT'
      AND f.state = 'SENT'
    ORDER BY f.id
    FOR NO KEY UPDATE;
    UPDATE commondata.file AS f
    SET state = 'ACKNOWLEDGED', acknowledged_at = clock_timestamp()
    WHERE f.feed = p_feed
      AND f.name = ANY (p_names)
      AND f.direction = 'OUT'
      AND f.state = 'SENT';
    RETURN QUERY
    SELECT DISTINCT f.name
    FROM commondata.file AS f
    WHERE f.feed = p_feed
      AND f.name = ANY (p_names)
      AND f.direction = 'OUT'
      AND f.state = 'ACKNOWLEDGED';
END
$$;
COMMENT ON FUNCTION commondata.acknowledge_files(text, text[]) IS
    'Notes that the other side has taken files that went out; returns the names of those known';

-- remove_sent_files: before files that were kept long enough are removed from sent/. Their rows
-- stay. Those that a node has noted and not removed, because it died, are returned again.
CREATE FUNCTION commondata.remove_sent_files(
    p_feed   text,
    p_names  text[],
    p_before timestamptz
) RETURNS SETOF text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM commondata.owned_job(p_feed);
    RETURN QUERY
    UPDATE commondata.file AS f
    SET removed_at = coalesce(f.removed_at, clock_timestamp())
    WHERE f.feed = p_feed
      AND f.name = ANY (p_names)
      AND f.direction = 'OUT'
      AND f.acknowledged_at < p_before
    RETURNING f.name;
END
$$;
COMMENT ON FUNCTION commondata.remove_sent_files(text, text[], timestamptz) IS
    'Notes that files acknowledged before a time are removed from sent/; returns their names';

GRANT EXECUTE ON FUNCTION
    commondata.acknowledge_files(text, text[]),
    commondata.remove_sent_files(text, text[], timestamptz)
TO commondata_service;

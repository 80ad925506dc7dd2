-- What finds an event that kills whoever handles it: mark_work says that a worker begins, in a
-- transaction of its own, so that those after it can tell that it did not come back. Called by the
-- Java poller, and by begin_batch for SQL clients, under the subscription's login. Marks lie in
-- work_mark (see V0005).

-- The worker that an SQL client is: its session, told apart from those of a server started again.
CREATE FUNCTION commondata.session_worker(p_pid integer) RETURNS text
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT format('session %s of %s', p_pid, extract(epoch FROM pg_postmaster_start_time()));
END;
COMMENT ON FUNCTION commondata.session_worker(integer) IS 'Name of a session as a worker';

CREATE FUNCTION commondata.is_live_session(p_worker text) RETURNS boolean
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT p_worker LIKE 'session %' AND EXISTS (
        SELECT FROM pg_stat_activity AS a
        WHERE commondata.session_worker(a.pid) = p_worker
    );
END;
COMMENT ON FUNCTION commondata.is_live_session(text) IS
    'Whether a worker is the session of an SQL client that is still connected';

-- mark_work: what finds an event that kills its worker. In a transaction of its own, before the
-- work, so that it survives the worker. A process marks a part when it first takes it, and not
-- again: a running system writes no marks. A mark is evidence only while the cursor stands where it
-- stood then, and after a second (a worker marks, then takes the lock): somebody who is gone, since
-- whoever calls this could lock the cursor, began there and did not come to an end. An SQL client
-- is its session: while that is there, it may roll back and come again, and has not died.
--
--   crash_count  0: nothing is known. 1 or more: so many processes began here and did not end; the
--                caller handles its events one by one, and marks each
--   killer       position of an event that was the only one in work at two crashes, or at one and
--                in a batch that crashed before: its failure is counted, however many keys are
--                parked already, since it would kill whoever waited for room
--   became       what park made of the killer: PARKED, DEAD, or GONE if it is no longer next
--
-- No row: another worker has the part. One that meets an outage takes its marks back
-- (withdraw_marks) before it rests, so that an outage is not mistaken for a crash.
CREATE FUNCTION commondata.mark_work(
    p_subscription text,
    p_part         integer,
    p_worker       text,
    p_event_count  integer,
    p_crash_count  integer,
    p_node         text
) RETURNS TABLE (crash_count integer, killer bigint, became text)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    sub    commondata.subscription := commondata.owned_subscription(p_subscription);
    held   commondata.cursor;
    known  integer;
    alone  boolean;
    head   bigint;
    doomed bigint;
    fate   text;
BEGIN
    SELECT c.* INTO held
    FROM commondata.cursor AS c
    WHERE c.subscription = p_subscription AND c.part = p_part
    FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    DELETE FROM commondata.work_mark AS m
    WHERE m.subscription = p_subscription AND m.part = p_part AND m.pos <> held.pos;
    SELECT greatest(p_crash_count, coalesce(max(m.crash_count + 1), 0)),
        coalesce(bool_or(m.event_count = 1), false)
    INTO known, alone
    FROM commondata.work_mark AS m
    WHERE m.subscription = p_subscription
      AND m.part = p_part
      AND m.worker <> p_worker
      AND m.marked_at < clock_timestamp() - interval '1 second'
      AND NOT commondata.is_live_session(m.worker);
    IF alone AND known >= 2 THEN
        -- Nobody came past it, so it still is the first that is neither a follower of a parked
        -- key nor to wait for its time, or for that of one before it. Those are passed, however
        -- many they are.
        SELECT h.head INTO head FROM commondata.part_head AS h WHERE h.part = held.part;
        held := commondata.pass_waiting(sub, held.part, head);
        SELECT b.seq INTO doomed
        FROM commondata.read_part(
            p_subscription, sub.types, held.part, held.pos, held.pos_at, head, 1) AS b;
        IF doomed IS NOT NULL THEN
            fate := commondata.park(
                p_subscription, p_part, doomed, 'WorkerDied',
                format('%s processes ended while they handled the event', known), p_node, 'KILLER');
            RETURN QUERY SELECT known, doomed, fate;
            RETURN;
        END IF;
    END IF;
    INSERT INTO commondata.work_mark (
        subscription, part, worker, pos, event_count, crash_count)
    VALUES (p_subscription, p_part, p_worker, held.pos, p_event_count, known)
    ON CONFLICT (subscription, part, worker) DO UPDATE
    SET
        pos = excluded.pos,
        event_count = excluded.event_count,
        crash_count = excluded.crash_count,
        marked_at = clock_timestamp();
    RETURN QUERY SELECT known, NULL::bigint, NULL::text;
END
$$;
COMMENT ON FUNCTION commondata.mark_work IS
    'Says that a worker begins to work on a part, and what became of those before it';

-- A key that the worker has tried is due still, behind others that are: else one that meets an
-- outage of its own each time would be tried before them for ever.
CREATE FUNCTION commondata.withdraw_marks(p_subscription text, p_worker text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM commondata.owned_subscription(p_subscription);
    DELETE FROM commondata.work_mark AS m
    WHERE m.subscription = p_subscription AND m.worker = p_worker;
    UPDATE commondata.parked_key AS k
    SET tried_by = NULL, next_attempt_at = clock_timestamp()
    WHERE k.subscription = p_subscription AND k.tried_by = p_worker;
END
$$;
COMMENT ON FUNCTION commondata.withdraw_marks IS
    'Takes the marks of a worker back: it has survived';

GRANT EXECUTE ON FUNCTION
    commondata.mark_work(text, integer, text, integer, integer, text),
    commondata.withdraw_marks(text, text)
TO commondata_service;

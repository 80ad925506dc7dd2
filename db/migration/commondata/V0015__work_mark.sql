-- What finds an event that kills whoever handles it: mark_work says that a worker begins, in a
-- transaction of its own, so that those after it can tell that it did not come back. Called by the
-- Java poller, and by begin_batch for SQL clients, under the subscription's login. Marks lie in
-- work_mark, what SQL clients know beyond a session in client_part (see V0005).

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

-- Whether this session was at that position of a part when it last began a batch of the reader, and
-- that it is there now. A setting, since a session that goes on shall write nothing: the worst that
-- a client can do with it is that it goes one by one.
CREATE FUNCTION commondata.is_begun_again(p_subscription text, p_part smallint, p_pos bigint)
RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    known jsonb := coalesce(nullif(current_setting('commondata.begun_at', true), ''), '{}');
    here  text  := format('%s:%s', p_part, p_pos);
BEGIN
    PERFORM set_config(
        'commondata.begun_at',
        (known || jsonb_build_object(p_subscription, here))::text,
        false);
    RETURN known ->> p_subscription IS NOT DISTINCT FROM here;
END
$$;
COMMENT ON FUNCTION commondata.is_begun_again IS
    'Whether a session begins a batch where it began the one before; for begin_reading';

-- How often a batch was begun at a position. Once a second at most: of many sessions that begin
-- there at the same time, one takes it, and the others were not in its way.
CREATE FUNCTION commondata.count_begun(p_subscription text, p_part smallint, p_pos bigint)
RETURNS commondata.client_part
LANGUAGE sql SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    INSERT INTO commondata.client_part AS p (
        subscription, part, begun_pos, begun_count, begun_at)
    VALUES (p_subscription, p_part, p_pos, 1, clock_timestamp())
    ON CONFLICT (subscription, part) DO UPDATE
    SET
        begun_pos = excluded.begun_pos,
        begun_count = CASE
            WHEN p.begun_pos <> excluded.begun_pos THEN 1
            WHEN p.begun_at > excluded.begun_at - interval '1 second' THEN p.begun_count
            ELSE p.begun_count + 1
        END,
        begun_at = CASE
            WHEN p.begun_pos = excluded.begun_pos
                AND p.begun_at > excluded.begun_at - interval '1 second' THEN p.begun_at
            ELSE excluded.begun_at
        END
    RETURNING p.*;
END;
COMMENT ON FUNCTION commondata.count_begun IS
    'Counts that a batch is begun at a position again; for begin_reading';

-- begin_reading: finds a part that has something, and marks it. A session that goes on marks it the
-- first time only, as a worker does. Where one has died, or a batch was begun ten times, the next
-- thousand events go one by one, whoever takes them, so that the culprit is begun at a position of
-- its own; after a death each is marked. Returns the part; NULL: there is nothing.
CREATE FUNCTION commondata.begin_reading(
    sub      commondata.subscription,
    p_worker text,
    p_node   text
) RETURNS smallint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    waiting    commondata.batch_event;
    mine       commondata.work_mark;
    known      commondata.client_part;
    is_careful boolean;
    is_again   boolean;
    crashes    integer;
    killer     bigint;
    upto       bigint;
BEGIN
    LOOP
        SELECT b.* INTO waiting FROM commondata.next_batch(sub.name, 1) AS b;
        IF NOT FOUND THEN
            RETURN NULL;
        END IF;
        SELECT m.* INTO mine
        FROM commondata.work_mark AS m
        WHERE (m.subscription, m.part, m.worker) = (sub.name, waiting.part, p_worker);
        SELECT p.* INTO known
        FROM commondata.client_part AS p
        WHERE (p.subscription, p.part) = (sub.name, waiting.part);
        is_careful := coalesce(known.careful_to > waiting.batch_start, false);
        is_again := commondata.is_begun_again(sub.name, waiting.part, waiting.batch_start);
        crashes := CASE WHEN is_careful THEN known.crash_count ELSE 0 END;
        IF (mine.crash_count = 0 AND crashes = 0) IS NOT TRUE THEN
            SELECT m.crash_count, m.killer INTO crashes, killer
            FROM commondata.mark_work(
                sub.name, waiting.part, p_worker, 1, crashes, p_node) AS m;
            CONTINUE WHEN killer IS NOT NULL;
        ELSIF NOT is_again THEN
            RETURN waiting.part;
        END IF;
        known := commondata.count_begun(sub.name, waiting.part, waiting.batch_start);
        IF crashes > 0 AND (NOT is_careful OR known.crash_count = 0)
           OR NOT is_careful AND known.begun_count >= 10 THEN
            SELECT max(b.seq) INTO upto
            FROM commondata.part_head AS h
            JOIN commondata.cursor AS c ON c.part = h.part
            CROSS JOIN LATERAL commondata.read_part(
                sub.name, sub.types, c.part, c.pos, c.pos_at, h.head, 1000) AS b
            WHERE (c.subscription, c.part) = (sub.name, waiting.part);
            UPDATE commondata.client_part AS p
            SET careful_to = upto, crash_count = least(crashes, 1)
            WHERE (p.subscription, p.part) = (sub.name, waiting.part);
        END IF;
        RETURN waiting.part;
    END LOOP;
END
$$;
COMMENT ON FUNCTION commondata.begin_reading IS
    'Marks a part that has events to read; for begin_batch';

GRANT EXECUTE ON FUNCTION
    commondata.mark_work(text, integer, text, integer, integer, text),
    commondata.withdraw_marks(text, text)
TO commondata_service;

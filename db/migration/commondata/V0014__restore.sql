-- After a restore: the log was copied (pg_dump, COPY) into a cluster whose transaction ids are
-- lower than those it was written under. They are the one thing in it that means something to the
-- old cluster only: the snapshot of the sequencer would hide every new event from it, and when
-- the counter reaches the old numbers, events stamped long ago would look fresh. stamp() refuses to
-- work in another cluster; restamp() mends it, called by the owner's login, before any node starts.
--
-- In one transaction: no publisher is let in; transaction ids that this cluster has not given out
-- yet become 3, the lowest that a transaction can have; events without a position get one, in the
-- order of their ids; heads and the sequence of ids are at least what the rows say; the snapshot is
-- taken anew. Done again it changes nothing. A crash undoes it whole.
CREATE FUNCTION commondata.restamp(p_actor text, p_reason text)
RETURNS TABLE (rewritten bigint, stamped bigint)
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    next_tx xid8;
    at      timestamptz;
BEGIN
    -- A dump may be older than the days that were made ahead in it.
    PERFORM commondata.make_partitions();
    LOCK TABLE commondata.outbox, commondata.outbox_seq IN SHARE ROW EXCLUSIVE MODE;
    SELECT greatest(s.stamped_at, clock_timestamp()) INTO at
    FROM commondata.sequencer AS s
    FOR UPDATE;
    next_tx := pg_snapshot_xmax(pg_current_snapshot());

    UPDATE commondata.outbox_seq AS q
    SET txs = (
        SELECT array_agg(CASE WHEN u.tx >= next_tx THEN '3' ELSE u.tx END ORDER BY u.n)
        FROM unnest(q.txs) WITH ORDINALITY AS u (tx, n)
    )
    WHERE next_tx <= ANY (q.txs);
    UPDATE commondata.outbox SET tx = '3' WHERE tx >= next_tx;
    GET DIAGNOSTICS rewritten = ROW_COUNT;

    UPDATE commondata.part_head AS h
    SET head = greatest(h.head, d.last_seq)
    FROM (
        SELECT q.part, max(q.last_seq) AS last_seq
        FROM commondata.outbox_seq AS q
        GROUP BY q.part
    ) AS d
    WHERE d.part = h.part AND d.last_seq > h.head;
    WITH numbered AS (
        SELECT
            o.part,
            coalesce(h.head, commondata.missing_part(o.part))
                + row_number() OVER (PARTITION BY o.part ORDER BY o.id) AS seq,
            o.id,
            o.tx,
            o.occurred_at,
            o.type
        FROM commondata.outbox AS o
        LEFT JOIN commondata.part_head AS h ON h.part = o.part
        WHERE NOT EXISTS (
            SELECT FROM commondata.log_position AS q WHERE q.part = o.part AND q.id = o.id
        )
          AND o.occurred_at >= commondata.log_begins_at()
    ),
    written AS (
        INSERT INTO commondata.outbox_seq (
            part, first_seq, last_seq, stamped_at, ids, txs, occurred_at, types)
        SELECT
            n.part,
            min(n.seq),
            max(n.seq),
            at,
            array_agg(n.id ORDER BY n.seq),
            array_agg(n.tx ORDER BY n.seq),
            array_agg(n.occurred_at ORDER BY n.seq),
            array_agg(n.type ORDER BY n.seq)
        FROM numbered AS n
        GROUP BY n.part, n.seq / commondata.row_length()
    ),
    moved AS (
        UPDATE commondata.part_head AS h
        SET head = n.last_seq
        FROM (SELECT part, max(seq) AS last_seq FROM numbered GROUP BY part) AS n
        WHERE n.part = h.part
    )
    SELECT count(*) INTO stamped FROM numbered;
    INSERT INTO commondata.type_head AS t (type, part, head)
    SELECT q.type, q.part, max(q.seq)
    FROM commondata.log_position AS q
    GROUP BY q.type, q.part
    ON CONFLICT (type, part) DO UPDATE
    SET head = greatest(t.head, excluded.head);
    PERFORM setval(
        pg_get_serial_sequence('commondata.outbox', 'id'),
        greatest(
            nextval(pg_get_serial_sequence('commondata.outbox', 'id')),
            (SELECT max(o.id) FROM commondata.outbox AS o)));

    UPDATE commondata.sequencer
    SET snapshot = pg_current_snapshot(),
        goal = NULL,
        cuts = '{}',
        stamped_at = at,
        cluster = c.system_identifier
    FROM pg_control_system() AS c;
    PERFORM commondata.audit(
        p_actor,
        'restamp',
        'log',
        p_reason,
        NULL,
        jsonb_build_object('rewritten', rewritten, 'stamped', stamped));
    RETURN NEXT;
END
$$;
COMMENT ON FUNCTION commondata.restamp IS
    'Makes a restored log fit the transaction ids of its new cluster; returns what it changed';

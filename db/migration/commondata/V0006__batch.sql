-- Reading: look says who has work, under the node's login; next_batch takes a batch, finish ends
-- it, under the subscription's. Receipts are written by finish and finish_parked, read by readers,
-- and go with the log.

-- One row a batch. The view commondata.receipt shows one row an event. Partitioned by day, so that
-- receipts go with the log: as whole partitions (see V0011).
CREATE TABLE commondata.receipt_batch (
    subscription text        NOT NULL,
    part         smallint    NOT NULL,
    first_seq    bigint      NOT NULL,
    last_seq     bigint      NOT NULL,
    seqs         bigint[]    NOT NULL,
    handled_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    node         text        NOT NULL,
    PRIMARY KEY (subscription, part, first_seq, handled_at)
) PARTITION BY RANGE (handled_at);
-- Not compressed: that took a fifth of the time in which a large batch is read, for five bytes an
-- event.
ALTER TABLE commondata.receipt_batch ALTER COLUMN seqs SET STORAGE EXTERNAL;
-- Finds the batch of many that an event lies in; batches of one are found by the primary key.
CREATE INDEX receipt_batch_of_many ON commondata.receipt_batch (subscription, part, first_seq)
    WHERE last_seq > first_seq;
COMMENT ON TABLE commondata.receipt_batch IS
    'Who handled what and when, one row a batch; see the view receipt';
COMMENT ON COLUMN commondata.receipt_batch.subscription IS 'Reader';
COMMENT ON COLUMN commondata.receipt_batch.part IS 'Part of the log';
COMMENT ON COLUMN commondata.receipt_batch.first_seq IS 'Lowest of seqs';
COMMENT ON COLUMN commondata.receipt_batch.last_seq IS 'Highest of seqs';
COMMENT ON COLUMN commondata.receipt_batch.seqs IS 'Positions handled in this commit';
COMMENT ON COLUMN commondata.receipt_batch.handled_at IS 'When, by the server''s clock';
COMMENT ON COLUMN commondata.receipt_batch.node IS 'Process that handled them';
SELECT commondata.make_partitions();

CREATE TYPE commondata.batch_event AS (
    part           smallint,
    batch_start    bigint,
    batch_end      bigint,
    seq            bigint,
    stamped_at     timestamptz,
    event_id       uuid,
    source         text,
    kind           text,
    type           text,
    version        smallint,
    key            text,
    correlation_id uuid,
    causation_id   uuid,
    reply_to       text,
    business_date  date,
    occurred_at    timestamptz,
    traceparent    text,
    payload        jsonb
);
COMMENT ON TYPE commondata.batch_event IS 'One event of a batch, with the bounds of the batch';

-- A position without its event ends the reading: who went on would lose it without a word.
CREATE FUNCTION commondata.missing_event(p_part smallint, p_seq bigint) RETURNS uuid
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION 'the event at %:% is not in the log, though it has its position', p_part, p_seq
        USING ERRCODE = 'object_not_in_prerequisite_state',
              HINT = 'Its row was deleted, or is hidden: look whether the owner of the table '
                  'commondata.outbox is whom its policy owner_sees_all names.';
END
$$;
COMMENT ON FUNCTION commondata.missing_event IS 'Fails: a position whose event is gone or hidden';

-- The events of one part behind a position, up to its head. The times of both keep the planner from
-- looking into other days. Where there is no filter by source, it is looked for once a call.
--
-- In no order: whoever wants one asks for it. ORDER BY seq then sorts nothing, as a rule: the
-- narrow rows inside are in it, and a nested loop keeps it. An ORDER BY at the end of this query
-- would keep it from being put in place of its call: then a join to parked keys reads all of them.
CREATE FUNCTION commondata.read_part(
    p_subscription text,
    p_types        text[],
    p_part         smallint,
    p_pos          bigint,
    p_pos_at       timestamptz,
    p_head         bigint,
    p_limit        integer,
    p_head_at      timestamptz DEFAULT 'infinity'
) RETURNS SETOF commondata.batch_event
-- No SET here: it would keep the planner from inlining the query and caching its plan. The body is
-- parsed now (BEGIN ATOMIC), so a caller's search_path can't change what it means.
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT
        b.part,
        p_pos,
        CASE WHEN b.event_count = p_limit THEN b.batch_end ELSE p_head END,
        b.seq,
        b.stamped_at,
        coalesce(o.event_id, commondata.missing_event(b.part, b.seq)),
        o.source,
        o.kind,
        o.type,
        o.version,
        o.key,
        o.correlation_id,
        o.causation_id,
        o.reply_to,
        o.business_date,
        o.occurred_at,
        o.traceparent,
        o.payload
    FROM (
        SELECT
            r.part,
            r.seq,
            r.stamped_at,
            r.tx,
            r.id,
            r.occurred_at,
            count(*) OVER () AS event_count,
            max(r.seq) OVER () AS batch_end
        FROM (
            SELECT q.part, q.seq, q.stamped_at, q.tx, q.id, q.occurred_at
            FROM commondata.log_position AS q
            WHERE q.part = p_part
              AND q.last_seq > p_pos
              AND q.seq > p_pos
              AND q.seq <= p_head
              AND q.stamped_at >= p_pos_at
              AND q.stamped_at <= p_head_at
              AND q.type = ANY (p_types)
              AND (
                  NOT EXISTS (
                      SELECT FROM commondata.subscription AS s
                      WHERE s.name = p_subscription AND s.sources IS NOT NULL
                  )
                  OR EXISTS (
                      SELECT FROM commondata.subscription AS s
                      JOIN commondata.outbox AS e ON e.source = ANY (s.sources)
                      WHERE s.name = p_subscription
                        AND e.tx = q.tx
                        AND e.id = q.id
                        AND e.occurred_at = q.occurred_at
                  )
              )
            ORDER BY q.last_seq, q.seq
            LIMIT p_limit
        ) AS r
        ORDER BY r.seq
    ) AS b
    LEFT JOIN commondata.outbox AS o
        ON o.tx = b.tx
        AND o.id = b.id
        AND o.occurred_at = b.occurred_at;
END;
COMMENT ON FUNCTION commondata.read_part IS 'Events of one part behind a position; for next_batch';

-- What was handled on the way closes the breaker; p_was_passed says that nothing was.
CREATE FUNCTION commondata.move_cursor(
    p_subscription text,
    p_part         smallint,
    p_from         bigint,
    p_to           bigint,
    p_was_passed   boolean DEFAULT false
) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    UPDATE commondata.cursor AS c
    SET
        pos = p_to,
        pos_at = (
            SELECT q.stamped_at
            FROM commondata.at_position(p_part, p_to) AS q
            WHERE q.stamped_at >= c.pos_at
        ),
        moved_at = clock_timestamp(),
        paused_until = CASE WHEN p_was_passed THEN c.paused_until END,
        pause_count = CASE WHEN p_was_passed THEN c.pause_count ELSE 0 END,
        pause_reason = CASE WHEN p_was_passed THEN c.pause_reason END
    WHERE c.subscription = p_subscription
      AND c.part = p_part
      AND c.pos = p_from;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'cursor of "%" in part % is not at %: the batch is stale',
            p_subscription, p_part, p_from
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  HINT = 'Roll back and take the batch again.';
    END IF;
END
$$;
COMMENT ON FUNCTION commondata.move_cursor IS
    'Moves a cursor from one position to another, or fails';

-- next_batch: takes the longest waiting part that has something and that nobody else holds, and
-- returns up to p_limit events of it in order. The lock on its cursor row lasts until the caller's
-- transaction ends: that is the lease. When no part has anything of interest, the cursors of all
-- are moved on to the heads: once a quiet moment, not once an event of others.
-- A part that was paused gives out one event: it probes whether the outage is over. The parts
-- p_last come behind all others: what the caller could not handle there just now shall not hold up
-- those.
-- The order is asked for where the rows go out: read_part promises none.
-- A crash of the caller frees the lock and leaves the position where it was. (The settings are
-- explained at stamp().)
CREATE FUNCTION commondata.next_batch(
    p_subscription text,
    p_limit        integer,
    p_part         integer DEFAULT NULL,
    p_last         integer[] DEFAULT NULL
) RETURNS SETOF commondata.batch_event
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET jit = off
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    sub       commondata.subscription := commondata.owned_subscription(p_subscription);
    waiting   record;
    held      commondata.cursor;
    size      integer;
    is_parked boolean;
    upto      bigint;
    moved_to  bigint;
BEGIN
    PERFORM commondata.check_isolation();
    PERFORM commondata.check_limit(p_limit);
    IF sub.paused THEN
        RETURN;
    END IF;
    IF sub.time_limit_ms > 30000 THEN
        PERFORM commondata.allow_silence(sub);
    END IF;
    FOR waiting IN
        SELECT c.part, h.head, z.stamped_at AS head_at
        FROM commondata.cursor AS c
        JOIN commondata.part_head AS h ON h.part = c.part
        CROSS JOIN commondata.sequencer AS z
        LEFT JOIN (
            SELECT t.part, max(t.head) AS head
            FROM commondata.type_head AS t
            WHERE t.type = ANY (sub.types)
            GROUP BY t.part
        ) AS wanted ON wanted.part = c.part
        WHERE c.subscription = p_subscription
          AND h.head > c.pos
          AND (p_part IS NULL OR c.part = p_part)
          AND (c.paused_until IS NULL OR c.paused_until <= clock_timestamp())
          -- Before its lock, which is kept: a retry needs it to make the chain shorter.
          AND NOT EXISTS (
              SELECT FROM commondata.full_chain AS f
              WHERE f.subscription = c.subscription AND f.part = c.part
          )
        ORDER BY
            (wanted.head > c.pos) IS TRUE DESC,
            (c.part = ANY (p_last)) IS TRUE,
            c.moved_at
    LOOP
        size := NULL;
        LOOP
            SELECT c.* INTO held
            FROM commondata.cursor AS c
            WHERE c.subscription = p_subscription
              AND c.part = waiting.part
              AND c.pos < waiting.head
              AND (c.paused_until IS NULL OR c.paused_until <= clock_timestamp())
            FOR UPDATE SKIP LOCKED;
            EXIT WHEN NOT FOUND;
            size := coalesce(size, CASE WHEN held.paused_until IS NULL THEN p_limit ELSE 1 END);

            is_parked := EXISTS (
                SELECT FROM commondata.parked_key AS k
                WHERE k.subscription = p_subscription AND k.part = held.part
            );
            EXIT WHEN is_parked AND EXISTS (
                SELECT FROM commondata.full_chain AS f
                WHERE f.subscription = p_subscription AND f.part = held.part
            );
            upto := commondata.pass_delayed(sub, held, waiting.head, waiting.head_at, size);
            CONTINUE WHEN upto IS NULL;
            IF NOT is_parked THEN
                RETURN QUERY
                SELECT b.*
                FROM commondata.read_part(
                    p_subscription, sub.types, held.part, held.pos, held.pos_at, upto, size,
                    waiting.head_at
                ) AS b
                ORDER BY b.seq;
                IF FOUND THEN
                    RETURN;
                END IF;
                PERFORM commondata.move_cursor(p_subscription, held.part, held.pos, upto, true);
                CONTINUE;
            END IF;

            -- Not one query with an OR: its EXISTS would read all parked keys of the part at once.
            RETURN QUERY
            SELECT b.*
            FROM commondata.read_part(
                p_subscription, sub.types, held.part, held.pos, held.pos_at, upto, size,
                waiting.head_at
            ) AS b
            WHERE NOT EXISTS (
                SELECT FROM commondata.parked_key AS k
                WHERE k.subscription = p_subscription AND k.part = held.part AND k.key = b.key
            )
            ORDER BY b.seq;
            IF FOUND THEN
                RETURN;
            END IF;
            -- Nothing but followers of parked keys (or nothing at all): park them and look on.
            SELECT coalesce(max(b.batch_end), upto) INTO moved_to
            FROM commondata.read_part(
                p_subscription, sub.types, held.part, held.pos, held.pos_at, upto, size,
                waiting.head_at
            ) AS b;
            PERFORM commondata.move_cursor(p_subscription, held.part, held.pos, moved_to, true);
            PERFORM commondata.park_followers(
                sub, held.part, held.pos, held.pos_at, moved_to);
        END LOOP;
    END LOOP;
END
$$;
COMMENT ON FUNCTION commondata.next_batch IS
    'Locks one waiting part and returns its next events in order; finish() ends the batch';

-- Back is no way for a batch to end, and a receipt is for what it held.
CREATE FUNCTION commondata.check_batch(p_batch_start bigint, p_batch_end bigint, p_seqs bigint[])
RETURNS void
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF (
        p_batch_end > p_batch_start
        AND NOT EXISTS (
            SELECT FROM unnest(p_seqs) AS s (seq)
            WHERE (s.seq > p_batch_start AND s.seq <= p_batch_end) IS NOT TRUE
        )
    ) IS NOT TRUE THEN
        RAISE EXCEPTION 'no batch lies behind % up to % with positions %',
            coalesce(p_batch_start::text, 'NULL'), coalesce(p_batch_end::text, 'NULL'),
            left(p_seqs::text, 200)
            USING ERRCODE = 'invalid_parameter_value',
                  HINT = 'Hand back batch_start and batch_end as the batch had them, and seq of '
                      'its events. To read again, an operator rewinds the subscription.';
    END IF;
END
$$;
COMMENT ON FUNCTION commondata.check_batch(bigint, bigint, bigint[]) IS
    'Refuses bounds and positions that no batch can have had';

-- finish: ends the batch that next_batch began in the same transaction. p_seqs are the positions
-- whose effects are in this transaction. Followers of parked keys join their chains now.
CREATE FUNCTION commondata.finish(
    p_subscription text,
    p_part         integer,
    p_batch_start  bigint,
    p_batch_end    bigint,
    p_seqs         bigint[],
    p_node         text
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET jit = off
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    sub    commondata.subscription := commondata.owned_subscription(p_subscription);
    pos_at timestamptz;
BEGIN
    PERFORM commondata.check_batch(p_batch_start, p_batch_end, p_seqs);
    SELECT c.pos_at INTO pos_at
    FROM commondata.cursor AS c
    WHERE c.subscription = p_subscription
      AND c.part = p_part
      AND EXISTS (
          SELECT FROM commondata.parked_key AS k
          WHERE k.subscription = p_subscription AND k.part = p_part
      );
    PERFORM commondata.move_cursor(p_subscription, p_part::smallint, p_batch_start, p_batch_end);
    IF pos_at IS NOT NULL THEN
        PERFORM commondata.park_followers(
            sub, p_part::smallint, p_batch_start, pos_at, p_batch_end);
    END IF;
    PERFORM commondata.write_receipt(p_subscription, p_part::smallint, p_seqs, p_node);
END
$$;
COMMENT ON FUNCTION commondata.finish(text, integer, bigint, bigint, bigint[], text) IS
    'Moves the cursor over a batch and writes its receipt, in the transaction that did the work';

CREATE FUNCTION commondata.write_receipt(
    p_subscription text,
    p_part         smallint,
    p_seqs         bigint[],
    p_node         text
) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    INSERT INTO commondata.receipt_batch (subscription, part, first_seq, last_seq, seqs, node)
    SELECT p_subscription, p_part, min(s.seq), max(s.seq), p_seqs, p_node
    FROM unnest(p_seqs) AS s (seq)
    HAVING count(*) > 0;
END
$$;
COMMENT ON FUNCTION commondata.write_receipt IS 'One receipt for the positions of one commit';

GRANT EXECUTE ON FUNCTION
    commondata.next_batch(text, integer, integer, integer[]),
    commondata.finish(text, integer, bigint, bigint, bigint[], text)
TO commondata_service;

-- look: the one statement by which a node polls, for all subscriptions it reads: stamps, and says
-- which of them have something, in how many parts. Uses no transaction id when nothing is there.
-- With p_notify, a round that stamped something sends one NOTIFY, which says who sent it, so that
-- the others look at once. A hint only: whoever misses it looks at the end of its rest. Who looks
-- because it heard one stamps nothing (p_stamp): else two nodes would wake each other for ever.
-- A row without a subscription says that some of what is committed has no position yet: 0 if
-- another session stamps just now, so look again soon; 1 if this was a slice of a round, so look at
-- once.
--
-- The commit doesn't wait for the disk. A batch read from these positions lies behind them in the
-- WAL and is not committed before both are on the disk; so a crash of the server takes away only
-- positions that nobody has used for good, and the next look gives them again.
CREATE FUNCTION commondata.look(
    p_subscriptions text[],
    p_sender        text,
    p_notify        boolean,
    p_stamp         boolean DEFAULT true
) RETURNS TABLE (subscription text, parts integer)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET jit = off
AS $$
DECLARE
    stamped bigint := 0;
BEGIN
    IF p_stamp THEN
        stamped := commondata.stamp();
    END IF;
    IF stamped > 0 THEN
        PERFORM set_config('synchronous_commit', 'off', true);
        IF p_notify THEN
            PERFORM pg_notify('commondata_stamped', p_sender);
        END IF;
        RETURN QUERY
        SELECT NULL::text, 1
        FROM commondata.sequencer AS z
        WHERE z.goal IS NOT NULL;
    ELSIF stamped < 0 THEN
        RETURN QUERY SELECT NULL::text, 0;
    END IF;
    RETURN QUERY
    SELECT w.subscription, count(*)::integer
    FROM (
        SELECT c.subscription, c.part
        FROM commondata.subscription AS s
        CROSS JOIN LATERAL unnest(s.types) AS wanted (type)
        JOIN commondata.type_head AS t ON t.type = wanted.type
        JOIN commondata.cursor AS c
            ON c.subscription = s.name
            AND c.part = t.part
            AND c.pos < t.head
            AND (c.paused_until IS NULL OR c.paused_until <= clock_timestamp())
        WHERE s.name = ANY (p_subscriptions)
          AND NOT s.paused
          AND NOT EXISTS (
              SELECT FROM commondata.full_chain AS f
              WHERE f.subscription = c.subscription AND f.part = c.part
          )
        UNION
        SELECT k.subscription, k.part
        FROM commondata.parked_key AS k
        JOIN commondata.subscription AS s ON s.name = k.subscription
        WHERE k.subscription = ANY (p_subscriptions)
          AND NOT k.held
          -- As a value: no index can be asked for what each row asks the clock for.
          AND k.next_attempt_at <= (SELECT clock_timestamp())
          AND NOT s.paused
    ) AS w
    GROUP BY w.subscription;
END
$$;
COMMENT ON FUNCTION commondata.look IS
    'Stamps, and returns which of these subscriptions have something, in how many parts';

GRANT EXECUTE ON FUNCTION commondata.look(text[], text, boolean, boolean) TO commondata_node;

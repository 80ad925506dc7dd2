-- Letting a reader go that nobody will start again: its cursors, chains and marks go, so that
-- retention no longer keeps the log for it, and its name is free. What it has done stays: receipts
-- are put aside as by a rewind, and dead letters are kept; open ones are closed, for nobody is left
-- who could try them again.
--
-- remove_subscription is called by the operator's login, audited; removal_plan by readers.

ALTER TABLE commondata.dead_letter DROP CONSTRAINT dead_letter_subscription_fkey;
ALTER TABLE commondata.receipt_before_rewind
    DROP CONSTRAINT receipt_before_rewind_subscription_fkey;
COMMENT ON TABLE commondata.receipt_before_rewind IS
    'Receipts of passes that a rewind has taken back, and of readers that were removed';

CREATE TYPE commondata.removal AS (
    waiting     bigint,
    parked      bigint,
    parked_keys bigint,
    dead        bigint,
    read_at     timestamptz,
    refusal     text
);
COMMENT ON TYPE commondata.removal IS 'What is lost with a reader, and why it can''t be removed';

-- removal_plan: what remove_subscription would do; no row, if there is no such reader. A poll that
-- finds nothing writes nothing, so whether a node runs the reader is told by what it did last, and
-- by its being paused, which a node obeys.
CREATE FUNCTION commondata.removal_plan(p_subscription text) RETURNS SETOF commondata.removal
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN QUERY
    SELECT
        l.waiting,
        l.parked,
        l.parked_keys,
        l.dead,
        r.read_at,
        CASE
            WHEN NOT s.paused THEN
                'it is not paused: pause it, so that no node is at it'
            WHEN r.read_at > clock_timestamp() - interval '10 minutes' THEN
                'it was read less than ten minutes ago: stop the nodes that read it, and wait'
            WHEN s.four_eyes AND l.dead > 0 THEN
                'its open dead letters would be closed without a second person: discard or replay '
                'them first, and have that confirmed'
        END
    FROM commondata.subscription AS s
    JOIN commondata.lag AS l ON l.subscription = s.name
    CROSS JOIN LATERAL (
        SELECT greatest(
            (
                SELECT max(c.moved_at)
                FROM commondata.cursor AS c
                WHERE c.subscription = s.name
            ),
            (
                SELECT max(m.marked_at)
                FROM commondata.work_mark AS m
                WHERE m.subscription = s.name
            ),
            (
                SELECT max(greatest(k.parked_at, k.failed_at, k.tried_at))
                FROM commondata.parked_key AS k
                WHERE k.subscription = s.name
            )) AS read_at
    ) AS r
    WHERE s.name = p_subscription;
END
$$;
COMMENT ON FUNCTION commondata.removal_plan IS
    'What is lost if a reader is removed, and why it can''t be, if so; changes nothing';

-- remove_subscription: says what removal_plan says; with a refusal, nothing was done, and nobody
-- who reads had to wait. The locks on the cursors keep a batch from being under way. They come
-- first, as with whoever reads: he has his cursor when what he writes looks for the subscription.
CREATE FUNCTION commondata.remove_subscription(
    p_subscription text,
    p_actor        text,
    p_reason       text
) RETURNS SETOF commondata.removal
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET lock_timeout = '10s'
AS $$
DECLARE
    gone   commondata.subscription;
    plan   commondata.removal;
    now_at timestamptz := clock_timestamp();
BEGIN
    SELECT p.* INTO plan FROM commondata.removal_plan(p_subscription) AS p;
    IF plan.refusal IS NOT NULL THEN
        RETURN NEXT plan;
        RETURN;
    END IF;
    PERFORM
    FROM commondata.cursor AS c
    WHERE c.subscription = p_subscription
    ORDER BY c.part
    FOR UPDATE;
    SELECT s.* INTO gone
    FROM commondata.subscription AS s
    WHERE s.name = p_subscription
    FOR UPDATE;
    -- Once more: it may have been resumed, and read, in between.
    SELECT p.* INTO plan FROM commondata.removal_plan(p_subscription) AS p;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    IF plan.refusal IS NOT NULL THEN
        RETURN NEXT plan;
        RETURN;
    END IF;
    DELETE FROM commondata.letter_proposal AS p
    USING commondata.dead_letter AS d
    WHERE d.id = p.letter AND d.subscription = p_subscription;
    UPDATE commondata.dead_letter AS d
    SET
        state = 'DISCARDED',
        closed_at = now_at,
        closed_by = p_actor,
        reason = 'its reader was removed: ' || p_reason
    WHERE d.subscription = p_subscription AND d.state = 'OPEN';
    PERFORM commondata.take_back(p_subscription, c.part, -1, now_at)
    FROM commondata.cursor AS c
    WHERE c.subscription = p_subscription;
    DELETE FROM commondata.type_change AS t WHERE t.subscription = p_subscription;
    DELETE FROM commondata.cursor AS c WHERE c.subscription = p_subscription;
    DELETE FROM commondata.subscription AS s WHERE s.name = p_subscription;
    PERFORM commondata.audit(
        p_actor,
        'remove',
        'subscription ' || p_subscription,
        p_reason,
        to_jsonb(gone) || jsonb_build_object(
            'waiting', plan.waiting, 'parked', plan.parked, 'dead', plan.dead));
    RETURN NEXT plan;
END
$$;
COMMENT ON FUNCTION commondata.remove_subscription IS
    'Removes a reader and what waits for it, audited; its receipts and dead letters stay';

GRANT EXECUTE ON FUNCTION commondata.removal_plan(text) TO commondata_reader;
GRANT EXECUTE ON FUNCTION commondata.remove_subscription(text, text, text)
    TO commondata_operator;

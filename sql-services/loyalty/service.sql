-- The service loyalty, whole: takes one batch of payments, gives or takes points, and says who
-- reached a tier. Plain SQL, no psql commands: psql runs it, and so does ./commondata sql. Under
-- the login loyalty_service. Its last result is how many events there were, and whether there was
-- anything; run.sh calls it again until there was nothing.
--
-- Every event is handled in a block with an exception clause, which is a savepoint: an event that
-- fails undoes its own rows only and is refused, and its key waits, with what follows it. An outage
-- (deadlock, full disk) is refused by fail() and rolls the batch back, take_batch() included. Then
-- finish() has nothing to end and unsays begin_batch(): no event is blamed for the end of a
-- session.

-- Says what this session is about to take, so that an event which ends it is found. In a
-- transaction of its own.
SELECT set_config('loyalty.waiting', commondata.begin_batch('loyalty')::text, false);

BEGIN;

DO $$
DECLARE
    event     commondata.batch_event;
    untouched bigint[] := '{}';
    given     bigint;
    holder    record;
    reached   text;
BEGIN
    PERFORM set_config('loyalty.outage', '', false);
    FOR event IN SELECT b.* FROM commondata.take_batch('loyalty', 100) AS b LOOP
        CONTINUE WHEN event.seq = ANY (untouched);
        BEGIN
            given := floor((event.payload ->> 'amount')::numeric)
                * CASE event.type WHEN 'payment.received' THEN 1 ELSE -1 END;

            INSERT INTO loyalty.account AS a (customer_id, points)
            VALUES (event.payload ->> 'customerId', given)
            ON CONFLICT (customer_id) DO UPDATE
            SET points = a.points + excluded.points, changed_at = clock_timestamp()
            RETURNING a.customer_id, a.points, a.tier INTO holder;

            INSERT INTO loyalty.entry (event_id, customer_id, order_id, points)
            VALUES (event.event_id, holder.customer_id, event.payload ->> 'orderId', given);

            reached := CASE
                WHEN holder.points >= 200 THEN 'GOLD'
                WHEN holder.points >= 50 AND holder.tier = 'NONE' THEN 'SILVER'
                ELSE holder.tier
            END;
            IF reached <> holder.tier THEN
                UPDATE loyalty.account SET tier = reached
                WHERE customer_id = holder.customer_id;
                PERFORM commondata.publish(
                    'loyalty.tier-reached',
                    holder.customer_id,
                    jsonb_build_object('customerId', holder.customer_id, 'tier', reached),
                    correlation_id => event.correlation_id,
                    causation_id => event.event_id,
                    business_date => event.business_date);
            END IF;
        EXCEPTION WHEN OTHERS THEN
            untouched := untouched
                || commondata.fail('loyalty', event.seq, SQLERRM, SQLSTATE);
        END;
    END LOOP;
EXCEPTION WHEN OTHERS THEN
    PERFORM set_config('loyalty.outage', SQLERRM, false);
END
$$;

SELECT commondata.finish('loyalty') AS events, current_setting('loyalty.waiting') AS waiting;

COMMIT;

DO $$
BEGIN
    IF current_setting('loyalty.outage') <> '' THEN
        RAISE EXCEPTION 'the batch was rolled back: %', current_setting('loyalty.outage');
    END IF;
END
$$;

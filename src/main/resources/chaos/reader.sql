-- The third reader of a chaos run, in SQL alone: a batch as service.sql of loyalty takes one, run
-- again and again. An event that fails fails by chance, and in the end, when handlers are mended,
-- no more: attempts that a program in SQL counts of its own would be rolled back with its work.
-- It rests at each event, so that whoever ends its session meets a batch.

SELECT commondata.begin_batch('chaos-sql');

BEGIN;

DO $$
DECLARE
    event     commondata.batch_event;
    untouched bigint[] := '{}';
BEGIN
    PERFORM set_config('chaos.outage', '', false);
    FOR event IN SELECT b.* FROM commondata.take_batch('chaos-sql', 20) AS b LOOP
        CONTINUE WHEN event.seq = ANY (untouched);
        BEGIN
            INSERT INTO chaos.effect (subscription, key, n, node)
            VALUES (
                'chaos-sql',
                event.key,
                (event.payload ->> 'n')::bigint,
                current_setting('application_name'));
            PERFORM pg_sleep(0.003);
            IF (event.payload ->> 'fails')::integer > 0
               AND random() < 0.6
               AND NOT EXISTS (SELECT FROM chaos.mended) THEN
                RAISE EXCEPTION 'event % of key "%" fails', event.payload ->> 'n', event.key;
            END IF;
        EXCEPTION WHEN OTHERS THEN
            untouched := untouched
                || commondata.fail('chaos-sql', event.seq, SQLERRM, SQLSTATE);
        END;
    END LOOP;
EXCEPTION WHEN OTHERS THEN
    PERFORM set_config('chaos.outage', SQLERRM, false);
END
$$;

SELECT commondata.finish('chaos-sql') AS events;

COMMIT;

DO $$
BEGIN
    IF current_setting('chaos.outage') <> '' THEN
        RAISE EXCEPTION 'the batch was rolled back: %', current_setting('chaos.outage');
    END IF;
END
$$;

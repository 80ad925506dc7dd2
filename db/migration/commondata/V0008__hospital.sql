-- The operator's acts. Each writes who and why in the same transaction.
CREATE FUNCTION commondata.replay_dead_letter(p_id bigint, p_actor text, p_reason text)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    letter commondata.dead_letter;
BEGIN
    SELECT d.* INTO letter FROM commondata.dead_letter AS d WHERE d.id = p_id;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    PERFORM FROM commondata.cursor AS c
    WHERE c.subscription = letter.subscription AND c.part = letter.part
    FOR UPDATE;
    UPDATE commondata.dead_letter AS d
    SET state = 'REPLAYED', closed_at = clock_timestamp(), closed_by = p_actor, reason = p_reason
    WHERE d.id = p_id AND d.state = 'OPEN';
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    INSERT INTO commondata.parked_key (subscription, part, key, error_class, error_message)
    VALUES (letter.subscription, letter.part, letter.key, letter.error_class, letter.error_message)
    ON CONFLICT (subscription, part, key) DO UPDATE
    SET attempts = 0, held = false, next_attempt_at = clock_timestamp();
    INSERT INTO commondata.parked_event (subscription, part, key, seq, stamped_at, letter)
    VALUES (letter.subscription, letter.part, letter.key, letter.seq, letter.stamped_at, p_id);
    UPDATE commondata.parked_key AS k
    SET chain = k.chain + 1
    WHERE (k.subscription, k.part, k.key) = (letter.subscription, letter.part, letter.key);
    PERFORM commondata.audit(
        p_actor, 'replay', 'dead letter ' || p_id, p_reason, '{"state": "OPEN"}',
        '{"state": "REPLAYED"}');
    RETURN true;
END
$$;
COMMENT ON FUNCTION commondata.replay_dead_letter IS
    'Puts an open dead letter back at the head of its key''s chain; false if it is not open';

CREATE FUNCTION commondata.discard_dead_letter(p_id bigint, p_actor text, p_reason text)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    letter commondata.dead_letter;
BEGIN
    SELECT d.* INTO letter FROM commondata.dead_letter AS d WHERE d.id = p_id;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    PERFORM FROM commondata.cursor AS c
    WHERE c.subscription = letter.subscription AND c.part = letter.part
    FOR UPDATE;
    UPDATE commondata.dead_letter AS d
    SET state = 'DISCARDED', closed_at = clock_timestamp(), closed_by = p_actor, reason = p_reason
    WHERE d.id = p_id AND d.state = 'OPEN';
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    IF EXISTS (
        SELECT FROM commondata.parked_key AS k
        WHERE (k.subscription, k.part, k.key) = (letter.subscription, letter.part, letter.key)
          AND k.held
    ) THEN
        PERFORM commondata.next_in_chain(letter.subscription, letter.part, letter.key);
    END IF;
    PERFORM commondata.audit(
        p_actor, 'discard', 'dead letter ' || p_id, p_reason, '{"state": "OPEN"}',
        '{"state": "DISCARDED"}');
    RETURN true;
END
$$;
COMMENT ON FUNCTION commondata.discard_dead_letter IS
    'Gives an open dead letter up and lets its key go on; false if it is not open';

GRANT EXECUTE ON FUNCTION
    commondata.replay_dead_letter(bigint, text, text),
    commondata.discard_dead_letter(bigint, text, text)
TO commondata_operator;

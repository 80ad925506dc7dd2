-- The hospital: what an operator does with dead letters. Each act and its row in operator_act are
-- one transaction. An act is on one letter; many letters are a set, frozen when it is made, whose
-- letters are acted on one by one: slowly if wished, and further after a crash.
--
-- Nothing is published again: a replayed letter goes to the head of its key's chain, of its own
-- reader, from the copy: other readers don't see it, and the log may be gone. An edited letter is a
-- new letter with an event_id of its own; the one it was made of keeps its payload.
--
-- Written by the functions below, read by readers, kept for ever.

-- Four eyes (subscription.four_eyes): the first act waits here for a second operator, who says up
-- to which number he has seen proposals. Numbers are those of operator_act: they grow in the order
-- of commits, so what was proposed, or replaced a proposal, after his look has a higher one.
CREATE TABLE commondata.letter_proposal (
    letter      bigint      PRIMARY KEY REFERENCES commondata.dead_letter (id),
    number      bigint      NOT NULL,
    act         text        NOT NULL,
    payload     jsonb,
    actor       text        NOT NULL,
    reason      text        NOT NULL,
    proposed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT act_is_known CHECK (act IN ('replay', 'edit', 'discard')),
    CONSTRAINT edit_has_payload CHECK ((act = 'edit') = (payload IS NOT NULL))
);
COMMENT ON TABLE commondata.letter_proposal IS
    'Acts on dead letters that wait for a second operator''s confirmation';
COMMENT ON COLUMN commondata.letter_proposal.letter IS 'Dead letter';
COMMENT ON COLUMN commondata.letter_proposal.number IS 'operator_act.id of the proposal';
COMMENT ON COLUMN commondata.letter_proposal.act IS 'replay | edit | discard';
COMMENT ON COLUMN commondata.letter_proposal.payload IS 'edit: the payload as it shall be';
COMMENT ON COLUMN commondata.letter_proposal.actor IS 'Who proposes it';
COMMENT ON COLUMN commondata.letter_proposal.reason IS 'Why';
COMMENT ON COLUMN commondata.letter_proposal.proposed_at IS 'When';
-- Not the payload: it may hold personal data.
REVOKE SELECT ON commondata.letter_proposal FROM commondata_reader;
GRANT SELECT (letter, number, act, actor, reason, proposed_at)
    ON commondata.letter_proposal TO commondata_reader;

CREATE TABLE commondata.letter_set (
    id      bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    act     text        NOT NULL,
    actor   text        NOT NULL,
    reason  text        NOT NULL,
    made_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    seen    bigint,
    CONSTRAINT act_is_known CHECK (act IN ('replay', 'discard', 'confirm')),
    CONSTRAINT confirm_says_what_was_seen CHECK ((act = 'confirm') = (seen IS NOT NULL))
);
COMMENT ON TABLE commondata.letter_set IS 'Dead letters that one command acts on';
COMMENT ON COLUMN commondata.letter_set.id IS 'Number an operator names it by';
COMMENT ON COLUMN commondata.letter_set.act IS 'replay | discard | confirm';
COMMENT ON COLUMN commondata.letter_set.actor IS 'Who';
COMMENT ON COLUMN commondata.letter_set.reason IS 'Why';
COMMENT ON COLUMN commondata.letter_set.made_at IS 'When it was frozen';
COMMENT ON COLUMN commondata.letter_set.seen IS
    'confirm: number up to which the operator has seen proposals';

CREATE TABLE commondata.letter_set_item (
    letter_set bigint      NOT NULL REFERENCES commondata.letter_set (id),
    letter     bigint      NOT NULL REFERENCES commondata.dead_letter (id),
    place      bigint      NOT NULL,
    result     text,
    done_at    timestamptz,
    PRIMARY KEY (letter_set, letter),
    CONSTRAINT result_has_time CHECK ((result IS NULL) = (done_at IS NULL))
);
-- For next_in_set: the first that is left, without a walk over those that are done.
CREATE INDEX letter_set_item_todo ON commondata.letter_set_item (letter_set, place)
WHERE result IS NULL;
COMMENT ON TABLE commondata.letter_set_item IS 'The letters of a set, and what became of each';
COMMENT ON COLUMN commondata.letter_set_item.letter_set IS 'Set';
COMMENT ON COLUMN commondata.letter_set_item.letter IS 'Dead letter';
COMMENT ON COLUMN commondata.letter_set_item.place IS
    'Its turn: letters of a part go in the order of their events, not of their numbers';
COMMENT ON COLUMN commondata.letter_set_item.result IS 'As act_on_letter says; NULL: to be done';
COMMENT ON COLUMN commondata.letter_set_item.done_at IS 'When it was acted on';

-- Values of two payloads that differ, by JSON pointer.
CREATE FUNCTION commondata.json_diff(before jsonb, after jsonb, path text DEFAULT '')
RETURNS TABLE (pointer text, was jsonb, is_now jsonb)
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    step text;
BEGIN
    IF before IS NOT DISTINCT FROM after THEN
        RETURN;
    ELSIF jsonb_typeof(before) = 'object' AND jsonb_typeof(after) = 'object' THEN
        FOR step IN
            SELECT k.name
            FROM (
                SELECT jsonb_object_keys(before) AS name
                UNION
                SELECT jsonb_object_keys(after)
            ) AS k
            ORDER BY k.name
        LOOP
            RETURN QUERY
            SELECT d.pointer, d.was, d.is_now
            FROM commondata.json_diff(
                before -> step, after -> step,
                path || '/' || replace(replace(step, '~', '~0'), '/', '~1')) AS d;
        END LOOP;
    ELSIF jsonb_typeof(before) = 'array' AND jsonb_typeof(after) = 'array' THEN
        FOR n IN 0 .. greatest(jsonb_array_length(before), jsonb_array_length(after)) - 1 LOOP
            RETURN QUERY
            SELECT d.pointer, d.was, d.is_now
            FROM commondata.json_diff(before -> n, after -> n, path || '/' || n) AS d;
        END LOOP;
    ELSE
        RETURN QUERY SELECT path, before, after;
    END IF;
END
$$;
COMMENT ON FUNCTION commondata.json_diff IS
    'What differs between two JSON values, by JSON pointer; NULL where there is nothing';

-- What an edit would change. Values and names that may be personal are shown as ***; where they are
-- is shown, and so is whether a guess of one is right: that is for operators alone.
CREATE FUNCTION commondata.letter_changes(p_letter bigint, p_payload jsonb)
RETURNS TABLE (pointer text, was jsonb, is_now jsonb)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT
        commondata.masked_pointer(f.pointer, t.schema),
        CASE WHEN f.was IS NOT NULL THEN coalesce(m.was #> s.steps, '"***"') END,
        CASE WHEN f.is_now IS NOT NULL THEN coalesce(m.is_now #> s.steps, '"***"') END
    FROM commondata.dead_letter AS d
    LEFT JOIN commondata.event_type AS t
        ON t.type = d.type
        AND t.version = d.version
    CROSS JOIN LATERAL (
        SELECT
            commondata.masked(d.payload, t.schema) AS was,
            commondata.masked(p_payload, t.schema) AS is_now
    ) AS m
    CROSS JOIN LATERAL commondata.json_diff(d.payload, p_payload) AS f
    CROSS JOIN LATERAL (
        SELECT coalesce(
            array_agg(replace(replace(p.step, '~1', '/'), '~0', '~') ORDER BY p.n), '{}') AS steps
        FROM string_to_table(substr(f.pointer, 2), '/') WITH ORDINALITY AS p (step, n)
        WHERE f.pointer <> ''
    ) AS s
    WHERE d.id = p_letter;
END
$$;
COMMENT ON FUNCTION commondata.letter_changes IS 'What an edit of a dead letter would change';

CREATE FUNCTION commondata.proposed_changes(p_letter bigint)
RETURNS TABLE (pointer text, was jsonb, is_now jsonb)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN QUERY
    SELECT c.pointer, c.was, c.is_now
    FROM commondata.letter_proposal AS p
    CROSS JOIN LATERAL commondata.letter_changes(p.letter, p.payload) AS c
    WHERE p.letter = p_letter
      AND p.act = 'edit';
END
$$;
COMMENT ON FUNCTION commondata.proposed_changes IS
    'What an edit that waits for a second operator would change';
GRANT EXECUTE ON FUNCTION
    commondata.letter_changes(bigint, jsonb),
    commondata.proposed_changes(bigint)
TO commondata_operator;

-- A replayed letter stands at the head of its key's chain: its position is the lowest, but for
-- other letters of the key. One of those may hold the key, and then lies before it or behind it.
CREATE FUNCTION commondata.chain_letter(letter commondata.dead_letter) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    INSERT INTO commondata.parked_key (
        subscription, part, key, chain, cause, error_class, error_message)
    VALUES (
        letter.subscription, letter.part, letter.key, 1, 'REPLAYED', letter.error_class,
        letter.error_message)
    ON CONFLICT (subscription, part, key) DO UPDATE
    SET
        attempts = 0,
        spared = 0,
        tried_by = NULL,
        crash_count = 0,
        tries = 0,
        cause = 'REPLAYED',
        chain = parked_key.chain + 1,
        next_attempt_at = clock_timestamp();
    INSERT INTO commondata.parked_event (subscription, part, key, seq, stamped_at, letter)
    VALUES (
        letter.subscription, letter.part, letter.key, letter.seq, letter.stamped_at, letter.id);
    UPDATE commondata.parked_key AS k
    SET held = commondata.is_held(k.subscription, k.part, k.key)
    WHERE (k.subscription, k.part, k.key) = (letter.subscription, letter.part, letter.key);
END
$$;
COMMENT ON FUNCTION commondata.chain_letter IS 'Puts a letter into its key''s chain';

-- Makes a letter with another payload of one that is closed as EDITED.
CREATE FUNCTION commondata.edited_copy(letter commondata.dead_letter, p_payload jsonb)
RETURNS commondata.dead_letter
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    copy commondata.dead_letter;
BEGIN
    IF commondata.payload_bytes(p_payload) > commondata.payload_bytes_max() THEN
        RAISE EXCEPTION 'the edited payload of dead letter % has % bytes, more than %',
            letter.id, commondata.payload_bytes(p_payload), commondata.payload_bytes_max()
            USING ERRCODE = 'program_limit_exceeded';
    END IF;
    INSERT INTO commondata.dead_letter (
        subscription, part, seq, stamped_at, event_id, type, version, key, correlation_id,
        business_date, payload, attempts, error_class, error_message, node, state, died_at,
        closed_at, closed_by, reason, source, kind, causation_id, reply_to, occurred_at,
        traceparent, edited_from)
    VALUES (
        letter.subscription, letter.part, letter.seq, letter.stamped_at, commondata.new_event_id(),
        letter.type, letter.version, letter.key, letter.correlation_id, letter.business_date,
        p_payload, letter.attempts, letter.error_class, letter.error_message, letter.node,
        'REPLAYED', letter.died_at, letter.closed_at, letter.closed_by, letter.reason,
        letter.source, letter.kind, letter.causation_id, letter.reply_to, letter.occurred_at,
        letter.traceparent, letter.id)
    RETURNING * INTO copy;
    RETURN copy;
END
$$;
COMMENT ON FUNCTION commondata.edited_copy IS 'A new letter with the payload as it shall be';

-- Does an act on a letter that is open and whose part is locked, with its row in operator_act.
CREATE FUNCTION commondata.treat_letter(
    p_letter  bigint,
    p_act     text,
    p_payload jsonb,
    p_actor   text,
    p_reason  text,
    p_before  jsonb
) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    letter commondata.dead_letter;
    copy   commondata.dead_letter;
    after  jsonb;
BEGIN
    UPDATE commondata.dead_letter AS d
    SET
        state = CASE p_act
            WHEN 'replay' THEN 'REPLAYED'
            WHEN 'edit' THEN 'EDITED'
            ELSE 'DISCARDED'
        END,
        closed_at = clock_timestamp(),
        closed_by = p_actor,
        reason = p_reason
    WHERE d.id = p_letter
    RETURNING d.* INTO letter;
    after := jsonb_build_object('state', letter.state);
    IF p_act = 'replay' THEN
        PERFORM commondata.chain_letter(letter);
    ELSIF p_act = 'edit' THEN
        copy := commondata.edited_copy(letter, p_payload);
        PERFORM commondata.chain_letter(copy);
        -- Where it was changed, not what: the values stand in the two letters. Acts are kept for
        -- ever: so without names that may be personal.
        after := after || jsonb_build_object(
            'letter', copy.id,
            'changed', (
                SELECT jsonb_agg(commondata.masked_pointer(f.pointer, t.schema))
                FROM commondata.json_diff(letter.payload, p_payload) AS f
                LEFT JOIN commondata.event_type AS t
                    ON t.type = letter.type
                    AND t.version = letter.version
            ));
    ELSIF EXISTS (
        SELECT FROM commondata.parked_key AS k
        WHERE (k.subscription, k.part, k.key) = (letter.subscription, letter.part, letter.key)
          AND k.held
    ) THEN
        PERFORM commondata.next_in_chain(letter.subscription, letter.part, letter.key);
    END IF;
    PERFORM commondata.audit(
        p_actor, p_act, 'dead letter ' || p_letter, p_reason, p_before, after);
END
$$;
COMMENT ON FUNCTION commondata.treat_letter IS 'Does an act on an open letter, audited';

-- act_on_letter: what an operator does with one letter. Two operators at once have one effect: the
-- part's lock, then the letter's state decide. Says what became of it:
--   DONE        it is done
--   PROPOSED    it waits for a second operator (four eyes)
--   SAME_ACTOR  confirm: whoever proposed it can't confirm it
--   UNSEEN      confirm: what is proposed now has a higher number than what the operator has seen
--   NOT_OPEN    somebody has closed the letter; or confirm: nobody has proposed anything
--   MISSING     there is no such letter
CREATE FUNCTION commondata.act_on_letter(
    p_letter  bigint,
    p_act     text,
    p_actor   text,
    p_reason  text,
    p_payload jsonb  DEFAULT NULL,
    p_seen    bigint DEFAULT NULL
) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    letter   commondata.dead_letter;
    proposed commondata.letter_proposal;
    two      boolean;
    number   bigint;
BEGIN
    IF p_act NOT IN ('replay', 'edit', 'discard', 'confirm')
       OR (p_act = 'edit') <> (p_payload IS NOT NULL) THEN
        RAISE EXCEPTION 'act "%" on dead letter % is not known, or has no use for its payload',
            p_act, p_letter
            USING ERRCODE = 'invalid_parameter_value',
                  HINT = 'An act is replay, discard, confirm, or edit with a payload.';
    END IF;
    IF (p_act = 'confirm') <> (p_seen IS NOT NULL) THEN
        RAISE EXCEPTION 'act "%" on dead letter % % the number of a proposal',
            p_act, p_letter, CASE p_act WHEN 'confirm' THEN 'needs' ELSE 'has no use for' END
            USING ERRCODE = 'invalid_parameter_value',
                  HINT = 'Who confirms says what he has seen: letter_proposal.number.';
    END IF;
    SELECT d.* INTO letter FROM commondata.dead_letter AS d WHERE d.id = p_letter;
    IF NOT FOUND THEN
        RETURN 'MISSING';
    END IF;
    PERFORM FROM commondata.cursor AS c
    WHERE c.subscription = letter.subscription AND c.part = letter.part
    FOR UPDATE;
    PERFORM FROM commondata.dead_letter AS d WHERE d.id = p_letter AND d.state = 'OPEN' FOR UPDATE;
    IF NOT FOUND THEN
        RETURN 'NOT_OPEN';
    END IF;
    SELECT p.* INTO proposed FROM commondata.letter_proposal AS p WHERE p.letter = p_letter;
    IF p_act = 'confirm' THEN
        IF proposed.letter IS NULL THEN
            RETURN 'NOT_OPEN';
        ELSIF proposed.actor = p_actor THEN
            RETURN 'SAME_ACTOR';
        ELSIF proposed.number > p_seen THEN
            RETURN 'UNSEEN';
        END IF;
        DELETE FROM commondata.letter_proposal AS p WHERE p.letter = p_letter;
        PERFORM commondata.treat_letter(
            p_letter, proposed.act, proposed.payload, p_actor, p_reason,
            jsonb_build_object(
                'state', 'OPEN', 'proposedBy', proposed.actor, 'proposedBecause', proposed.reason));
        RETURN 'DONE';
    END IF;

    SELECT s.four_eyes INTO two
    FROM commondata.subscription AS s
    WHERE s.name = letter.subscription;
    IF NOT two THEN
        PERFORM commondata.treat_letter(
            p_letter, p_act, p_payload, p_actor, p_reason, '{"state": "OPEN"}');
        RETURN 'DONE';
    END IF;
    number := commondata.audit(
        p_actor, 'propose ' || p_act, 'dead letter ' || p_letter, p_reason,
        CASE WHEN proposed.letter IS NOT NULL THEN
            jsonb_build_object('proposed', proposed.act, 'by', proposed.actor)
        END,
        jsonb_build_object('proposed', p_act));
    INSERT INTO commondata.letter_proposal AS p (letter, number, act, payload, actor, reason)
    VALUES (p_letter, number, p_act, p_payload, p_actor, p_reason)
    ON CONFLICT (letter) DO UPDATE
    SET
        number = excluded.number,
        act = excluded.act,
        payload = excluded.payload,
        actor = excluded.actor,
        reason = excluded.reason,
        proposed_at = clock_timestamp();
    RETURN 'PROPOSED';
END
$$;
COMMENT ON FUNCTION commondata.act_on_letter IS
    'Replays, edits or discards a dead letter, or confirms what another operator has proposed';

-- make_letter_set: freezes which letters are meant. What dies later is not in it.
CREATE FUNCTION commondata.make_letter_set(
    p_act     text,
    p_letters bigint[],
    p_actor   text,
    p_reason  text,
    p_seen    bigint DEFAULT NULL
) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    WITH made AS (
        INSERT INTO commondata.letter_set (act, actor, reason, seen)
        VALUES (p_act, p_actor, p_reason, p_seen)
        RETURNING id
    ),
    items AS (
        INSERT INTO commondata.letter_set_item (letter_set, letter, place)
        SELECT m.id, l.id, row_number() OVER (ORDER BY d.subscription, d.part, d.seq, l.id)
        FROM made AS m
        CROSS JOIN (SELECT DISTINCT u.id FROM unnest(p_letters) AS u (id)) AS l
        LEFT JOIN commondata.dead_letter AS d ON d.id = l.id
    )
    SELECT m.id FROM made AS m;
END;
COMMENT ON FUNCTION commondata.make_letter_set IS
    'Freezes a set of dead letters to act on; returns its number';

-- next_in_set: acts on the next letter of a set that nobody has acted on, in one transaction with
-- the note that it is done. A crash leaves it to be done; two who go through one set share it.
CREATE FUNCTION commondata.next_in_set(p_set bigint)
RETURNS TABLE (letter bigint, result text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    its    commondata.letter_set;
    item   bigint;
    became text;
BEGIN
    SELECT s.* INTO its FROM commondata.letter_set AS s WHERE s.id = p_set;
    SELECT i.letter INTO item
    FROM commondata.letter_set_item AS i
    WHERE i.letter_set = p_set AND i.result IS NULL
    ORDER BY i.place
    LIMIT 1
    FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    became := commondata.act_on_letter(
        item, its.act, its.actor, its.reason, p_seen => its.seen);
    UPDATE commondata.letter_set_item AS i
    SET result = became, done_at = clock_timestamp()
    WHERE i.letter_set = p_set AND i.letter = item;
    RETURN QUERY SELECT item, became;
END
$$;
COMMENT ON FUNCTION commondata.next_in_set IS
    'Acts on the next letter of a set; no row when all are done';

GRANT EXECUTE ON FUNCTION
    commondata.act_on_letter(bigint, text, text, text, jsonb, bigint),
    commondata.make_letter_set(text, bigint[], text, text, bigint),
    commondata.next_in_set(bigint)
TO commondata_operator;

-- Revealing personal data: an operator's act, with a reason, kept like any other. It takes two
-- transactions: ask_reveal keeps the act and commits; then the payload is read, by the number of
-- that act. In one, a roll-back would undo the act after the look. Who asked may look once, soon:
-- the reason is that of this look.
--
-- Written by ask_reveal, and by the functions that look: a row is there until it was used.

CREATE TABLE commondata.reveal (
    act      bigint      PRIMARY KEY REFERENCES commondata.operator_act (id),
    login    name        NOT NULL,
    target   text        NOT NULL,
    tx       xid8        NOT NULL,
    asked_at timestamptz NOT NULL
);
COMMENT ON TABLE commondata.reveal IS
    'Looks at personal data that were asked for and not taken yet';
COMMENT ON COLUMN commondata.reveal.act IS 'operator_act.id of the look';
COMMENT ON COLUMN commondata.reveal.login IS 'Login that asked; no other may look';
COMMENT ON COLUMN commondata.reveal.target IS 'At what, such as: dead letter 7';
COMMENT ON COLUMN commondata.reveal.tx IS 'Transaction that asked; the look comes after it';
COMMENT ON COLUMN commondata.reveal.asked_at IS 'When, by the server''s clock';

CREATE FUNCTION commondata.ask_reveal(p_target text, p_actor text, p_reason text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    act bigint;
BEGIN
    IF (p_target ~ '^(event [0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|dead letter [0-9]+)$')
       IS NOT TRUE THEN
        RAISE EXCEPTION '"%" is nothing that can be revealed', left(p_target, 50)
            USING ERRCODE = 'invalid_parameter_value',
                  HINT = 'Ask for event ID, in lower case, or for dead letter NUMBER.';
    END IF;
    DELETE FROM commondata.reveal AS r WHERE r.asked_at < clock_timestamp() - interval '5 minutes';
    act := commondata.audit(p_actor, 'reveal', p_target, p_reason);
    INSERT INTO commondata.reveal (act, login, target, tx, asked_at)
    VALUES (act, session_user, p_target, pg_current_xact_id(), clock_timestamp());
    RETURN act;
END
$$;
COMMENT ON FUNCTION commondata.ask_reveal IS
    'Keeps the act of a look at personal data, and returns its number; commit before you look';

-- A row that is seen and that another transaction wrote is committed.
CREATE FUNCTION commondata.take_reveal(p_act bigint, p_target text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    DELETE FROM commondata.reveal AS r
    WHERE r.act = p_act
      AND r.login = session_user
      AND r.target = p_target
      AND r.tx <> pg_current_xact_id()
      AND r.asked_at > clock_timestamp() - interval '5 minutes';
    IF NOT FOUND THEN
        RAISE EXCEPTION 'act % does not let login "%" look at % now', p_act, session_user, p_target
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  HINT = 'Call ask_reveal() for it, commit, and look once within five minutes, '
                      'under the same login.';
    END IF;
END
$$;
COMMENT ON FUNCTION commondata.take_reveal IS
    'Fails unless this login has asked for a look, in an earlier transaction, and not had it yet';

-- An id says when it was made, by its maker's clock: the event is looked for around that time, and
-- if it isn't there, in the whole log, which takes as long as reading it.
CREATE FUNCTION commondata.reveal_event(p_event_id uuid, p_act bigint) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    revealed jsonb;
BEGIN
    PERFORM commondata.take_reveal(p_act, 'event ' || p_event_id);
    SELECT o.payload INTO revealed
    FROM commondata.outbox AS o
    WHERE o.event_id = p_event_id
      AND o.occurred_at >= commondata.made_at(p_event_id) - interval '1 minute'
      AND o.occurred_at <= commondata.made_at(p_event_id) + interval '1 minute'
    LIMIT 1;
    IF NOT FOUND THEN
        SELECT o.payload INTO revealed
        FROM commondata.outbox AS o
        WHERE o.event_id = p_event_id
        LIMIT 1;
    END IF;
    RETURN revealed;
END
$$;
COMMENT ON FUNCTION commondata.reveal_event IS
    'Payload of an event with its personal data, by an act of ask_reveal; NULL: no such event';

CREATE FUNCTION commondata.reveal_dead_letter(p_id bigint, p_act bigint) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM commondata.take_reveal(p_act, 'dead letter ' || p_id);
    RETURN (SELECT d.payload FROM commondata.dead_letter AS d WHERE d.id = p_id);
END
$$;
COMMENT ON FUNCTION commondata.reveal_dead_letter IS
    'Payload of a dead letter with its personal data, by an act of ask_reveal; NULL: there is none';

CREATE FUNCTION commondata.reveal_proposed_changes(p_letter bigint, p_act bigint)
RETURNS TABLE (pointer text, was jsonb, is_now jsonb)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM commondata.take_reveal(p_act, 'dead letter ' || p_letter);
    RETURN QUERY
    SELECT f.pointer, f.was, f.is_now
    FROM commondata.letter_proposal AS p
    JOIN commondata.dead_letter AS d ON d.id = p.letter
    CROSS JOIN LATERAL commondata.json_diff(d.payload, p.payload) AS f
    WHERE p.letter = p_letter
      AND p.act = 'edit';
END
$$;
COMMENT ON FUNCTION commondata.reveal_proposed_changes IS
    'What a proposed edit would change, with its personal data, by an act of ask_reveal';

GRANT EXECUTE ON FUNCTION
    commondata.ask_reveal(text, text, text),
    commondata.reveal_event(uuid, bigint),
    commondata.reveal_dead_letter(bigint, bigint),
    commondata.reveal_proposed_changes(bigint, bigint)
TO commondata_operator;

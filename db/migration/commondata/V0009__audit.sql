-- What operators did: one row an act, written by the function that does the act, in the same
-- transaction. So there is no act without its row, and no row without its act. Read by readers.
-- Kept for ever; nobody has INSERT, UPDATE or DELETE, and a trigger refuses the last two even to
-- the owner.
--
-- The rows are a chain: each holds the SHA-256 of its own text and of the hash before it. Somebody
-- who gets past grants and trigger (a superuser) and changes, removes or inserts a row breaks the
-- chain at that row; who cuts off its end is found by audit_head. Who recomputes the whole chain
-- and the head is found only by a hash that was written down elsewhere: ./commondata audit shows
-- it.

CREATE TABLE commondata.operator_act (
    id            bigint      PRIMARY KEY,
    acted_at      timestamptz NOT NULL,
    login         text        NOT NULL,
    actor         text        NOT NULL,
    act           text        NOT NULL,
    target        text        NOT NULL,
    reason        text        NOT NULL,
    before        jsonb,
    after         jsonb,
    previous_hash text        NOT NULL,
    hash          text        NOT NULL
);
COMMENT ON TABLE commondata.operator_act IS
    'What operators did, one row an act, chained by hashes; written by audit() only';
COMMENT ON COLUMN commondata.operator_act.id IS 'Number of the act: 1, 2, 3 ... without a gap';
COMMENT ON COLUMN commondata.operator_act.acted_at IS 'When, by the server''s clock';
COMMENT ON COLUMN commondata.operator_act.login IS 'Login under which it was done';
COMMENT ON COLUMN commondata.operator_act.actor IS 'Who, as the program in front of them says';
COMMENT ON COLUMN commondata.operator_act.act IS 'What, as a verb: pause, replay, discard ...';
COMMENT ON COLUMN commondata.operator_act.target IS 'To what, such as: dead letter 7';
COMMENT ON COLUMN commondata.operator_act.reason IS 'Why';
COMMENT ON COLUMN commondata.operator_act.before IS 'What the act changed, as it was';
COMMENT ON COLUMN commondata.operator_act.after IS 'What the act changed, as it is since';
COMMENT ON COLUMN commondata.operator_act.previous_hash IS 'hash of the act before; zeros: none';
COMMENT ON COLUMN commondata.operator_act.hash IS 'SHA-256 of previous_hash and this row''s text';

CREATE TABLE commondata.audit_head (
    only_row boolean PRIMARY KEY DEFAULT true,
    id       bigint  NOT NULL,
    hash     text    NOT NULL,
    CONSTRAINT one_row CHECK (only_row)
) WITH (fillfactor = 50);
COMMENT ON TABLE commondata.audit_head IS
    'One row: the last act. Its lock makes acts take their place in the chain one by one';
COMMENT ON COLUMN commondata.audit_head.only_row IS 'Keeps the table at one row';
COMMENT ON COLUMN commondata.audit_head.id IS 'Number of the last act; 0 before the first';
COMMENT ON COLUMN commondata.audit_head.hash IS 'Hash of the last act; zeros before the first';
INSERT INTO commondata.audit_head (id, hash) VALUES (0, repeat('0', 64));

-- The text that is hashed: a JSON array, since its commas and quotes can't be mistaken for those
-- of a value; times in UTC, whatever the session's zone is.
CREATE FUNCTION commondata.act_hash(done commondata.operator_act) RETURNS text
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT encode(
        sha256(
            convert_to(
                jsonb_build_array(
                    done.previous_hash,
                    done.id,
                    to_char(done.acted_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
                    done.login,
                    done.actor,
                    done.act,
                    done.target,
                    done.reason,
                    done.before,
                    done.after)::text,
                'UTF8')),
        'hex');
END;
COMMENT ON FUNCTION commondata.act_hash IS 'What the hash of an act must be';
GRANT EXECUTE ON FUNCTION commondata.act_hash(commondata.operator_act) TO commondata_reader;

-- audit: called by functions that act, with the owner's rights; granted to nobody. Call it last:
-- the lock on the head lasts until the transaction ends, and other acts wait for it.
CREATE FUNCTION commondata.audit(
    p_actor  text,
    p_act    text,
    p_target text,
    p_reason text,
    p_before jsonb DEFAULT NULL,
    p_after  jsonb DEFAULT NULL
) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    done commondata.operator_act;
BEGIN
    IF coalesce(btrim(p_actor), '') = '' OR coalesce(btrim(p_reason), '') = '' THEN
        RAISE EXCEPTION '% of % needs an actor and a reason: both are kept with the act',
            p_act, p_target
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    SELECT h.id + 1, h.hash INTO done.id, done.previous_hash
    FROM commondata.audit_head AS h
    FOR UPDATE;
    done.acted_at := clock_timestamp();
    done.login := session_user;
    done.actor := p_actor;
    done.act := p_act;
    done.target := p_target;
    done.reason := p_reason;
    done.before := p_before;
    done.after := p_after;
    done.hash := commondata.act_hash(done);
    INSERT INTO commondata.operator_act (
        id, acted_at, login, actor, act, target, reason, before, after, previous_hash, hash)
    VALUES (
        done.id, done.acted_at, done.login, done.actor, done.act, done.target, done.reason,
        done.before, done.after, done.previous_hash, done.hash);
    UPDATE commondata.audit_head SET id = done.id, hash = done.hash;
    RETURN done.id;
END
$$;
COMMENT ON FUNCTION commondata.audit IS
    'Adds an act to the chain, in the transaction that does it; returns its number';

CREATE FUNCTION commondata.refuse_change_of_act() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION 'acts of operators are never changed or removed'
        USING ERRCODE = 'insufficient_privilege',
              HINT = 'Do the opposite act; it gets a row of its own.';
END
$$;
COMMENT ON FUNCTION commondata.refuse_change_of_act() IS 'Keeps rows of operator_act as they are';
REVOKE EXECUTE ON FUNCTION commondata.refuse_change_of_act() FROM PUBLIC;
CREATE TRIGGER stays_as_it_is BEFORE UPDATE OR DELETE OR TRUNCATE ON commondata.operator_act
    FOR EACH STATEMENT EXECUTE FUNCTION commondata.refuse_change_of_act();

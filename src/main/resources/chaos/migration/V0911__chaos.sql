-- Tables of ./commondata chaos, in a scratch home that is thrown away. Written by chaos_service: by
-- producers (counter, published, in one transaction with their event) and by the three readers
-- (effect, in the reader's transaction). effect has no unique key, so that a double would show.

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'chaos_service') THEN
        CREATE ROLE chaos_service LOGIN;
    END IF;
    GRANT commondata_service TO chaos_service;
END
$$;

CREATE SCHEMA chaos;

CREATE TABLE chaos.counter (
    key text   PRIMARY KEY,
    n   bigint NOT NULL
);

CREATE TABLE chaos.published (
    request text   PRIMARY KEY,
    key     text   NOT NULL,
    n       bigint NOT NULL
);

CREATE TABLE chaos.effect (
    position     bigint GENERATED ALWAYS AS IDENTITY,
    subscription text   NOT NULL,
    key          text   NOT NULL,
    n            bigint NOT NULL,
    node         text   NOT NULL
);

-- How often handlers have met an event that fails; counted apart, so that a roll-back keeps it.
CREATE TABLE chaos.met (
    key text   NOT NULL,
    n   bigint NOT NULL
);

-- Whether handlers that fail for ever have been mended.
CREATE TABLE chaos.mended (
    mended_at timestamptz NOT NULL
);

GRANT USAGE ON SCHEMA chaos TO chaos_service;
GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA chaos TO chaos_service;

SELECT commondata.register_type('chaos.done');
SELECT commondata.create_subscription(
    'chaos-hold', 'chaos_service', ARRAY['chaos.done'], on_dead => 'HOLD', max_attempts => 2);
SELECT commondata.create_subscription('chaos-flow', 'chaos_service', ARRAY['chaos.done']);
SELECT commondata.create_subscription(
    'chaos-sql', 'chaos_service', ARRAY['chaos.done'], on_dead => 'HOLD', max_attempts => 2);
UPDATE commondata.subscription
SET backoff_ms = 20, backoff_max_ms = 200, time_limit_ms = 5000
WHERE name IN ('chaos-hold', 'chaos-flow', 'chaos-sql');

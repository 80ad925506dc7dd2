-- The kit's schema and roles. Runs as the owner's login, who needs CREATEROLE and CREATE on the
-- database. Logins get their passwords from the migrator after this file, never from here.
--
--   commondata_service   group: what every service may do with the shared log
--   commondata_reader    group: SELECT on everything, changes nothing
--   commondata_console   login: reads (member of commondata_reader)
--   commondata_operator  login: reads, and acts through functions granted to it
--   commondata_node      login: what a node does for all its services: stamps, looks who has work
--   commondata_quartz    login: owns nothing, works in the schema quartz only

DO $$
DECLARE
    wanted record;
BEGIN
    FOR wanted IN
        SELECT r.name, r.login
        FROM (VALUES
            ('commondata_service', 'NOLOGIN'),
            ('commondata_reader', 'NOLOGIN'),
            ('commondata_console', 'LOGIN'),
            ('commondata_operator', 'LOGIN'),
            ('commondata_node', 'LOGIN'),
            ('commondata_quartz', 'LOGIN')
        ) AS r (name, login)
    LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted.name) THEN
            EXECUTE format('CREATE ROLE %I %s', wanted.name, wanted.login);
        END IF;
    END LOOP;
    -- A stamp that a crash of the server takes back is done again, and whatever was built on it is
    -- flushed after it or not at all: so it need not wait for the disk.
    ALTER ROLE commondata_node SET synchronous_commit = off;
    -- A node that stands still keeps its connections and so its locks: after a minute in which
    -- nothing is said in a transaction, the server ends it, and another node takes the part. (Where
    -- a handler may take more than half of that, later: see allow_silence.)
    EXECUTE format(
        'ALTER DATABASE %I SET idle_in_transaction_session_timeout = %L',
        current_database(), '60s');
    -- A node whose host is gone says nothing for ever: the server asks for it after a minute.
    EXECUTE format('ALTER DATABASE %I SET tcp_keepalives_idle = 60', current_database());
    EXECUTE format('ALTER DATABASE %I SET tcp_keepalives_interval = 10', current_database());
    EXECUTE format('ALTER DATABASE %I SET tcp_keepalives_count = 6', current_database());
    -- A node that is gone is not missed by a statement that only works, or waits for a lock: the
    -- server looks each second, and frees its parts. Some systems can't tell: there it goes to the
    -- end of the statement.
    BEGIN
        EXECUTE format(
            'ALTER DATABASE %I SET client_connection_check_interval = %L',
            current_database(), '1s');
    EXCEPTION
        WHEN invalid_parameter_value THEN
            RAISE NOTICE '%', SQLERRM;
    END;
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format(
        'GRANT CONNECT ON DATABASE %I '
        'TO commondata_service, commondata_reader, commondata_node, commondata_quartz',
        current_database());
END
$$;

GRANT commondata_reader TO commondata_console, commondata_operator;

ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;

CREATE SCHEMA IF NOT EXISTS commondata;
COMMENT ON SCHEMA commondata IS 'The kit: the shared log, its readers, jobs, runs and files';

CREATE SCHEMA staging;
COMMENT ON SCHEMA staging IS 'Records of a file between COPY and merge; emptied by each load';

CREATE SCHEMA published;
COMMENT ON SCHEMA published IS 'Read-only views: all that a service may see of another';

GRANT USAGE ON SCHEMA commondata TO commondata_service, commondata_reader, commondata_node;
GRANT USAGE ON SCHEMA published TO commondata_service, commondata_reader;
GRANT USAGE ON SCHEMA staging TO commondata_service, commondata_reader;

-- The migrator's own table is there before this file; all others come after it.
GRANT SELECT ON ALL TABLES IN SCHEMA commondata TO commondata_reader;
ALTER DEFAULT PRIVILEGES IN SCHEMA commondata GRANT SELECT ON TABLES TO commondata_reader;
ALTER DEFAULT PRIVILEGES IN SCHEMA published GRANT SELECT ON TABLES TO commondata_reader;
ALTER DEFAULT PRIVILEGES IN SCHEMA published GRANT SELECT ON TABLES TO commondata_service;
ALTER DEFAULT PRIVILEGES IN SCHEMA staging GRANT SELECT ON TABLES TO commondata_reader;

-- Commondata as a contestant: one login that publishes and reads, one subscription to begin with.

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'peers_service') THEN
        CREATE ROLE peers_service LOGIN;
    END IF;
    GRANT commondata_service TO peers_service;
END
$$;

GRANT USAGE ON SCHEMA public TO peers_service;
GRANT SELECT, INSERT ON public.business, public.effect TO peers_service;

SELECT commondata.register_type('peers.done');
SELECT commondata.register_type('peers.never');
SELECT commondata.create_subscription('peers-1', 'peers_service', ARRAY['peers.done']);

-- What a node reads that has nothing to do with the events above.
SELECT commondata.create_subscription('peers-0', 'peers_service', ARRAY['peers.never']);

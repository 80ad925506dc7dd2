-- MusicCorp's logins: one a service, and one for reports. Each may write its own schema, read
-- published, use the shared log under its own name, and nothing else.

DO $$
DECLARE
    service text;
BEGIN
    FOREACH service IN ARRAY ARRAY[
        'order_service', 'payment_service', 'fraud_service', 'warehouse_service',
        'shipping_service', 'notification_service', 'customer_service', 'catalog_service',
        'reporting_service'
    ] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = service) THEN
            EXECUTE format('CREATE ROLE %I LOGIN', service);
        END IF;
        EXECUTE format('GRANT commondata_service TO %I', service);
    END LOOP;
END
$$;

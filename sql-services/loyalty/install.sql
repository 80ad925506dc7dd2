-- Installs the service loyalty: its login, its schema, its subscription. Run once, by the owner:
--
--   ./commondata sql --login commondata_owner --file sql-services/loyalty/install.sql
--
-- loyalty.entry is written by service.sql under the login loyalty_service; others see
-- published.loyalty. Rows are kept for ever.

BEGIN;

CREATE ROLE loyalty_service LOGIN;
GRANT commondata_service TO loyalty_service;

CREATE SCHEMA loyalty;
COMMENT ON SCHEMA loyalty IS 'Service loyalty: a point for each whole unit of money';

CREATE TABLE loyalty.account (
    customer_id text        PRIMARY KEY,
    points      bigint      NOT NULL DEFAULT 0,
    tier        text        NOT NULL DEFAULT 'NONE',
    changed_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT tier_is_known CHECK (tier IN ('NONE', 'SILVER', 'GOLD'))
);
COMMENT ON TABLE loyalty.account IS 'One row a customer';
COMMENT ON COLUMN loyalty.account.customer_id IS 'Customer';
COMMENT ON COLUMN loyalty.account.points IS 'Sum of the customer''s entries';
COMMENT ON COLUMN loyalty.account.tier IS 'Highest tier reached: NONE | SILVER | GOLD';
COMMENT ON COLUMN loyalty.account.changed_at IS 'When the row last changed';

CREATE TABLE loyalty.entry (
    event_id    uuid           PRIMARY KEY,
    customer_id text           NOT NULL REFERENCES loyalty.account (customer_id),
    order_id    text           NOT NULL,
    points      bigint         NOT NULL,
    entered_at  timestamptz    NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE loyalty.entry IS 'One row an event that gave or took points; never changed';
COMMENT ON COLUMN loyalty.entry.event_id IS 'Event that caused it: the same one never counts twice';
COMMENT ON COLUMN loyalty.entry.customer_id IS 'Customer';
COMMENT ON COLUMN loyalty.entry.order_id IS 'Order';
COMMENT ON COLUMN loyalty.entry.points IS 'Given (positive) or taken back (negative)';
COMMENT ON COLUMN loyalty.entry.entered_at IS 'When';

CREATE VIEW published.loyalty AS
SELECT customer_id, points, tier
FROM loyalty.account;
COMMENT ON VIEW published.loyalty IS 'Points and tier of customers';

GRANT USAGE ON SCHEMA loyalty TO loyalty_service, commondata_reader;
GRANT SELECT, INSERT, UPDATE ON loyalty.account TO loyalty_service;
GRANT SELECT, INSERT ON loyalty.entry TO loyalty_service;
GRANT SELECT ON ALL TABLES IN SCHEMA loyalty TO commondata_reader;

-- What it may publish; the schema is checked by whoever wants to.
SELECT commondata.register_type(
    'loyalty.tier-reached',
    1,
    '{
        "title": "loyalty.tier-reached v1",
        "description": "A customer has reached a tier. Key: customerId.",
        "type": "object",
        "additionalProperties": false,
        "required": ["customerId", "tier"],
        "properties": {
            "customerId": {"type": "string", "minLength": 1, "maxLength": 200},
            "tier": {"enum": ["SILVER", "GOLD"]}
        }
    }');

-- What it reads, from the beginning of the log.
SELECT commondata.create_subscription(
    'loyalty',
    'loyalty_service',
    ARRAY['payment.received', 'payment.refunded', 'payment.charged-back'],
    max_attempts => 3);

COMMIT;

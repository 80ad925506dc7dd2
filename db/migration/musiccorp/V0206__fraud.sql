-- Fraud. fraud.flag is computed in the background by the job fraud-flags, so that taking a payment
-- is one primary-key look-up in published.fraud_flag. Written under the login fraud_service. Rows
-- are kept for ever, flags until they are cleared.

CREATE SCHEMA fraud;
COMMENT ON SCHEMA fraud IS 'Service fraud: who is flagged, and why';

CREATE TABLE fraud.customer (
    customer_id   text        PRIMARY KEY,
    country       text        NOT NULL,
    registered_at timestamptz NOT NULL
);
COMMENT ON TABLE fraud.customer IS 'Customers as fraud knows them, from customer.registered';
COMMENT ON COLUMN fraud.customer.customer_id IS 'Customer';
COMMENT ON COLUMN fraud.customer.country IS 'Country';
COMMENT ON COLUMN fraud.customer.registered_at IS 'When the event was published';

CREATE TABLE fraud.charge_back (
    order_id        text           PRIMARY KEY,
    customer_id     text           NOT NULL,
    amount          numeric(12, 2) NOT NULL,
    business_date   date           NOT NULL,
    charged_back_at timestamptz    NOT NULL
);
CREATE INDEX charge_back_by_customer ON fraud.charge_back (customer_id);
COMMENT ON TABLE fraud.charge_back IS 'Charge-backs as fraud knows them, from payment.charged-back';
COMMENT ON COLUMN fraud.charge_back.order_id IS 'Order';
COMMENT ON COLUMN fraud.charge_back.customer_id IS 'Customer';
COMMENT ON COLUMN fraud.charge_back.amount IS 'How much';
COMMENT ON COLUMN fraud.charge_back.business_date IS 'Day the bank took it back';
COMMENT ON COLUMN fraud.charge_back.charged_back_at IS 'When the event was published';

CREATE TABLE fraud.flag (
    customer_id   text        PRIMARY KEY,
    rule          text        NOT NULL,
    reason        text        NOT NULL,
    business_date date        NOT NULL,
    computed_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    run           bigint      NOT NULL
);
COMMENT ON TABLE fraud.flag IS 'One row a flagged customer: the first rule that says so';
COMMENT ON COLUMN fraud.flag.customer_id IS 'Customer';
COMMENT ON COLUMN fraud.flag.rule IS 'CHARGE_BACKS | VELOCITY | AMOUNT';
COMMENT ON COLUMN fraud.flag.reason IS 'The figures behind it, in words';
COMMENT ON COLUMN fraud.flag.business_date IS 'Day it was computed for';
COMMENT ON COLUMN fraud.flag.computed_at IS 'When it was computed';
COMMENT ON COLUMN fraud.flag.run IS 'Run (commondata.run) that raised it';

CREATE VIEW published.fraud_flag AS
SELECT customer_id, rule, reason, computed_at
FROM fraud.flag;
COMMENT ON VIEW published.fraud_flag IS 'Flagged customers: one primary-key look-up';

GRANT USAGE ON SCHEMA fraud TO fraud_service, commondata_reader;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA fraud TO fraud_service;
GRANT SELECT ON ALL TABLES IN SCHEMA fraud TO commondata_reader;
SELECT commondata.register_job('fraud-flags', 'fraud_service');
SELECT commondata.create_subscription(
    'fraud',
    'fraud_service',
    ARRAY['customer.registered', 'payment.charged-back']);

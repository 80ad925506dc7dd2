-- Customers. Written by the feed customers (login customer_service), read by others through
-- published.customer and customer.registered events. Rows are kept for ever.

CREATE SCHEMA customer;
COMMENT ON SCHEMA customer IS 'Service customer: who buys';

CREATE TABLE customer.customer (
    customer_id   text        PRIMARY KEY,
    name          text        NOT NULL,
    email         text        NOT NULL,
    street        text        NOT NULL,
    city          text        NOT NULL,
    postal_code   text        NOT NULL,
    country       text        NOT NULL,
    file          bigint      NOT NULL,
    line          bigint      NOT NULL,
    registered_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    changed_at    timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE customer.customer IS 'One row a customer';
COMMENT ON COLUMN customer.customer.customer_id IS 'Business id';
COMMENT ON COLUMN customer.customer.name IS 'Full name';
COMMENT ON COLUMN customer.customer.email IS 'Where mail goes';
COMMENT ON COLUMN customer.customer.street IS 'Street and number';
COMMENT ON COLUMN customer.customer.city IS 'City';
COMMENT ON COLUMN customer.customer.postal_code IS 'Postal code, empty if there is none';
COMMENT ON COLUMN customer.customer.country IS 'Country';
COMMENT ON COLUMN customer.customer.file IS 'File (commondata.file) the row came from last';
COMMENT ON COLUMN customer.customer.line IS 'Line in that file';
COMMENT ON COLUMN customer.customer.registered_at IS 'When the customer was first seen';
COMMENT ON COLUMN customer.customer.changed_at IS 'When the row last changed';

CREATE VIEW published.customer AS
SELECT customer_id, name, email, street, city, postal_code, country
FROM customer.customer;
COMMENT ON VIEW published.customer IS 'Customers with where to reach them';

CREATE UNLOGGED TABLE staging.customer (
    file        bigint NOT NULL,
    line        bigint NOT NULL,
    customer_id text,
    name        text,
    email       text,
    street      text,
    city        text,
    postal_code text,
    country     text
);
COMMENT ON TABLE staging.customer IS 'Records of a customer file between COPY and merge';

GRANT USAGE ON SCHEMA customer TO customer_service, commondata_reader;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA customer TO customer_service;
GRANT SELECT ON ALL TABLES IN SCHEMA customer TO commondata_reader;
GRANT SELECT, INSERT, DELETE, TRUNCATE ON staging.customer TO customer_service;
SELECT commondata.register_job('customers', 'customer_service');

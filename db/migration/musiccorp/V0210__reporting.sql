-- Reporting: a star schema, filled by the job warehouse-extract from published views (login
-- reporting_service). A business date is replaced as a whole, so a second run changes nothing.

CREATE SCHEMA reporting;
COMMENT ON SCHEMA reporting IS 'Star schema for reports, one business date at a time';

CREATE TABLE reporting.customer (
    customer_id text PRIMARY KEY,
    city        text NOT NULL,
    country     text NOT NULL
);
COMMENT ON TABLE reporting.customer IS 'Dimension: customers, without names';
COMMENT ON COLUMN reporting.customer.customer_id IS 'Customer';
COMMENT ON COLUMN reporting.customer.city IS 'City';
COMMENT ON COLUMN reporting.customer.country IS 'Country';

CREATE TABLE reporting.item (
    sku    text PRIMARY KEY,
    title  text NOT NULL,
    artist text NOT NULL
);
COMMENT ON TABLE reporting.item IS 'Dimension: items';
COMMENT ON COLUMN reporting.item.sku IS 'Item';
COMMENT ON COLUMN reporting.item.title IS 'Title';
COMMENT ON COLUMN reporting.item.artist IS 'Artist';

CREATE TABLE reporting.sale (
    business_date date           NOT NULL,
    order_id      text           NOT NULL,
    line_no       integer        NOT NULL,
    customer_id   text           NOT NULL REFERENCES reporting.customer (customer_id),
    sku           text           NOT NULL REFERENCES reporting.item (sku),
    quantity      integer        NOT NULL,
    amount        numeric(12, 2) NOT NULL,
    order_state   text           NOT NULL,
    run           bigint         NOT NULL,
    PRIMARY KEY (business_date, order_id, line_no)
);
COMMENT ON TABLE reporting.sale IS 'Facts: one row an order line';
COMMENT ON COLUMN reporting.sale.business_date IS 'Day';
COMMENT ON COLUMN reporting.sale.order_id IS 'Order';
COMMENT ON COLUMN reporting.sale.line_no IS 'Line of the order';
COMMENT ON COLUMN reporting.sale.customer_id IS 'Customer';
COMMENT ON COLUMN reporting.sale.sku IS 'Item';
COMMENT ON COLUMN reporting.sale.quantity IS 'How many';
COMMENT ON COLUMN reporting.sale.amount IS 'Quantity times price';
COMMENT ON COLUMN reporting.sale.order_state IS 'State of the order when it was extracted';
COMMENT ON COLUMN reporting.sale.run IS 'Run that wrote the row';

GRANT USAGE ON SCHEMA reporting TO reporting_service, commondata_reader;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA reporting TO reporting_service;
GRANT SELECT ON ALL TABLES IN SCHEMA reporting TO commondata_reader;
SELECT commondata.register_job('warehouse-extract', 'reporting_service');

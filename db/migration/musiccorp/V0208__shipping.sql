-- Shipping: labels, manifests to the carrier, tracking from it. Written by the shipping service,
-- the job carrier-manifest and the feed carrier-tracking, all under the login shipping_service.
-- Rows are kept for ever. shipment_to_manifest serves the manifest's export.

CREATE SCHEMA shipping;
COMMENT ON SCHEMA shipping IS 'Service shipping: parcels on their way';

CREATE TABLE shipping.shipment (
    order_id      text        PRIMARY KEY,
    tracking_no   text        NOT NULL UNIQUE,
    customer_id   text        NOT NULL,
    recipient     text        NOT NULL,
    street        text        NOT NULL,
    city          text        NOT NULL,
    postal_code   text        NOT NULL,
    country       text        NOT NULL,
    state         text        NOT NULL DEFAULT 'LABELLED',
    business_date date        NOT NULL,
    manifest_run  bigint,
    labelled_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    changed_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT state_is_known CHECK (
        state IN ('LABELLED', 'MANIFESTED', 'SHIPPED', 'DELIVERED'))
);
CREATE INDEX shipment_to_manifest ON shipping.shipment (order_id) WHERE state = 'LABELLED';
COMMENT ON TABLE shipping.shipment IS 'One row a parcel: one an order';
COMMENT ON COLUMN shipping.shipment.order_id IS 'Order';
COMMENT ON COLUMN shipping.shipment.tracking_no IS 'Number the carrier knows it by';
COMMENT ON COLUMN shipping.shipment.customer_id IS 'Customer';
COMMENT ON COLUMN shipping.shipment.recipient IS 'Name on the label';
COMMENT ON COLUMN shipping.shipment.street IS 'Street on the label';
COMMENT ON COLUMN shipping.shipment.city IS 'City on the label';
COMMENT ON COLUMN shipping.shipment.postal_code IS 'Postal code on the label';
COMMENT ON COLUMN shipping.shipment.country IS 'Country on the label';
COMMENT ON COLUMN shipping.shipment.state IS 'LABELLED | MANIFESTED | SHIPPED | DELIVERED';
COMMENT ON COLUMN shipping.shipment.business_date IS 'Day of the order';
COMMENT ON COLUMN shipping.shipment.manifest_run IS 'Run (commondata.run) that told the carrier';
COMMENT ON COLUMN shipping.shipment.labelled_at IS 'When the label was made';
COMMENT ON COLUMN shipping.shipment.changed_at IS 'When the row last changed';

CREATE TABLE shipping.tracking (
    file        bigint NOT NULL,
    line        bigint NOT NULL,
    tracking_no text   NOT NULL,
    order_id    text   NOT NULL,
    status      text   NOT NULL,
    status_on   date   NOT NULL,
    PRIMARY KEY (file, line),
    CONSTRAINT status_is_known CHECK (status IN ('SHIPPED', 'DELIVERED'))
);
CREATE INDEX tracking_by_order ON shipping.tracking (order_id);
COMMENT ON TABLE shipping.tracking IS 'Every record of every carrier-tracking file';
COMMENT ON COLUMN shipping.tracking.file IS 'File (commondata.file)';
COMMENT ON COLUMN shipping.tracking.line IS 'Line in that file';
COMMENT ON COLUMN shipping.tracking.tracking_no IS 'Parcel';
COMMENT ON COLUMN shipping.tracking.order_id IS 'Order of the parcel';
COMMENT ON COLUMN shipping.tracking.status IS 'SHIPPED | DELIVERED';
COMMENT ON COLUMN shipping.tracking.status_on IS 'Day of the status';

CREATE UNLOGGED TABLE staging.carrier_tracking (
    file        bigint NOT NULL,
    line        bigint NOT NULL,
    tracking_no text,
    status      text,
    status_on   date
);
COMMENT ON TABLE staging.carrier_tracking IS
    'Records of a carrier-tracking file between COPY and merge';

GRANT USAGE ON SCHEMA shipping TO shipping_service, commondata_reader;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA shipping TO shipping_service;
GRANT SELECT ON ALL TABLES IN SCHEMA shipping TO commondata_reader;
GRANT SELECT, INSERT, DELETE, TRUNCATE ON staging.carrier_tracking TO shipping_service;
SELECT commondata.register_job('carrier-manifest', 'shipping_service');
SELECT commondata.register_job('carrier-tracking', 'shipping_service');
SELECT commondata.create_subscription(
    'shipping',
    'shipping_service',
    ARRAY['order.packaged'],
    on_dead => 'HOLD');

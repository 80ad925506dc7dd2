-- Catalog: what MusicCorp sells. Written by the feed catalog (login catalog_service), read by
-- others through published.catalog_item. Rows are kept for ever; a price changes in place.
-- item_by_line serves the events of a file, which are published some lines at a time.

CREATE SCHEMA catalog;
COMMENT ON SCHEMA catalog IS 'Service catalog: what is sold, and for how much';

CREATE TABLE catalog.item (
    sku           text           PRIMARY KEY,
    title         text           NOT NULL,
    artist        text           NOT NULL,
    album         text           NOT NULL,
    genre         text           NOT NULL,
    unit_price    numeric(12, 2) NOT NULL,
    initial_stock integer        NOT NULL,
    file          bigint         NOT NULL,
    line          bigint         NOT NULL,
    changed_at    timestamptz    NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT price_is_not_negative CHECK (unit_price >= 0),
    CONSTRAINT stock_is_not_negative CHECK (initial_stock >= 0)
);
CREATE INDEX item_by_line ON catalog.item (file, line);
COMMENT ON TABLE catalog.item IS 'One row a thing that is sold';
COMMENT ON COLUMN catalog.item.sku IS 'Stock keeping unit: the business id';
COMMENT ON COLUMN catalog.item.title IS 'Title of the recording';
COMMENT ON COLUMN catalog.item.artist IS 'Who plays';
COMMENT ON COLUMN catalog.item.album IS 'Album, empty if there is none';
COMMENT ON COLUMN catalog.item.genre IS 'Genre, empty if there is none';
COMMENT ON COLUMN catalog.item.unit_price IS 'Price of one';
COMMENT ON COLUMN catalog.item.initial_stock IS 'What the warehouse starts with';
COMMENT ON COLUMN catalog.item.file IS 'File (commondata.file) the row came from last';
COMMENT ON COLUMN catalog.item.line IS 'Line in that file';
COMMENT ON COLUMN catalog.item.changed_at IS 'When the row last changed';

CREATE VIEW published.catalog_item AS
SELECT sku, title, artist, unit_price
FROM catalog.item;
COMMENT ON VIEW published.catalog_item IS 'Items on sale with their prices';

CREATE UNLOGGED TABLE staging.catalog_item (
    file          bigint NOT NULL,
    line          bigint NOT NULL,
    sku           text,
    title         text,
    artist        text,
    album         text,
    genre         text,
    unit_price    numeric(12, 2),
    initial_stock integer
);
COMMENT ON TABLE staging.catalog_item IS 'Records of a catalog file between COPY and merge';

GRANT USAGE ON SCHEMA catalog TO catalog_service, commondata_reader;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA catalog TO catalog_service;
GRANT SELECT ON ALL TABLES IN SCHEMA catalog TO commondata_reader;
GRANT SELECT, INSERT, DELETE, TRUNCATE ON staging.catalog_item TO catalog_service;
SELECT commondata.register_job('catalog', 'catalog_service');

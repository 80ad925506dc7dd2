-- Tables of the jobs beside this file, whose owner is catalog_service.

CREATE SCHEMA sample;

CREATE TABLE sample.delivery (
    delivery_no text   PRIMARY KEY,
    file        bigint NOT NULL,
    line        bigint NOT NULL
);

CREATE TABLE sample.delivery_line (
    delivery_no text    NOT NULL REFERENCES sample.delivery (delivery_no),
    sku         text    NOT NULL,
    quantity    integer NOT NULL,
    file        bigint  NOT NULL,
    line        bigint  NOT NULL
);

CREATE UNLOGGED TABLE staging.delivery (
    file        bigint NOT NULL,
    line        bigint NOT NULL,
    delivery_no text
);

CREATE UNLOGGED TABLE staging.delivery_line (
    file     bigint NOT NULL,
    line     bigint NOT NULL,
    sku      text,
    quantity integer
);

CREATE TABLE sample.door_opened (
    door   text    NOT NULL,
    people integer NOT NULL,
    file   bigint  NOT NULL,
    line   bigint  NOT NULL
);

CREATE TABLE sample.door_closed (
    door text   NOT NULL,
    file bigint NOT NULL,
    line bigint NOT NULL
);

CREATE TABLE sample.account (
    account_no text           PRIMARY KEY,
    holder     text           NOT NULL,
    balance    numeric(12, 2) NOT NULL,
    file       bigint         NOT NULL,
    line       bigint         NOT NULL
);

CREATE TABLE sample.price (
    sku   text           PRIMARY KEY,
    price numeric(12, 2) NOT NULL,
    file  bigint         NOT NULL,
    line  bigint         NOT NULL
);

CREATE TABLE sample.stocktake (
    item_no    text    NOT NULL,
    item_name  text    NOT NULL,
    quantity   integer NOT NULL,
    counted_on date    NOT NULL,
    file       bigint  NOT NULL,
    line       bigint  NOT NULL
);

CREATE TABLE sample.royalty (
    artist_no text           PRIMARY KEY,
    paid_on   date           NOT NULL,
    amount    numeric(12, 2) NOT NULL,
    artist    text,
    file      bigint         NOT NULL,
    line      bigint         NOT NULL
);

CREATE TABLE sample.visit (
    visit_id   uuid        NOT NULL,
    seen_at    timestamptz NOT NULL,
    gate_clock timestamp,
    has_card   boolean     NOT NULL,
    file       bigint      NOT NULL,
    line       bigint      NOT NULL,
    PRIMARY KEY (visit_id, file)
)
PARTITION BY LIST (file);
ALTER TABLE sample.visit OWNER TO commondata_owner;
GRANT USAGE, CREATE ON SCHEMA sample TO commondata_owner;

GRANT USAGE ON SCHEMA sample TO catalog_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA sample TO catalog_service;
GRANT SELECT, INSERT, DELETE, TRUNCATE ON staging.delivery, staging.delivery_line
TO catalog_service;
INSERT INTO commondata.job (name, owner)
VALUES
    ('deliveries', 'catalog_service'),
    ('doors', 'catalog_service'),
    ('accounts', 'catalog_service'),
    ('prices', 'catalog_service'),
    ('stocktakes', 'catalog_service'),
    ('visits', 'catalog_service'),
    ('royalties', 'catalog_service');

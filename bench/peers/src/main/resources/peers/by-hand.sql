-- What one would write without a library, for scale.

-- Append-only, read by a cursor a part. It numbers at INSERT, so it loses events that commit late:
-- a bound for speed, not a design.
CREATE TABLE log (
    id      bigint   GENERATED ALWAYS AS IDENTITY,
    part    smallint NOT NULL,
    type    text     NOT NULL,
    key     text     NOT NULL,
    payload jsonb    NOT NULL,
    PRIMARY KEY (part, id)
);

CREATE TABLE log_cursor (
    part smallint PRIMARY KEY,
    pos  bigint   NOT NULL
) WITH (fillfactor = 50);
INSERT INTO log_cursor (part, pos)
SELECT n, 0
FROM generate_series(0, 7) AS n;

-- State in the row, claimed by SKIP LOCKED.
CREATE TABLE queue (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    type    text   NOT NULL,
    key     text   NOT NULL,
    status  text   NOT NULL DEFAULT 'NEW',
    payload jsonb  NOT NULL
);
CREATE INDEX queue_of_new ON queue (id) WHERE status = 'NEW';

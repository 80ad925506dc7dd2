-- What every contestant works on: one business row a transaction, one effect row a delivery.
-- Written by publishers and handlers; read by the check for lost and doubled events.

CREATE TABLE business (
    id     bigint PRIMARY KEY,
    key    text   NOT NULL,
    amount bigint NOT NULL
);

CREATE TABLE effect (
    reader integer NOT NULL,
    id     bigint  NOT NULL,
    key    text    NOT NULL
);

-- Payments. Written by the payment service, the feed bank-returns and the job reconcile-payments,
-- all under the login payment_service; read by others through published.payment and
-- published.charge_back. Rows are kept for ever.

CREATE SCHEMA payment;
COMMENT ON SCHEMA payment IS 'Service payment: money in, money back';

CREATE TABLE payment.payment (
    order_id       text           PRIMARY KEY,
    customer_id    text           NOT NULL,
    amount         numeric(12, 2) NOT NULL,
    payment_method text           NOT NULL,
    state          text           NOT NULL,
    reason         text,
    business_date  date           NOT NULL,
    decided_by     text,
    taken_at       timestamptz    NOT NULL DEFAULT clock_timestamp(),
    changed_at     timestamptz    NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT state_is_known CHECK (
        state IN ('RECEIVED', 'HELD', 'REFUSED', 'REFUNDED', 'CHARGED_BACK', 'CANCELLED')),
    CONSTRAINT amount_is_not_negative CHECK (amount >= 0)
);
COMMENT ON TABLE payment.payment IS 'One row an order';
COMMENT ON COLUMN payment.payment.order_id IS 'Order it pays';
COMMENT ON COLUMN payment.payment.customer_id IS 'Who pays';
COMMENT ON COLUMN payment.payment.amount IS 'How much';
COMMENT ON COLUMN payment.payment.payment_method IS 'How';
COMMENT ON COLUMN payment.payment.state IS
    'RECEIVED | HELD (flagged) | REFUSED | REFUNDED | CHARGED_BACK | CANCELLED (never taken)';
COMMENT ON COLUMN payment.payment.reason IS 'Why it is held, refused or given back';
COMMENT ON COLUMN payment.payment.business_date IS 'Day the order is about';
COMMENT ON COLUMN payment.payment.decided_by IS 'Operator who released or refused a held payment';
COMMENT ON COLUMN payment.payment.taken_at IS 'When the order was first seen';
COMMENT ON COLUMN payment.payment.changed_at IS 'When the row last changed';

CREATE TABLE payment.state_transition (
    from_state text NOT NULL,
    to_state   text NOT NULL,
    PRIMARY KEY (from_state, to_state)
);
COMMENT ON TABLE payment.state_transition IS 'Legal changes of payment.state; all others fail';
COMMENT ON COLUMN payment.state_transition.from_state IS 'State before';
COMMENT ON COLUMN payment.state_transition.to_state IS 'State after';
INSERT INTO payment.state_transition (from_state, to_state)
VALUES
    ('HELD', 'RECEIVED'),
    ('HELD', 'REFUSED'),
    ('HELD', 'CANCELLED'),
    ('RECEIVED', 'REFUNDED'),
    ('RECEIVED', 'CHARGED_BACK');

CREATE FUNCTION payment.refuse_illegal_transition() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM payment.state_transition AS t
        WHERE t.from_state = OLD.state AND t.to_state = NEW.state
    ) THEN
        RAISE EXCEPTION 'payment of order "%" can''t go from % to %',
            NEW.order_id, OLD.state, NEW.state
            USING ERRCODE = 'check_violation',
                  HINT = 'Legal changes stand in payment.state_transition.';
    END IF;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION payment.refuse_illegal_transition() IS 'Lets only legal changes of state pass';
CREATE TRIGGER state_changes BEFORE UPDATE OF state ON payment.payment
    FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state)
    EXECUTE FUNCTION payment.refuse_illegal_transition();

CREATE TABLE payment.entry (
    order_id  text           NOT NULL REFERENCES payment.payment (order_id),
    kind      text           NOT NULL,
    amount    numeric(12, 2) NOT NULL,
    booked_at timestamptz    NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (order_id, kind),
    CONSTRAINT sign_fits_kind CHECK (
        (kind = 'RECEIVED' AND amount >= 0)
        OR (kind IN ('REFUNDED', 'CHARGED_BACK') AND amount <= 0)
    )
);
COMMENT ON TABLE payment.entry IS
    'The money ledger: what came in and what went back; never changed';
COMMENT ON COLUMN payment.entry.order_id IS 'Order';
COMMENT ON COLUMN payment.entry.kind IS 'RECEIVED | REFUNDED | CHARGED_BACK; each at most once';
COMMENT ON COLUMN payment.entry.amount IS 'In: positive; back: negative';
COMMENT ON COLUMN payment.entry.booked_at IS 'When it was booked';

CREATE TABLE payment.bank_return (
    file        bigint         NOT NULL,
    line        bigint         NOT NULL,
    order_id    text           NOT NULL,
    returned_on date           NOT NULL,
    amount      numeric(12, 2) NOT NULL,
    reason      text           NOT NULL,
    outcome     text           NOT NULL,
    PRIMARY KEY (file, line),
    CONSTRAINT outcome_is_known CHECK (
        outcome IN ('CHARGED_BACK', 'UNKNOWN_ORDER', 'AMOUNT_DIFFERS', 'NOT_PAID', 'TWICE'))
);
CREATE INDEX bank_return_by_order ON payment.bank_return (order_id);
COMMENT ON TABLE payment.bank_return IS
    'Every record of every bank-returns file, as the bank said it';
COMMENT ON COLUMN payment.bank_return.file IS 'File (commondata.file)';
COMMENT ON COLUMN payment.bank_return.line IS 'Line in that file';
COMMENT ON COLUMN payment.bank_return.order_id IS 'Payment reference: the order';
COMMENT ON COLUMN payment.bank_return.returned_on IS 'Day the bank took the money back';
COMMENT ON COLUMN payment.bank_return.amount IS 'How much, positive';
COMMENT ON COLUMN payment.bank_return.reason IS 'Why, in the bank''s words';
COMMENT ON COLUMN payment.bank_return.outcome IS
    'CHARGED_BACK if it fits a payment; else why not: reconcile-payments rules on it';

CREATE TABLE payment.disagreement (
    business_date date           NOT NULL,
    order_id      text           NOT NULL,
    kind          text           NOT NULL,
    bank_amount   numeric(12, 2),
    our_amount    numeric(12, 2),
    ruling        text           NOT NULL,
    file          bigint,
    line          bigint,
    run           bigint         NOT NULL,
    PRIMARY KEY (business_date, order_id, kind)
);
COMMENT ON TABLE payment.disagreement IS
    'Where bank and payment table differ, with a ruling; written by reconcile-payments';
COMMENT ON COLUMN payment.disagreement.business_date IS 'Day that was reconciled';
COMMENT ON COLUMN payment.disagreement.order_id IS 'Payment reference';
COMMENT ON COLUMN payment.disagreement.kind IS 'What differs';
COMMENT ON COLUMN payment.disagreement.bank_amount IS 'Amount by the bank';
COMMENT ON COLUMN payment.disagreement.our_amount IS 'Amount by the payment table';
COMMENT ON COLUMN payment.disagreement.ruling IS 'What is to be done, and by whom';
COMMENT ON COLUMN payment.disagreement.file IS 'File (commondata.file) of the bank''s record';
COMMENT ON COLUMN payment.disagreement.line IS 'Line in that file';
COMMENT ON COLUMN payment.disagreement.run IS 'Run that found it';

CREATE VIEW published.payment AS
SELECT order_id, customer_id, amount, state, business_date, taken_at
FROM payment.payment;
COMMENT ON VIEW published.payment IS 'Payments and their state';

CREATE VIEW published.charge_back AS
SELECT p.order_id, p.customer_id, p.amount, e.booked_at AS charged_back_at, p.business_date
FROM payment.payment AS p
JOIN payment.entry AS e ON e.order_id = p.order_id AND e.kind = 'CHARGED_BACK';
COMMENT ON VIEW published.charge_back IS 'Payments that the bank took back';

CREATE UNLOGGED TABLE staging.bank_return (
    file        bigint NOT NULL,
    line        bigint NOT NULL,
    order_id    text,
    returned_on date,
    amount      numeric(12, 2),
    reason      text
);
COMMENT ON TABLE staging.bank_return IS 'Records of a bank-returns file between COPY and merge';

GRANT USAGE ON SCHEMA payment TO payment_service, commondata_reader;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA payment TO payment_service;
REVOKE INSERT, UPDATE, DELETE ON payment.state_transition FROM payment_service;
REVOKE UPDATE, DELETE ON payment.entry FROM payment_service;
GRANT SELECT ON ALL TABLES IN SCHEMA payment TO commondata_reader;
GRANT SELECT, INSERT, DELETE, TRUNCATE ON staging.bank_return TO payment_service;
SELECT commondata.register_job('bank-returns', 'payment_service');
SELECT commondata.register_job('reconcile-payments', 'payment_service');
SELECT commondata.create_subscription(
    'payment',
    'payment_service',
    ARRAY['order.placed', 'order.cancelled', 'order.rejected'],
    on_dead => 'HOLD');

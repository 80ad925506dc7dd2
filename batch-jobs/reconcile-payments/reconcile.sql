-- The bank's records of :business_date against our payments. Reads payment.bank_return,
-- payment.payment and payment.entry; writes payment.disagreement. The day is replaced as a whole,
-- so a second run comes to the same.

-- counts: nothing
DELETE FROM payment.disagreement AS d
WHERE d.business_date = :business_date;

INSERT INTO payment.disagreement (
    business_date,
    order_id,
    kind,
    bank_amount,
    our_amount,
    ruling,
    file,
    line,
    run
)
SELECT
    r.returned_on,
    r.order_id,
    r.outcome,
    sum(r.amount),
    max(p.amount),
    CASE r.outcome
        WHEN 'UNKNOWN_ORDER' THEN 'ask the bank: no order has this payment reference'
        WHEN 'AMOUNT_DIFFERS' THEN 'ask the bank: it returned another amount than was paid'
        WHEN 'NOT_PAID' THEN 'ask the bank: nothing was taken for this order, or it is given back'
        WHEN 'TWICE' THEN 'claim from the bank: it returned the same payment again'
    END,
    min(r.file),
    min(r.line),
    :run_id
FROM payment.bank_return AS r
LEFT JOIN payment.payment AS p ON p.order_id = r.order_id
WHERE r.returned_on = :business_date
  AND r.outcome <> 'CHARGED_BACK'
GROUP BY r.returned_on, r.order_id, r.outcome;

-- The other way round: money we booked as taken back without a record of the bank for it.
INSERT INTO payment.disagreement (
    business_date,
    order_id,
    kind,
    bank_amount,
    our_amount,
    ruling,
    run
)
SELECT
    :business_date,
    e.order_id,
    'NOT_AT_BANK',
    NULL,
    -e.amount,
    'ask accounting: we booked a charge-back that no bank file holds',
    :run_id
FROM payment.entry AS e
WHERE e.kind = 'CHARGED_BACK'
  AND e.booked_at >= CAST(:business_date AS date)
  AND e.booked_at < CAST(:business_date AS date) + 1
  AND NOT EXISTS (
      SELECT
      FROM payment.bank_return AS r
      WHERE r.order_id = e.order_id AND r.outcome = 'CHARGED_BACK'
  );

-- Keeps every record as the bank said it, judges it, and books those that fit a payment as
-- charge-backs. The others wait for reconcile-payments, which rules on them.

-- The payments stay as they are until the commit: nobody refunds what the bank takes back.
-- counts: nothing
SELECT count(*)
FROM (
    SELECT p.order_id
    FROM payment.payment AS p
    WHERE p.order_id IN (
        SELECT s.order_id
        FROM staging.bank_return AS s
        WHERE s.file = :file_id
    )
    ORDER BY p.order_id
    FOR UPDATE
) AS locked;

INSERT INTO payment.bank_return (
    file,
    line,
    order_id,
    returned_on,
    amount,
    reason,
    outcome
)
SELECT
    s.file,
    s.line,
    s.order_id,
    s.returned_on,
    s.amount,
    s.reason,
    CASE
        WHEN p.order_id IS NULL THEN 'UNKNOWN_ORDER'
        WHEN p.state = 'CHARGED_BACK' THEN 'TWICE'
        WHEN p.state <> 'RECEIVED' THEN 'NOT_PAID'
        WHEN p.amount <> s.amount THEN 'AMOUNT_DIFFERS'
        WHEN row_number() OVER (
            PARTITION BY s.order_id, s.amount
            ORDER BY s.line
        ) > 1 THEN 'TWICE'
        ELSE 'CHARGED_BACK'
    END
FROM staging.bank_return AS s
LEFT JOIN payment.payment AS p ON p.order_id = s.order_id
WHERE s.file = :file_id;

INSERT INTO payment.entry (
    order_id,
    kind,
    amount
)
SELECT
    r.order_id,
    'CHARGED_BACK',
    -r.amount
FROM payment.bank_return AS r
WHERE r.file = :file_id
  AND r.outcome = 'CHARGED_BACK';

UPDATE payment.payment AS p
SET
    state = 'CHARGED_BACK',
    reason = r.reason,
    changed_at = clock_timestamp()
FROM payment.bank_return AS r
WHERE r.file = :file_id
  AND r.outcome = 'CHARGED_BACK'
  AND p.order_id = r.order_id;

-- counts: events
SELECT sum(commondata.publish_all(chunk.events))
FROM (
    SELECT
        array_agg(
            CAST(
                ROW(
                    'payment.charged-back',
                    p.order_id,
                    jsonb_build_object(
                        'orderId', p.order_id,
                        'customerId', p.customer_id,
                        'amount', p.amount,
                        'reason', r.reason
                    ),
                    1,
                    NULL,
                    NULL,
                    r.returned_on,
                    'event',
                    NULL
                )
                AS commondata.new_event
            )
            ORDER BY r.line
        ) AS events
    FROM payment.bank_return AS r
    JOIN payment.payment AS p ON p.order_id = r.order_id
    WHERE r.file = :file_id
      AND r.outcome = 'CHARGED_BACK'
    GROUP BY r.line / 10000
    ORDER BY r.line / 10000
) AS chunk;

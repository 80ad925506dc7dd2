INSERT INTO payment.payment (
    order_id, customer_id, amount, payment_method, state, business_date)
VALUES
    ('O-1', 'C-1', 12.50, 'card-ok', 'RECEIVED', '2026-11-18'),
    ('O-2', 'C-1', 3.00, 'card-ok', 'RECEIVED', '2026-11-18'),
    ('O-3', 'C-2', 4.00, 'card-declined', 'REFUSED', '2026-11-18');

INSERT INTO payment.entry (order_id, kind, amount)
VALUES
    ('O-1', 'RECEIVED', 12.50),
    ('O-2', 'RECEIVED', 3.00);

INSERT INTO payment.bank_return (
    file, line, order_id, returned_on, amount, reason, outcome)
VALUES
    (1, 2, 'O-1', '2026-11-20', 12.50, 'CARD STOLEN', 'CHARGED_BACK'),
    (1, 3, 'O-2', '2026-11-20', 2.99, 'CARD STOLEN', 'AMOUNT_DIFFERS'),
    (1, 4, 'O-9', '2026-11-20', 1.00, 'CARD STOLEN', 'UNKNOWN_ORDER'),
    (2, 2, 'O-3', '2026-11-21', 4.00, 'CARD STOLEN', 'NOT_PAID');

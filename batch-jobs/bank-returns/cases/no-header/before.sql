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

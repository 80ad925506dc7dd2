INSERT INTO fraud.charge_back (
    order_id, customer_id, amount, business_date, charged_back_at)
VALUES
    ('O-1', 'C-1', 12.50, '2026-11-01', '2026-11-01 12:00+00'),
    ('O-2', 'C-2', 5.00, '2026-01-01', '2026-01-01 12:00+00');

INSERT INTO orders.customer_order (
    order_id, customer_id, total, payment_method, channel, business_date)
SELECT
    'V-' || n, 'C-3', 1.00, 'card-ok', 'CLI', '2026-11-19'
FROM generate_series(1, 10) AS n;

INSERT INTO orders.customer_order (
    order_id, customer_id, total, payment_method, channel, business_date)
VALUES
    ('A-1', 'C-4', 500.01, 'card-ok', 'CLI', '2026-11-19'),
    ('A-2', 'C-5', 500.00, 'card-ok', 'CLI', '2026-11-19');

INSERT INTO fraud.flag (customer_id, rule, reason, business_date, run)
VALUES
    ('C-6', 'VELOCITY', '12 orders on 2026-01-01', '2026-01-01', 0);

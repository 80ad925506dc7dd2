INSERT INTO shipping.shipment (
    order_id, tracking_no, customer_id, recipient, street, city, postal_code, country, state,
    business_date)
VALUES
    ('O-1', 'T-1', 'C-1', 'Luís', 'Street 1', 'City', '', 'Brazil', 'MANIFESTED', '2026-11-19'),
    ('O-2', 'T-2', 'C-1', 'Luís', 'Street 1', 'City', '', 'Brazil', 'SHIPPED', '2026-11-19'),
    ('O-3', 'T-3', 'C-2', 'Leonie', 'Street 2', 'City', '', 'Germany', 'MANIFESTED', '2026-11-19'),
    ('O-4', 'T-4', 'C-2', 'Leonie', 'Street 2', 'City', '', 'Germany', 'LABELLED', '2026-11-19');

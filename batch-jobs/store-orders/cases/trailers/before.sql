INSERT INTO catalog.item (
    sku, title, artist, album, genre, unit_price, initial_stock, file, line)
VALUES
    ('A-1', 'Blue Train', 'John Coltrane', '', '', 0.90, 10, 1, 1),
    ('A-2', 'So What', 'Miles Davis', '', '', 1.50, 10, 1, 2);

INSERT INTO customer.customer (
    customer_id, name, email, street, city, postal_code, country, file, line)
VALUES
    ('C-1', 'Luís Gonçalves', 'luis@example.com', 'Av. Faria Lima, 2170', 'São Paulo', '', 'Brazil',
     2, 1),
    ('C-2', 'Leonie Köhler', 'leonie@example.com', 'Straße 34', 'Stuttgart', '70174', 'Germany',
     2, 2);

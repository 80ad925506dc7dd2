-- Customers and items of the day's orders. Reads published views; writes reporting.customer and
-- reporting.item; rows that are right already stay untouched.

INSERT INTO reporting.customer AS d (customer_id, city, country)
SELECT c.customer_id, c.city, c.country
FROM published.customer AS c
WHERE c.customer_id IN (
    SELECT o.customer_id
    FROM published.order_header AS o
    WHERE o.business_date = :business_date
)
ON CONFLICT (customer_id) DO UPDATE
SET
    city = excluded.city,
    country = excluded.country
WHERE (d.city, d.country) <> (excluded.city, excluded.country);

INSERT INTO reporting.item AS d (sku, title, artist)
SELECT i.sku, i.title, i.artist
FROM published.catalog_item AS i
WHERE i.sku IN (
    SELECT l.sku
    FROM published.order_header AS o
    JOIN published.order_line AS l ON l.order_id = o.order_id
    WHERE o.business_date = :business_date
)
ON CONFLICT (sku) DO UPDATE
SET
    title = excluded.title,
    artist = excluded.artist
WHERE (d.title, d.artist) <> (excluded.title, excluded.artist);

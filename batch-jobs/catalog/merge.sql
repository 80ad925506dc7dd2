-- Takes new and changed items; an item that is as it was keeps its row and is not published.

INSERT INTO catalog.item AS i (
    sku,
    title,
    artist,
    album,
    genre,
    unit_price,
    initial_stock,
    file,
    line
)
SELECT
    s.sku,
    s.title,
    s.artist,
    coalesce(s.album, ''),
    coalesce(s.genre, ''),
    s.unit_price,
    coalesce(s.initial_stock, 1000),
    s.file,
    s.line
FROM staging.catalog_item AS s
WHERE s.file = :file_id
ORDER BY s.sku
ON CONFLICT (sku) DO UPDATE
SET
    title = excluded.title,
    artist = excluded.artist,
    album = excluded.album,
    genre = excluded.genre,
    unit_price = excluded.unit_price,
    initial_stock = excluded.initial_stock,
    file = excluded.file,
    line = excluded.line,
    changed_at = clock_timestamp()
WHERE (i.title, i.artist, i.album, i.genre, i.unit_price, i.initial_stock)
    IS DISTINCT FROM (
        excluded.title,
        excluded.artist,
        excluded.album,
        excluded.genre,
        excluded.unit_price,
        excluded.initial_stock
    );

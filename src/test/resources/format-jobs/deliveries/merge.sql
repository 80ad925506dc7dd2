-- Deliveries, and their lines under the number of the delivery before them.

INSERT INTO sample.delivery (delivery_no, file, line)
SELECT d.delivery_no, d.file, d.line
FROM staging.delivery AS d
WHERE d.file = :file_id;

INSERT INTO sample.delivery_line (delivery_no, sku, quantity, file, line)
SELECT d.delivery_no, l.sku, l.quantity, l.file, l.line
FROM (
    SELECT
        s.file,
        s.line,
        s.sku,
        s.quantity,
        max(s.parent_line) OVER (ORDER BY s.line) AS parent_line
    FROM (
        SELECT t.file, t.line, t.sku, t.quantity, NULL AS parent_line
        FROM staging.delivery_line AS t
        WHERE t.file = :file_id
        UNION ALL
        SELECT p.file, p.line, NULL, NULL, p.line
        FROM staging.delivery AS p
        WHERE p.file = :file_id
    ) AS s
) AS l
JOIN staging.delivery AS d ON d.file = l.file AND d.line = l.parent_line
WHERE l.line <> l.parent_line;

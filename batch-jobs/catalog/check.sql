-- Refuses the second record of a sku in one file: which of the two is right is not ours to say.

INSERT INTO commondata.check_reject (file, line, column_name, code, message)
SELECT
    again.file,
    again.line,
    'sku',
    'E-KEY-DUP',
    format('item "%s" stands in line %s already', again.sku, again.first_line)
FROM (
    SELECT
        s.file,
        s.line,
        s.sku,
        min(s.line) OVER (PARTITION BY s.sku) AS first_line
    FROM staging.catalog_item AS s
    WHERE s.file = :file_id
      AND s.sku IS NOT NULL
) AS again
WHERE again.line > again.first_line;

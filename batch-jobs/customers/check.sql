-- Refuses the second record of a customer in one file: which of the two is right is not ours to
-- say.

INSERT INTO commondata.check_reject (file, line, column_name, code, message)
SELECT
    again.file,
    again.line,
    'customer_id',
    'E-KEY-DUP',
    format(
        'customer "%s" stands in line %s already',
        again.customer_id,
        again.first_line
    )
FROM (
    SELECT
        s.file,
        s.line,
        s.customer_id,
        min(s.line) OVER (PARTITION BY s.customer_id) AS first_line
    FROM staging.customer AS s
    WHERE s.file = :file_id
      AND s.customer_id IS NOT NULL
) AS again
WHERE again.line > again.first_line;

-- Refuses lines whose delivery is not known, or refused itself. A record of no known type may have
-- been a delivery: what follows it is not taken for lines of the one before.

INSERT INTO commondata.check_reject (file, line, column_name, code, message)
SELECT
    :file_id,
    l.line,
    '',
    'E-GROUP',
    format('the delivery of this line, in line %s, is not loaded', l.parent_line)
FROM (
    SELECT
        s.line,
        s.is_line,
        coalesce(max(s.parent_line) OVER (ORDER BY s.line), 0) AS parent_line
    FROM (
        SELECT d.line, d.line AS parent_line, false AS is_line
        FROM staging.delivery AS d
        WHERE d.file = :file_id
        UNION ALL
        SELECT r.line, r.line, false
        FROM commondata.file_reject AS r
        WHERE r.file = :file_id
          AND r.code = 'E-REC-MARK'
        UNION ALL
        SELECT t.line, NULL, true
        FROM staging.delivery_line AS t
        WHERE t.file = :file_id
    ) AS s
) AS l
LEFT JOIN staging.delivery AS d ON d.file = :file_id AND d.line = l.parent_line
WHERE l.is_line
  AND (
      d.line IS NULL
      OR EXISTS (
          SELECT
          FROM commondata.file_reject AS r
          WHERE r.file = :file_id AND r.line = l.parent_line
      )
  )
  AND NOT EXISTS (
      SELECT
      FROM commondata.file_reject AS r
      WHERE r.file = :file_id AND r.line = l.line
  );

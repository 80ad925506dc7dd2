-- Refuses what can't be true of a parcel: not known, not given to the carrier, said before, or
-- delivered without ever having been shipped.

INSERT INTO commondata.check_reject (file, line, column_name, code, message)
SELECT
    s.file,
    s.line,
    'tracking_no',
    'E-KEY-MISSING',
    format('parcel "%s" is on no manifest', s.tracking_no)
FROM staging.carrier_tracking AS s
WHERE s.file = :file_id
  AND s.tracking_no IS NOT NULL
  AND NOT EXISTS (
      SELECT
      FROM shipping.shipment AS p
      WHERE p.tracking_no = s.tracking_no
        AND p.state <> 'LABELLED'
  );

INSERT INTO commondata.check_reject (file, line, column_name, code, message)
SELECT
    s.file,
    s.line,
    'status',
    'E-KEY-DUP',
    format('parcel "%s" is %s already', s.tracking_no, s.status)
FROM (
    SELECT
        t.file,
        t.line,
        t.tracking_no,
        t.status,
        row_number() OVER (PARTITION BY t.tracking_no, t.status ORDER BY t.line) AS time
    FROM staging.carrier_tracking AS t
    WHERE t.file = :file_id
) AS s
LEFT JOIN shipping.shipment AS p ON p.tracking_no = s.tracking_no
WHERE s.tracking_no IS NOT NULL
  AND (
      s.time > 1
      OR (s.status = 'SHIPPED' AND p.state IN ('SHIPPED', 'DELIVERED'))
      OR (s.status = 'DELIVERED' AND p.state = 'DELIVERED')
  );

-- Last, because a SHIPPED record that is refused above does not count.
INSERT INTO commondata.check_reject (file, line, column_name, code, message)
SELECT
    s.file,
    s.line,
    'status',
    'E-STATE',
    format('parcel "%s" was never shipped', s.tracking_no)
FROM staging.carrier_tracking AS s
JOIN shipping.shipment AS p ON p.tracking_no = s.tracking_no
WHERE s.file = :file_id
  AND s.status = 'DELIVERED'
  AND p.state = 'MANIFESTED'
  AND NOT EXISTS (
      SELECT
      FROM staging.carrier_tracking AS t
      WHERE t.file = s.file
        AND t.tracking_no = s.tracking_no
        AND t.status = 'SHIPPED'
        AND NOT EXISTS (
            SELECT
            FROM commondata.file_reject AS r
            WHERE r.file = t.file AND r.line = t.line
        )
  );

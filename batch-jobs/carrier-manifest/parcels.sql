-- The parcels of this manifest.
SELECT
    p.tracking_no,
    p.order_id,
    p.recipient,
    p.street,
    p.city,
    p.postal_code,
    p.country
FROM shipping.shipment AS p
WHERE p.state = 'MANIFESTED'
  AND p.manifest_run = :run_id
ORDER BY p.tracking_no;

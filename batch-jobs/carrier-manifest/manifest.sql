-- Marks first and exports what is marked: a parcel that is labelled meanwhile waits for the next
-- manifest, and none is on two.
UPDATE shipping.shipment AS p
SET
    state = 'MANIFESTED',
    manifest_run = :run_id,
    changed_at = clock_timestamp()
WHERE p.state = 'LABELLED';

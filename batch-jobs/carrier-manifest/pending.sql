-- Whether there is a parcel to fetch at all; without one no run is written down.
SELECT count(*)
FROM (
    SELECT p.order_id
    FROM shipping.shipment AS p
    WHERE p.state = 'LABELLED'
    LIMIT 1
) AS pending;

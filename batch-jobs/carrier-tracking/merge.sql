-- Keeps every record, moves the parcels on and tells the company.

INSERT INTO shipping.tracking (
    file,
    line,
    tracking_no,
    order_id,
    status,
    status_on
)
SELECT
    s.file,
    s.line,
    s.tracking_no,
    p.order_id,
    s.status,
    s.status_on
FROM staging.carrier_tracking AS s
JOIN shipping.shipment AS p ON p.tracking_no = s.tracking_no
WHERE s.file = :file_id;

-- A parcel may be shipped and delivered in one file: the later state stays.
UPDATE shipping.shipment AS p
SET
    state = latest.status,
    changed_at = clock_timestamp()
FROM (
    SELECT
        t.order_id,
        CASE WHEN bool_or(t.status = 'DELIVERED') THEN 'DELIVERED' ELSE 'SHIPPED' END AS status
    FROM shipping.tracking AS t
    WHERE t.file = :file_id
    GROUP BY t.order_id
) AS latest
WHERE p.order_id = latest.order_id;

-- All that was shipped, then all that was delivered: of one order, in this order.
-- counts: events
SELECT sum(commondata.publish_all(chunk.events))
FROM (
    SELECT
        array_agg(
            CAST(
                ROW(
                    CASE t.status
                        WHEN 'SHIPPED' THEN 'order.shipped'
                        ELSE 'order.delivered'
                    END,
                    t.order_id,
                    jsonb_build_object(
                        'orderId', t.order_id,
                        'customerId', p.customer_id,
                        'trackingNo', t.tracking_no,
                        'on', t.status_on
                    ),
                    1,
                    NULL,
                    NULL,
                    t.status_on,
                    'event',
                    NULL
                )
                AS commondata.new_event
            )
            ORDER BY t.line
        ) AS events
    FROM shipping.tracking AS t
    JOIN shipping.shipment AS p ON p.order_id = t.order_id
    WHERE t.file = :file_id
    GROUP BY
        t.status,
        t.line / 10000
    ORDER BY
        t.status DESC,
        t.line / 10000
) AS chunk;

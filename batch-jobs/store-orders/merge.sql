-- Places the orders: order, lines, and the two events that set the flow going. Price and title are
-- the catalog's of this moment, read once for lines and total.

WITH priced AS MATERIALIZED (
    SELECT
        s.order_no,
        s.customer_id,
        s.order_date,
        s.payment_method,
        s.file,
        s.line,
        s.sku,
        s.quantity,
        i.title,
        i.unit_price,
        row_number() OVER (PARTITION BY s.order_no ORDER BY s.line) AS line_no
    FROM staging.store_order_line AS s
    JOIN published.catalog_item AS i ON i.sku = s.sku
    WHERE s.file = :file_id
),
placed AS (
    INSERT INTO orders.customer_order (
        order_id,
        customer_id,
        total,
        payment_method,
        channel,
        business_date,
        file,
        line
    )
    SELECT
        p.order_no,
        min(p.customer_id),
        sum(p.quantity * p.unit_price),
        min(p.payment_method),
        'FILE',
        min(p.order_date),
        min(p.file),
        min(p.line)
    FROM priced AS p
    GROUP BY p.order_no
    ORDER BY p.order_no
    RETURNING order_id
),
detailed AS (
    INSERT INTO orders.order_line (
        order_id,
        line_no,
        sku,
        title,
        quantity,
        unit_price,
        file,
        line
    )
    SELECT
        p.order_no,
        p.line_no,
        p.sku,
        p.title,
        p.quantity,
        p.unit_price,
        p.file,
        p.line
    FROM priced AS p
    ORDER BY
        p.order_no,
        p.line_no
    RETURNING order_id
)
SELECT
    (SELECT count(*) FROM placed) + (SELECT count(*) FROM detailed) AS written;

-- order.placed goes before stock.reserve of the same order, and both share a correlation. Orders
-- lie in the array as in the file, some thousands at a time.
-- counts: events
WITH lined AS (
    SELECT
        l.order_id,
        jsonb_agg(
            jsonb_build_object(
                'lineNo', l.line_no,
                'sku', l.sku,
                'title', l.title,
                'quantity', l.quantity,
                'unitPrice', l.unit_price
            )
            ORDER BY l.line_no
        ) AS lines
    FROM orders.order_line AS l
    WHERE l.order_id IN (
        SELECT s.order_no
        FROM staging.store_order_line AS s
        WHERE s.file = :file_id
    )
    GROUP BY l.order_id
),
wanted AS (
    SELECT
        q.order_no,
        jsonb_agg(
            jsonb_build_object(
                'sku', q.sku,
                'quantity', q.quantity
            )
            ORDER BY q.first_line
        ) AS lines
    FROM (
        SELECT
            s.order_no,
            s.sku,
            sum(s.quantity) AS quantity,
            min(s.line) AS first_line
        FROM staging.store_order_line AS s
        WHERE s.file = :file_id
        GROUP BY
            s.order_no,
            s.sku
    ) AS q
    GROUP BY q.order_no
),
flow AS MATERIALIZED (
    SELECT
        o.order_id,
        o.customer_id,
        o.total,
        o.payment_method,
        o.channel,
        o.business_date,
        o.line,
        l.lines,
        w.lines AS wanted,
        gen_random_uuid() AS correlation_id
    FROM orders.customer_order AS o
    JOIN lined AS l ON l.order_id = o.order_id
    JOIN wanted AS w ON w.order_no = o.order_id
),
event AS (
    SELECT
        f.line,
        1 AS step,
        CAST(
            ROW(
                'order.placed',
                f.order_id,
                jsonb_build_object(
                    'orderId', f.order_id,
                    'customerId', f.customer_id,
                    'customerName', c.name,
                    'email', c.email,
                    'shipTo', jsonb_build_object(
                        'street', c.street,
                        'city', c.city,
                        'postalCode', c.postal_code,
                        'country', c.country
                    ),
                    'lines', f.lines,
                    'total', f.total,
                    'paymentMethod', f.payment_method,
                    'channel', f.channel
                ),
                1,
                f.correlation_id,
                NULL,
                f.business_date,
                'event',
                NULL
            )
            AS commondata.new_event
        ) AS published
    FROM flow AS f
    JOIN published.customer AS c ON c.customer_id = f.customer_id
    UNION ALL
    SELECT
        f.line,
        2,
        CAST(
            ROW(
                'stock.reserve',
                f.order_id,
                jsonb_build_object(
                    'orderId', f.order_id,
                    'lines', f.wanted
                ),
                1,
                f.correlation_id,
                NULL,
                f.business_date,
                'request',
                'order'
            )
            AS commondata.new_event
        )
    FROM flow AS f
)
SELECT sum(commondata.publish_all(chunk.events))
FROM (
    SELECT array_agg(e.published ORDER BY e.line, e.step) AS events
    FROM event AS e
    GROUP BY e.line / 5000
    ORDER BY e.line / 5000
) AS chunk;

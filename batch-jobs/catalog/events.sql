-- Publishes the items that came new or changed in these lines: those whose row carries them. An
-- item that a later file has changed again is published with that file.

-- counts: events
SELECT commondata.publish_all(
    array_agg(
        CAST(
            ROW(
                'catalog.item-listed',
                i.sku,
                jsonb_build_object(
                    'sku', i.sku,
                    'title', i.title,
                    'artist', i.artist,
                    'unitPrice', i.unit_price,
                    'initialStock', i.initial_stock
                ),
                1,
                NULL,
                NULL,
                CAST(:business_date AS date),
                'event',
                NULL
            )
            AS commondata.new_event
        )
        ORDER BY i.line
    )
)
FROM catalog.item AS i
WHERE i.file = :file_id
  AND i.line >= :line_from
  AND i.line < :line_to;

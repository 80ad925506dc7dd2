-- Comments of the invariants' columns: one word means the same in all of them.

DO $$
DECLARE
    uncommented record;
BEGIN
    FOR uncommented IN
        SELECT c.relname, a.attname, w.meaning
        FROM (VALUES
            ('amount', 'Amount of the payment'),
            ('as_what', 'parked | dead'),
            ('booked', 'Booked in payment.entry'),
            ('by_bank', 'Amount by the bank'),
            ('changed_at', 'When the row last changed'),
            ('customer_id', 'Customer'),
            ('enabled', 'Whether row-level security is on'),
            ('event_id', 'Event'),
            ('events', 'Events found'),
            ('exit_code', 'Exit code of the run'),
            ('feed', 'Feed'),
            ('file', 'File (commondata.file)'),
            ('first_seq', 'Lowest position found'),
            ('forced', 'Whether it is forced for the owner'),
            ('found', 'Rows found'),
            ('handled_at', 'When it was handled'),
            ('handled_before', 'When an earlier event of the key was handled'),
            ('has_row', 'Whether the order has its row'),
            ('head', 'Last position given in the part'),
            ('id', 'outbox.id'),
            ('initial', 'What the stock began with'),
            ('key', 'Business id'),
            ('known', 'Amount that fraud knows'),
            ('last_seq', 'Highest position found'),
            ('lines', 'Lines with a reject'),
            ('loaded_count', 'Records that were not refused'),
            ('moved_pack', 'Packed by movements'),
            ('moved_release', 'Released by movements'),
            ('moved_reserve', 'Reserved by movements'),
            ('name', 'Name of the file'),
            ('names', 'Names of the files'),
            ('node', 'Process'),
            ('occurred_at', 'When the event was published'),
            ('of_lines', 'Sum of the lines'),
            ('on_hand', 'Stock on hand'),
            ('order_id', 'Order'),
            ('ordered', 'Quantity ordered'),
            ('orders_customer', 'Customer of the order'),
            ('pack', 'Quantity packed'),
            ('packed', 'Quantity packed'),
            ('packed_at', 'When it was packed'),
            ('parked_at', 'When the key was parked'),
            ('part', 'Part of the log'),
            ('payment_state', 'What the order knows of its payment'),
            ('positions', 'Positions found'),
            ('record_count', 'Records of the file'),
            ('records', 'Records of the bank'),
            ('rejected_count', 'Records refused'),
            ('release', 'Quantity given back'),
            ('requested_at', 'When the mail was asked for'),
            ('reservation', 'State of the reservation'),
            ('reserve', 'Quantity reserved'),
            ('reserved', 'Stock promised'),
            ('run', 'Run (commondata.run)'),
            ('run_state', 'State of the run'),
            ('seq', 'Position in the part'),
            ('sha256', 'Hash of the content'),
            ('shipment', 'State of the shipment'),
            ('sku', 'Item'),
            ('state', 'State'),
            ('statuses', 'What the carrier said'),
            ('stock_state', 'What the order knows of its stock'),
            ('subject', 'Subject of the mail'),
            ('subscription', 'Reader'),
            ('table_name', 'Table'),
            ('times', 'How often'),
            ('total', 'Total of the order'),
            ('tracking_no', 'Parcel'),
            ('tx', 'Transaction'),
            ('type', 'Event type'),
            ('writers', 'Logins that may write it')
        ) AS w (column_name, meaning)
        JOIN pg_attribute AS a ON a.attname = w.column_name AND a.attnum > 0
        JOIN pg_class AS c ON c.oid = a.attrelid AND c.relkind = 'v'
        WHERE c.relnamespace = 'invariant'::regnamespace
          AND col_description(c.oid, a.attnum) IS NULL
    LOOP
        EXECUTE format(
            'COMMENT ON COLUMN invariant.%I.%I IS %L',
            uncommented.relname, uncommented.attname, uncommented.meaning);
    END LOOP;
END
$$;

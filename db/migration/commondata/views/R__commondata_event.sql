-- Events for people, and for other systems. Replaced in place; columns are only ever added at the
-- end.
--
-- event and dead_letter_payload show personal data as ***, so readers may look at them. cloud_event
-- holds payloads as they are: it runs with the caller's rights, so a service sees its own events
-- and the types it subscribes to, and readers see nothing.

CREATE OR REPLACE VIEW commondata.event AS
SELECT
    o.event_id,
    o.occurred_at,
    o.type,
    o.version,
    o.key,
    o.source,
    o.kind,
    o.business_date,
    o.correlation_id,
    o.causation_id,
    o.reply_to,
    commondata.traceparent_of(o.traceparent, o.correlation_id, o.event_id) AS traceparent,
    o.part,
    commondata.masked(o.payload, t.schema) AS payload,
    commondata.as_cloud_event(o, t.schema, commondata.masked(o.payload, t.schema)) AS cloud_event
FROM commondata.outbox AS o
LEFT JOIN commondata.event_type AS t
    ON t.type = o.type
    AND t.version = o.version;
COMMENT ON VIEW commondata.event IS 'Events of the log, with personal data masked';
COMMENT ON COLUMN commondata.event.event_id IS 'Identity of the event';
COMMENT ON COLUMN commondata.event.occurred_at IS 'When it was published';
COMMENT ON COLUMN commondata.event.type IS 'Event type';
COMMENT ON COLUMN commondata.event.version IS 'Version of the payload';
COMMENT ON COLUMN commondata.event.key IS 'Business id';
COMMENT ON COLUMN commondata.event.source IS 'Login that published it';
COMMENT ON COLUMN commondata.event.kind IS 'event | request | response';
COMMENT ON COLUMN commondata.event.business_date IS 'Day the fact is about';
COMMENT ON COLUMN commondata.event.correlation_id IS 'Shared by all events of one flow';
COMMENT ON COLUMN commondata.event.causation_id IS 'event_id of the event that caused this one';
COMMENT ON COLUMN commondata.event.reply_to IS 'Service that a response is for';
COMMENT ON COLUMN commondata.event.traceparent IS 'W3C trace context';
COMMENT ON COLUMN commondata.event.part IS 'Part of the log';
COMMENT ON COLUMN commondata.event.payload IS 'The fact, with personal data as ***';
COMMENT ON COLUMN commondata.event.cloud_event IS 'As CloudEvents 1.0, with personal data as ***';

CREATE OR REPLACE VIEW commondata.cloud_event WITH (security_invoker = true) AS
SELECT
    o.event_id,
    o.occurred_at,
    o.type,
    o.key,
    commondata.as_cloud_event(o, t.schema, o.payload) AS cloud_event
FROM commondata.outbox AS o
LEFT JOIN commondata.event_type AS t
    ON t.type = o.type
    AND t.version = o.version;
COMMENT ON VIEW commondata.cloud_event IS
    'Events as CloudEvents 1.0, as they are: what the caller may read of the log';
COMMENT ON COLUMN commondata.cloud_event.event_id IS 'Identity of the event';
COMMENT ON COLUMN commondata.cloud_event.occurred_at IS 'When it was published';
COMMENT ON COLUMN commondata.cloud_event.type IS 'Event type';
COMMENT ON COLUMN commondata.cloud_event.key IS 'Business id';
COMMENT ON COLUMN commondata.cloud_event.cloud_event IS 'CloudEvents 1.0, structured JSON mode';
GRANT SELECT ON commondata.cloud_event TO commondata_service;
REVOKE SELECT ON commondata.cloud_event FROM commondata_reader;

CREATE OR REPLACE VIEW commondata.dead_letter_payload AS
SELECT d.id, commondata.masked(d.payload, t.schema) AS payload
FROM commondata.dead_letter AS d
LEFT JOIN commondata.event_type AS t
    ON t.type = d.type
    AND t.version = d.version;
COMMENT ON VIEW commondata.dead_letter_payload IS
    'Payloads of dead letters, with personal data masked';
COMMENT ON COLUMN commondata.dead_letter_payload.id IS 'Dead letter';
COMMENT ON COLUMN commondata.dead_letter_payload.payload IS 'With personal data as ***';

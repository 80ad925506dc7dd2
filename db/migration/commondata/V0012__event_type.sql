-- Event types: what may be published, by type and version, with the JSON Schema of the payload and
-- its personal data. Written by register_type: by the migrator from the packed contract, and by
-- any migration. Read by publish and publish_all (primary key), by whoever shows a payload, and by
-- the schema check of Java. Kept for ever: events of every version lie in some log.

CREATE TABLE commondata.event_type (
    type            text        NOT NULL,
    version         integer     NOT NULL,
    schema          jsonb,
    personal_fields text[]      NOT NULL,
    registered_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    registered_by   name        NOT NULL DEFAULT session_user,
    PRIMARY KEY (type, version),
    CONSTRAINT type_has_1_to_100_bytes CHECK (octet_length(type) BETWEEN 1 AND 100),
    CONSTRAINT version_is_positive CHECK (version BETWEEN 1 AND 32767),
    CONSTRAINT schema_is_an_object CHECK (jsonb_typeof(schema) = 'object')
);
COMMENT ON TABLE commondata.event_type IS 'Event types and versions that may be published';
COMMENT ON COLUMN commondata.event_type.type IS 'Past-tense fact, or a request';
COMMENT ON COLUMN commondata.event_type.version IS 'Version of the payload, from 1';
COMMENT ON COLUMN commondata.event_type.schema IS 'JSON Schema of the payload, if there is one';
COMMENT ON COLUMN commondata.event_type.personal_fields IS
    'JSON pointers of personal data, * for any element; x-personal in the schema marks it';
COMMENT ON COLUMN commondata.event_type.registered_at IS 'When it was first registered';
COMMENT ON COLUMN commondata.event_type.registered_by IS 'Login that registered it';

CREATE FUNCTION commondata.personal_fields(p_schema jsonb, p_at text DEFAULT '') RETURNS text[]
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    fields text[] := '{}';
    field  record;
BEGIN
    IF p_schema -> 'x-personal' = 'true' THEN
        RETURN ARRAY[p_at];
    END IF;
    FOR field IN
        SELECT p.key, p.value
        FROM jsonb_each(p_schema -> 'properties') AS p
        ORDER BY p.key
    LOOP
        fields := fields || commondata.personal_fields(field.value, p_at || '/' || field.key);
    END LOOP;
    IF p_schema ? 'items' THEN
        fields := fields || commondata.personal_fields(p_schema -> 'items', p_at || '/*');
    END IF;
    RETURN fields;
END
$$;
COMMENT ON FUNCTION commondata.personal_fields IS
    'JSON pointers of what a schema marks with "x-personal": true';

-- Called by migrations only (nobody else has EXECUTE): what may be published is decided there.
CREATE FUNCTION commondata.register_type(
    p_type    text,
    p_version integer DEFAULT 1,
    p_schema  jsonb   DEFAULT NULL
) RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    INSERT INTO commondata.event_type AS t (type, version, schema, personal_fields)
    VALUES (p_type, p_version, p_schema, commondata.personal_fields(p_schema))
    ON CONFLICT (type, version) DO UPDATE
    SET
        schema = excluded.schema,
        personal_fields = excluded.personal_fields
    WHERE t.schema IS DISTINCT FROM excluded.schema;
    RETURN FOUND;
END
$$;
COMMENT ON FUNCTION commondata.register_type IS
    'Lets a type and version be published; returns whether that was new or its schema changed';

-- refuse_event: says why an event can't be published. publish and publish_all look first, in one
-- cheap condition, and come here only when something is wrong.
CREATE FUNCTION commondata.refuse_event(
    p_type        text,
    p_version     integer,
    p_key         text,
    p_kind        text,
    p_payload     jsonb,
    p_reply_to    text,
    p_traceparent text
) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    known text;
BEGIN
    IF coalesce(octet_length(p_type), 0) NOT BETWEEN 1 AND 100 THEN
        RAISE EXCEPTION 'event type "%" has % bytes',
            left(p_type, 50), coalesce(octet_length(p_type), 0)
            USING ERRCODE = 'invalid_parameter_value', HINT = 'A type has 1 to 100 bytes.';
    END IF;
    SELECT string_agg(t.version::text, ', ' ORDER BY t.version)
    INTO known
    FROM commondata.event_type AS t
    WHERE t.type = p_type;
    IF known IS NULL THEN
        RAISE EXCEPTION 'event type "%" is not registered', p_type
            USING ERRCODE = 'undefined_object',
                  HINT = 'Pack its JSON Schema as contract/<type>.v<version>.json, or let a '
                      'migration call commondata.register_type.';
    END IF;
    IF NOT EXISTS (
        SELECT FROM commondata.event_type AS t WHERE t.type = p_type AND t.version = p_version
    ) THEN
        RAISE EXCEPTION 'event type "%" has no version %; registered here: %',
            p_type, coalesce(p_version::text, 'NULL'), known
            USING ERRCODE = 'undefined_object',
                  HINT = 'Publish a registered version. If the program is newer than the database, '
                      'migrate first.';
    END IF;
    IF coalesce(octet_length(p_key), 0) NOT BETWEEN 1 AND 200 THEN
        RAISE EXCEPTION 'key "%" of % has % bytes',
            left(p_key, 50), p_type, coalesce(octet_length(p_key), 0)
            USING ERRCODE = 'invalid_parameter_value', HINT = 'A key has 1 to 200 bytes.';
    END IF;
    IF (p_kind IN ('event', 'request', 'response')) IS NOT TRUE THEN
        RAISE EXCEPTION 'kind "%" of % "%" is not known', p_kind, p_type, p_key
            USING ERRCODE = 'invalid_parameter_value',
                  HINT = 'A kind is event, request or response.';
    END IF;
    IF p_payload IS NULL THEN
        RAISE EXCEPTION 'payload of % "%" is missing', p_type, p_key
            USING ERRCODE = 'null_value_not_allowed', HINT = 'An empty payload is {}.';
    END IF;
    IF octet_length(p_reply_to) > 100 THEN
        RAISE EXCEPTION 'reply_to "%" of % "%" has % bytes',
            left(p_reply_to, 50), p_type, p_key, octet_length(p_reply_to)
            USING ERRCODE = 'invalid_parameter_value',
                  HINT = 'It names a service, in at most 100 bytes.';
    END IF;
    IF octet_length(p_traceparent) > 100 THEN
        RAISE EXCEPTION 'traceparent "%" of % "%" has % bytes',
            left(p_traceparent, 50), p_type, p_key, octet_length(p_traceparent)
            USING ERRCODE = 'invalid_parameter_value',
                  HINT = 'It is that of W3C Trace Context, in at most 100 bytes.';
    END IF;
    RAISE EXCEPTION 'payload of % "%" has % bytes, more than %',
        p_type, p_key, commondata.payload_bytes(p_payload), commondata.payload_bytes_max()
        USING ERRCODE = 'program_limit_exceeded',
              HINT = 'Publish a reference to the data, or several events.';
END
$$;
COMMENT ON FUNCTION commondata.refuse_event IS
    'Raises the reason why publish and publish_all do not take an event';

-- Showing: what people see of a payload, and how an event looks to others (CloudEvents 1.0).

-- Only a value that its schema describes and does not mark is shown; what nobody described might be
-- personal. So a payload without a schema, a field that is too much, or a value of another type is
-- masked, and a name that the schema does not know is, too.
CREATE FUNCTION commondata.masked(p_value jsonb, p_schema jsonb) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    kind     text  := jsonb_typeof(p_value);
    types    jsonb := p_schema -> 'type';
    is_known boolean;
BEGIN
    IF kind = 'null' THEN
        RETURN p_value;
    END IF;
    is_known := (types IS NOT NULL OR p_schema ? 'enum')
        AND (
            types IS NULL
            OR types @> to_jsonb(kind)
            OR (kind = 'number' AND types @> '"integer"')
        )
        AND (NOT p_schema ? 'enum' OR p_schema -> 'enum' @> jsonb_build_array(p_value));
    IF is_known IS NOT TRUE OR p_schema -> 'x-personal' = 'true' THEN
        RETURN '"***"';
    END IF;
    CASE kind
        WHEN 'object' THEN
            RETURN (
                SELECT coalesce(
                    jsonb_object_agg(
                        CASE WHEN p_schema -> 'properties' ? f.key THEN f.key ELSE '***' END,
                        commondata.masked(f.value, p_schema -> 'properties' -> f.key)),
                    '{}')
                FROM jsonb_each(p_value) AS f
            );
        WHEN 'array' THEN
            RETURN (
                SELECT coalesce(
                    jsonb_agg(commondata.masked(e.value, p_schema -> 'items') ORDER BY e.n), '[]')
                FROM jsonb_array_elements(p_value) WITH ORDINALITY AS e (value, n)
            );
        ELSE
            RETURN p_value;
    END CASE;
END
$$;
COMMENT ON FUNCTION commondata.masked IS
    'A payload as it may be shown: *** instead of what its schema marks or does not know';

-- Where a value is, without the names that masked() hides.
CREATE FUNCTION commondata.masked_pointer(p_pointer text, p_schema jsonb) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    shown    text := '';
    here     jsonb := p_schema;
    step     text;
    name     text;
    is_shown boolean;
BEGIN
    FOREACH step IN ARRAY (string_to_array(p_pointer, '/'))[2:] LOOP
        IF here -> 'x-personal' = 'true' OR here ? 'enum' THEN
            here := NULL;
        END IF;
        name := replace(replace(step, '~1', '/'), '~0', '~');
        IF here -> 'type' @> '"object"' AND here -> 'properties' ? name THEN
            is_shown := true;
            here := here -> 'properties' -> name;
        ELSE
            is_shown := here -> 'type' @> '"array"' AND step ~ '^[0-9]+$';
            here := CASE WHEN is_shown THEN here -> 'items' END;
        END IF;
        shown := shown || '/' || CASE WHEN is_shown THEN step ELSE '***' END;
    END LOOP;
    RETURN shown;
END
$$;
COMMENT ON FUNCTION commondata.masked_pointer IS
    'A JSON pointer as it may be shown: *** instead of names that its schema does not know';

-- Stored only if it came from outside. Else it follows from the flow: so the trace id of a flow is
-- its correlation id, for SQL clients, files and jobs, too, and takes no room in the log.
CREATE FUNCTION commondata.traceparent_of(
    p_traceparent    text,
    p_correlation_id uuid,
    p_event_id       uuid
) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE
        WHEN p_traceparent ~ '^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$' THEN p_traceparent
        ELSE '00-' || replace(p_correlation_id::text, '-', '') || '-'
            || right(replace(p_event_id::text, '-', ''), 16) || '-00'
    END;
END;
COMMENT ON FUNCTION commondata.traceparent_of IS
    'W3C trace context of an event: the stored one, or that of its flow';

CREATE FUNCTION commondata.as_cloud_event(
    p_event  commondata.outbox,
    p_schema jsonb,
    p_data   jsonb
) RETURNS jsonb
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT jsonb_strip_nulls(jsonb_build_object(
        'specversion', '1.0',
        'id', p_event.event_id,
        'source', 'urn:commondata:login:' || p_event.source,
        'type', p_event.type,
        'subject', p_event.key,
        'time', to_char(
            p_event.occurred_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        'datacontenttype', 'application/json',
        'dataschema', coalesce(
            p_schema ->> '$id',
            'urn:commondata:event-type:' || p_event.type || ':' || p_event.version),
        'partitionkey', p_event.key,
        'traceparent', commondata.traceparent_of(
            p_event.traceparent, p_event.correlation_id, p_event.event_id),
        'correlationid', p_event.correlation_id,
        'causationid', p_event.causation_id,
        'businessdate', p_event.business_date,
        'kind', p_event.kind,
        'replyto', p_event.reply_to
    )) || jsonb_build_object('data', p_data);
END;
COMMENT ON FUNCTION commondata.as_cloud_event IS
    'An event as CloudEvents 1.0, structured JSON mode; extension names are in lower case';

-- When the id of an event was made (UUID of version 7): finds the day that it lies in, most times.
-- Ids are made by programs, before their transaction ends, and may be of another version.
CREATE FUNCTION commondata.made_at(p_event_id uuid) RETURNS timestamptz
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT to_timestamp(
        ('x' || left(replace(p_event_id::text, '-', ''), 12))::bit(48)::bigint / 1000.0);
END;
COMMENT ON FUNCTION commondata.made_at(uuid) IS 'Time in a UUID of version 7, to the millisecond';

-- Readers see every column but the payload; for that, there are views that mask it.
DO $$
DECLARE
    holder text;
BEGIN
    FOREACH holder IN ARRAY ARRAY['outbox', 'dead_letter'] LOOP
        EXECUTE format('REVOKE SELECT ON commondata.%I FROM commondata_reader', holder);
        EXECUTE (
            SELECT format(
                'GRANT SELECT (%s) ON commondata.%I TO commondata_reader',
                string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum),
                holder)
            FROM pg_attribute AS a
            WHERE a.attrelid = format('commondata.%I', holder)::regclass
              AND a.attnum > 0
              AND NOT a.attisdropped
              AND a.attname <> 'payload'
        );
    END LOOP;
END
$$;

GRANT SELECT ON commondata.event_type TO commondata_service;
GRANT EXECUTE ON FUNCTION
    commondata.traceparent_of(text, uuid, uuid),
    commondata.as_cloud_event(commondata.outbox, jsonb, jsonb),
    commondata.masked(jsonb, jsonb)
TO commondata_service, commondata_reader;
GRANT EXECUTE ON FUNCTION commondata.made_at(uuid) TO commondata_reader;

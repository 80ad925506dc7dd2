-- Event types: what may be published, by type and version, with the JSON Schema of the payload and
-- its personal data. Written by register_type: by the migrator from the packed contract, and by
-- any migration. Read by publish and publish_all (primary key), by whoever renders a payload, and
-- by the schema check of Java. Kept for ever: events of every version lie in some log.

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
    p_type    text,
    p_version integer,
    p_key     text,
    p_kind    text,
    p_payload jsonb
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
    IF p_kind NOT IN ('event', 'request', 'response') THEN
        RAISE EXCEPTION 'kind "%" of % "%" is not known', p_kind, p_type, p_key
            USING ERRCODE = 'invalid_parameter_value',
                  HINT = 'A kind is event, request or response.';
    END IF;
    IF p_payload IS NULL THEN
        RAISE EXCEPTION 'payload of % "%" is missing', p_type, p_key
            USING ERRCODE = 'null_value_not_allowed', HINT = 'An empty payload is {}.';
    END IF;
    RAISE EXCEPTION 'payload of % "%" has % bytes, more than %',
        p_type, p_key, pg_column_size(p_payload), commondata.payload_bytes_max()
        USING ERRCODE = 'program_limit_exceeded',
              HINT = 'Publish a reference to the data, or several events.';
END
$$;
COMMENT ON FUNCTION commondata.refuse_event IS
    'Raises the reason why publish and publish_all do not take an event';

GRANT SELECT ON commondata.event_type TO commondata_service;

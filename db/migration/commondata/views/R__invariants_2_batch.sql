-- What must always hold for files, runs and rights. See R__invariants_1_log.sql.

CREATE OR REPLACE VIEW invariant.file_adds_up AS
SELECT f.id AS file, f.feed, f.name, f.record_count, f.loaded_count, f.rejected_count, r.lines
FROM commondata.file AS f
CROSS JOIN LATERAL (
    SELECT count(DISTINCT j.line) AS lines
    FROM commondata.file_reject AS j
    WHERE j.file = f.id AND j.line > 0
) AS r
WHERE f.state IN ('LOADED', 'SUPERSEDED')
  AND (
      f.record_count <> f.loaded_count + f.rejected_count
      OR f.rejected_count <> r.lines AND f.rejects_removed_at IS NULL
  );
COMMENT ON VIEW invariant.file_adds_up IS
    'Every record of a loaded file is loaded or rejected, and each reject has its reason until it '
    'was kept long enough';

CREATE OR REPLACE VIEW invariant.content_is_loaded_once AS
SELECT f.feed, f.sha256, count(*) AS times, string_agg(f.name, ', ' ORDER BY f.id) AS names
FROM commondata.file AS f
WHERE f.state = 'LOADED'
GROUP BY f.feed, f.sha256, f.supersedes_day
HAVING count(*) > 1;
COMMENT ON VIEW invariant.content_is_loaded_once IS
    'No feed has loaded the same content twice, but for two days that each may be superseded';

CREATE OR REPLACE VIEW invariant.rejected_file_loads_nothing AS
SELECT f.id AS file, f.feed, f.name, f.state, f.loaded_count
FROM commondata.file AS f
WHERE f.state IN ('REJECTED', 'DUPLICATE', 'HELD') AND f.loaded_count <> 0;
COMMENT ON VIEW invariant.rejected_file_loads_nothing IS
    'A file that was rejected, held or seen before has loaded nothing';

CREATE OR REPLACE VIEW invariant.file_agrees_with_run AS
SELECT f.id AS file, f.feed, f.name, f.state, f.run, r.state AS run_state, r.exit_code
FROM commondata.file AS f
LEFT JOIN commondata.run AS r ON r.id = f.run
WHERE (
    f.state IN ('LOADED', 'SUPERSEDED', 'SENT', 'ACKNOWLEDGED')
    AND r.state IS DISTINCT FROM 'SUCCEEDED'
)
   OR (
       f.state = 'REJECTED'
       AND r.state IS DISTINCT FROM 'FAILED'
       AND NOT EXISTS (
           SELECT
           FROM commondata.operator_act AS a
           WHERE a.act = 'reject' AND a.target = 'file ' || f.id AND f.run IS NULL
       )
   );
COMMENT ON VIEW invariant.file_agrees_with_run IS
    'A file is loaded or sent by a run that succeeded, rejected by one that failed or by somebody';

CREATE OR REPLACE VIEW invariant.corrected_record_was_refused AS
SELECT c.corrected_file, c.line, c.file, f.state
FROM commondata.file_correction AS c
JOIN commondata.file AS f ON f.id = c.file
WHERE f.corrects IS DISTINCT FROM c.corrected_file
   OR f.state NOT IN ('LOADED', 'SUPERSEDED')
   OR NOT EXISTS (
       SELECT
       FROM commondata.file_reject AS r
       WHERE r.file = c.corrected_file AND r.line = c.line
   );
COMMENT ON VIEW invariant.corrected_record_was_refused IS
    'What was corrected had been refused in that file and line, and is loaded now';

CREATE OR REPLACE VIEW invariant.superseded_file_has_successor AS
SELECT f.id AS file, f.feed, f.name, f.business_date, f.state, f.superseded_by, s.state AS by_state
FROM commondata.file AS f
LEFT JOIN commondata.file AS s
    ON s.id = f.superseded_by
    AND s.feed = f.feed
    AND s.business_date = f.business_date
    AND s.state IN ('LOADED', 'SUPERSEDED')
WHERE f.state = 'SUPERSEDED' AND s.id IS NULL;
COMMENT ON VIEW invariant.superseded_file_has_successor IS
    'What was superseded gave way to a loaded file of the same feed and business date';

-- The owner of a table may do everything, so it doesn't count.
CREATE OR REPLACE VIEW invariant.table_has_one_writer AS
SELECT
    n.nspname || '.' || c.relname AS table_name,
    string_agg(r.rolname, ', ' ORDER BY r.rolname) AS writers
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_roles AS r
    ON r.rolcanlogin
    AND NOT r.rolsuper
    AND NOT pg_has_role(r.oid, c.relowner, 'MEMBER')
WHERE c.relkind IN ('r', 'p')
  AND n.nspname NOT IN ('pg_catalog', 'information_schema')
  AND n.nspname NOT LIKE 'pg\_%'
  AND has_schema_privilege(r.oid, n.oid, 'USAGE')
  AND (
      has_any_column_privilege(r.oid, c.oid, 'INSERT')
      OR has_any_column_privilege(r.oid, c.oid, 'UPDATE')
      OR has_table_privilege(r.oid, c.oid, 'DELETE')
      OR has_table_privilege(r.oid, c.oid, 'TRUNCATE')
  )
GROUP BY n.nspname, c.relname
HAVING count(*) > 1 OR n.nspname = 'commondata';
COMMENT ON VIEW invariant.table_has_one_writer IS
    'At most one login may write a table, and nobody the kit''s own: those change by functions';

CREATE OR REPLACE VIEW invariant.log_is_guarded AS
SELECT c.relname AS table_name, c.relrowsecurity AS enabled, c.relforcerowsecurity AS forced
FROM pg_class AS c
WHERE c.oid = 'commondata.outbox'::regclass
  AND NOT (c.relrowsecurity AND c.relforcerowsecurity);
COMMENT ON VIEW invariant.log_is_guarded IS
    'Row-level security is on for the log, and forced for its owner';

CREATE OR REPLACE VIEW invariant.population_commondata AS
SELECT p.name, p.row_count
FROM (
    SELECT count(*) AS events FROM commondata.outbox
) AS o
CROSS JOIN (
    SELECT coalesce(sum(cardinality(b.seqs)), 0)::bigint AS receipts
    FROM commondata.receipt_batch AS b
) AS b
CROSS JOIN (
    SELECT count(*) AS parts, sum(h.head)::bigint AS positions FROM commondata.part_head AS h
) AS h
CROSS JOIN (
    SELECT count(*) AS cursors FROM commondata.cursor AS c
) AS c
CROSS JOIN (
    SELECT
        count(*) FILTER (WHERE f.state = 'LOADED') AS loaded,
        count(*) FILTER (
            WHERE f.state IN (
                'LOADED', 'SUPERSEDED', 'SENT', 'ACKNOWLEDGED', 'REJECTED')) AS ended,
        count(*) FILTER (WHERE f.state = 'SUPERSEDED') AS superseded,
        count(*) FILTER (WHERE f.state IN ('REJECTED', 'DUPLICATE', 'HELD')) AS refused
    FROM commondata.file AS f
) AS f
CROSS JOIN (
    SELECT
        (SELECT count(*) FROM commondata.parked_key) AS parked_keys,
        (SELECT count(*) FROM commondata.file_correction) AS corrected,
        (SELECT count(*) FROM commondata.parked_event)
            + (SELECT count(*) FROM commondata.dead_letter AS d WHERE d.state = 'OPEN') AS waiting,
        (
            SELECT count(*)
            FROM pg_class AS c
            JOIN pg_namespace AS n ON n.oid = c.relnamespace
            WHERE c.relkind IN ('r', 'p')
              AND n.nspname NOT IN ('pg_catalog', 'information_schema')
              AND n.nspname NOT LIKE 'pg\_%'
        ) AS tables
) AS k
CROSS JOIN LATERAL (
    VALUES
        ('event_has_position', o.events),
        ('position_has_one_event', h.positions),
        ('positions_are_dense', h.parts),
        ('event_is_accounted_for', b.receipts),
        ('event_is_handled_once', b.receipts),
        ('receipt_has_event', b.receipts),
        ('handled_is_not_waiting', k.waiting),
        ('key_keeps_its_order', b.receipts),
        ('parked_key_has_events', k.parked_keys),
        ('cursor_is_within_log', c.cursors),
        ('waiting_is_behind_cursor', k.waiting),
        ('file_adds_up', f.loaded),
        ('content_is_loaded_once', f.loaded),
        ('rejected_file_loads_nothing', f.refused),
        ('file_agrees_with_run', f.ended),
        ('corrected_record_was_refused', k.corrected),
        ('superseded_file_has_successor', f.superseded),
        ('table_has_one_writer', k.tables),
        ('log_is_guarded', 1)
) AS p (name, row_count);
COMMENT ON VIEW invariant.population_commondata IS 'Rows that each invariant of the kit looks at';
COMMENT ON COLUMN invariant.population_commondata.name IS 'View in this schema';
COMMENT ON COLUMN invariant.population_commondata.row_count IS 'Rows it looks at';

CREATE OR REPLACE VIEW invariant.unsettled_commondata AS
SELECT
    'event' AS what,
    u.event_id::text AS id,
    lower(u.why) || ' at ' || u.subscription || ': ' || u.type || ' of ' || u.key AS detail
FROM commondata.unhandled AS u
UNION ALL
SELECT 'run', r.id::text, r.job || ' is running on ' || r.node
FROM commondata.run AS r
WHERE r.state = 'RUNNING'
UNION ALL
SELECT 'file', f.id::text, f.name || ' of ' || f.feed || ' is ' || lower(f.state)
FROM commondata.file AS f
WHERE f.state IN ('CLAIMED', 'HELD')
UNION ALL
SELECT 'file', e.file::text, 'its events are published up to line ' || e.next_line - 1
FROM commondata.file_events AS e
WHERE e.published_at IS NULL;
COMMENT ON VIEW invariant.unsettled_commondata IS
    'Work of the kit that is not done yet: invariants between services can''t tell about it';
COMMENT ON COLUMN invariant.unsettled_commondata.what IS 'event | run | file';
COMMENT ON COLUMN invariant.unsettled_commondata.id IS 'Its id';
COMMENT ON COLUMN invariant.unsettled_commondata.detail IS 'In words';

-- STABLE: all statements in it see one snapshot, so a check is exact while work goes on.
CREATE OR REPLACE FUNCTION invariant.check(sample integer DEFAULT 20)
RETURNS TABLE (name text, sentence text, looked_at bigint, violations bigint, offending jsonb)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    populations text;
    counts      jsonb;
    one         record;
BEGIN
    SELECT string_agg(format('SELECT name, row_count FROM invariant.%I', c.relname), ' UNION ALL ')
    INTO populations
    FROM pg_class AS c
    WHERE c.relnamespace = 'invariant'::regnamespace AND c.relname LIKE 'population\_%';
    EXECUTE format('SELECT jsonb_object_agg(p.name, p.row_count) FROM (%s) AS p', populations)
    INTO counts;
    FOR one IN
        SELECT c.relname AS view_name, obj_description(c.oid, 'pg_class') AS its_sentence
        FROM pg_class AS c
        WHERE c.relnamespace = 'invariant'::regnamespace
          AND c.relkind = 'v'
          AND c.relname NOT LIKE 'population\_%'
          AND c.relname NOT LIKE 'unsettled\_%'
        ORDER BY c.relname
    LOOP
        name := one.view_name;
        sentence := one.its_sentence;
        EXECUTE format(
            'SELECT count(*), coalesce(jsonb_agg(v.found) FILTER (WHERE v.n <= $1), ''[]'') '
            'FROM (SELECT to_jsonb(i) AS found, row_number() OVER () AS n '
            'FROM invariant.%I AS i) AS v',
            one.view_name)
        INTO violations, offending
        USING sample;
        looked_at := (counts ->> one.view_name)::bigint;
        RETURN NEXT;
    END LOOP;
END
$$;
COMMENT ON FUNCTION invariant.check(integer) IS
    'Every invariant: rows looked at, rows that break it, and the first of them';

CREATE OR REPLACE FUNCTION invariant.unsettled(sample integer DEFAULT 20)
RETURNS TABLE (what text, id text, detail text, of_count bigint)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    parts text;
BEGIN
    SELECT string_agg(
        format('SELECT what, id, detail FROM invariant.%I', c.relname), ' UNION ALL ')
    INTO parts
    FROM pg_class AS c
    WHERE c.relnamespace = 'invariant'::regnamespace AND c.relname LIKE 'unsettled\_%';
    RETURN QUERY EXECUTE format(
        'SELECT u.what, u.id, u.detail, count(*) OVER () FROM (%s) AS u LIMIT $1', parts)
    USING sample;
END
$$;
COMMENT ON FUNCTION invariant.unsettled(integer) IS
    'The first of the work that is not done yet, with how much there is in all';
GRANT EXECUTE ON FUNCTION
    invariant.check(integer),
    invariant.unsettled(integer)
TO commondata_reader;

-- Tables of their own that files are loaded into: partitions of a table that is partitioned by
-- LIST (file). While such a file is loaded its table stands apart, without an index, and is seen by
-- nobody. When all is there, the indexes are built, which costs half of what keeping them up costs,
-- and the table becomes a partition in the commit that says LOADED. Called by the feed's owner, who
-- may make tables nowhere; so these functions do it as the owner of the schema, for a file that is
-- the caller's and is claimed, and for a table that the caller may write to.
--
-- The table is called as the whole with the file's number behind it, or as much of the name as
-- there is room for, and the whole's oid. Its constraint is_of_file spares a scan when it is
-- attached, and goes then: who has it is no partition yet. The name alone proves nothing: files
-- count from 1, and somebody keeps a visit_2025.

-- split_table: the table of that name, with its schema, if it is split by file; else NULL: rows go
-- into it as into any other. It is looked up by name: its schema may be closed to the owner.
CREATE FUNCTION commondata.split_table(p_table text) RETURNS regclass
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CAST(c.oid AS regclass)
    FROM pg_class AS c
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
    JOIN pg_partitioned_table AS p ON p.partrelid = c.oid
    JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = p.partattrs[0]
    WHERE ARRAY[n.nspname, c.relname] = CAST(parse_ident(p_table) AS name[])
      AND p.partstrat = 'l'
      AND p.partnatts = 1
      AND a.attname = 'file'
$$;
COMMENT ON FUNCTION commondata.split_table(text) IS
    'The table of that name, if it is partitioned by LIST (file)';

-- own_table: the name of the file's own table.
CREATE FUNCTION commondata.own_table(p_file bigint, p_split regclass) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT format(
        '%I.%I',
        n.nspname,
        CASE
            WHEN octet_length(c.relname) < 44 THEN c.relname || '_' || p_file
            ELSE left(c.relname, 30) || '_' || c.oid || '_' || p_file
        END)
    FROM pg_class AS c
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.oid = p_split
$$;
COMMENT ON FUNCTION commondata.own_table(bigint, regclass) IS
    'Name of the table that the rows of a file have for themselves';

-- stands_apart: whether a table is one of open_file_table that is no partition yet.
CREATE FUNCTION commondata.stands_apart(p_own regclass) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT EXISTS (
        SELECT
        FROM pg_constraint AS c
        JOIN pg_class AS t ON t.oid = c.conrelid
        WHERE c.conrelid = p_own
          AND c.conname = 'is_of_file'
          AND t.relowner = CAST(current_user AS regrole)
    )
$$;
COMMENT ON FUNCTION commondata.stands_apart(regclass) IS
    'Whether a file''s own table is not yet a partition';

-- is_attached: whether a table is the partition of this file, and of no other.
CREATE FUNCTION commondata.is_attached(p_file bigint, p_split regclass, p_own regclass)
RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT EXISTS (
        SELECT
        FROM pg_inherits AS i
        JOIN pg_class AS t ON t.oid = i.inhrelid
        WHERE i.inhrelid = p_own
          AND i.inhparent = p_split
          AND t.relowner = CAST(current_user AS regrole)
          AND replace(pg_get_expr(t.relpartbound, t.oid), '''', '')
              = format('FOR VALUES IN (%s)', p_file)
    )
$$;
COMMENT ON FUNCTION commondata.is_attached(bigint, regclass, regclass) IS
    'Whether a table is the partition of one file alone';

-- why_not_split: why files that the login loads can have no table of their own in this one; NULL if
-- they can.
CREATE FUNCTION commondata.why_not_split(p_split regclass) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE
        WHEN NOT has_table_privilege(session_user, c.oid, 'INSERT') THEN
            format('login "%s" may not insert into table %s', session_user, p_split)
        WHEN c.relowner <> CAST(current_user AS regrole) THEN
            format(
                'table %s is split by file, but does not belong to %s: only its owner can give a '
                'file a table of its own',
                p_split, current_user)
    END
    FROM pg_class AS c
    WHERE c.oid = p_split
$$;
COMMENT ON FUNCTION commondata.why_not_split(regclass) IS
    'Why files that the login loads can have no table of their own in this one; NULL if they can';

-- claimed_file: fails unless the file is the caller's, and claimed.
CREATE FUNCTION commondata.claimed_file(p_file bigint) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM commondata.owned_file(p_file);
    PERFORM
    FROM commondata.file AS f
    WHERE f.id = p_file AND f.state = 'CLAIMED';
    IF NOT FOUND THEN
        RAISE EXCEPTION 'file % is not claimed', p_file
            USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
END
$$;
COMMENT ON FUNCTION commondata.claimed_file(bigint) IS
    'Fails unless the login that asks owns the feed of a file that is claimed';

-- analyze_staged: lets the planner know what a file has brought to staging, before checks and steps
-- read it. No statistics can: the rows are of this transaction or a moment old, and under a number
-- that no sample has met, of which the planner concludes that there is one row; it then looped over
-- a million. Only what is staged: other tables are filled by others, too, and their statistics are
-- their owners'. A partition of a file's own is new and has none, so its size is looked at.
CREATE FUNCTION commondata.analyze_staged(p_file bigint, p_table text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    staged regclass;
BEGIN
    PERFORM commondata.claimed_file(p_file);
    SELECT CAST(c.oid AS regclass) INTO staged
    FROM pg_class AS c
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE ARRAY[n.nspname, c.relname] = CAST(parse_ident(p_table) AS name[])
      AND n.nspname = 'staging'
      AND c.relowner = CAST(current_user AS regrole)
      AND has_table_privilege(session_user, c.oid, 'INSERT');
    IF staged IS NULL THEN
        RETURN false;
    END IF;
    EXECUTE format('ANALYZE %s', staged);
    RETURN true;
END
$$;
COMMENT ON FUNCTION commondata.analyze_staged(bigint, text) IS
    'Takes statistics of what a claimed file has staged; false if the table is not for us to look '
    'through';
GRANT EXECUTE ON FUNCTION commondata.analyze_staged(bigint, text) TO commondata_service;

-- require_split: fails unless the file is claimed_file, and may have its own table in this one.
CREATE FUNCTION commondata.require_split(p_file bigint, p_split regclass) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    why_not text := commondata.why_not_split(p_split);
BEGIN
    PERFORM commondata.claimed_file(p_file);
    IF why_not IS NOT NULL THEN
        RAISE EXCEPTION '%', why_not
            USING ERRCODE = 'insufficient_privilege';
    END IF;
END
$$;
COMMENT ON FUNCTION commondata.require_split(bigint, regclass) IS
    'Fails unless a claimed file of the login''s may have a table of its own in this one';

-- columns_of: a table's columns with their types, to be compared with those of another.
CREATE FUNCTION commondata.columns_of(p_table regclass) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT string_agg(
        format('%I %s %s', a.attname, format_type(a.atttypid, a.atttypmod), a.attcollation),
        ', ' ORDER BY a.attname)
    FROM pg_attribute AS a
    WHERE a.attrelid = p_table AND a.attnum > 0 AND NOT a.attisdropped
$$;
COMMENT ON FUNCTION commondata.columns_of(regclass) IS 'Columns of a table with their types';

-- storage_of: what LIKE does not say of a table.
CREATE FUNCTION commondata.storage_of(p_table regclass) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT concat_ws(
        ' ', 'USING ' || quote_ident(m.amname), 'TABLESPACE ' || quote_ident(s.spcname))
    FROM pg_class AS c
    LEFT JOIN pg_am AS m ON m.oid = c.relam
    LEFT JOIN pg_tablespace AS s ON s.oid = c.reltablespace
    WHERE c.oid = p_table
$$;
COMMENT ON FUNCTION commondata.storage_of(regclass) IS
    'Access method and tablespace of a table, as CREATE TABLE wants them';

-- require_plain: fails if the table does what rows of a partition that is filled before it is
-- attached would miss without a word, or if attaching one would keep readers of the whole waiting.
CREATE FUNCTION commondata.require_plain(p_split regclass) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    wrong text := coalesce(
        (
            SELECT format(
                'default partition %s would be locked and read through for each file',
                CAST(p.partdefid AS regclass))
            FROM pg_partitioned_table AS p
            WHERE p.partrelid = p_split AND p.partdefid <> 0
        ),
        (
            SELECT format('trigger "%s" on INSERT would not run', min(t.tgname))
            FROM pg_trigger AS t
            WHERE t.tgrelid = p_split
              AND NOT t.tgisinternal
              AND t.tgenabled <> 'D'
              AND t.tgtype & 4 <> 0
            HAVING count(*) > 0
        ),
        (
            SELECT format('identity column "%s" would get no numbers', min(a.attname))
            FROM pg_attribute AS a
            WHERE a.attrelid = p_split AND a.attidentity <> ''
            HAVING count(*) > 0
        ),
        (
            SELECT 'row-level security would not be asked'
            FROM pg_class AS c
            WHERE c.oid = p_split AND c.relrowsecurity
        ));
BEGIN
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'table % can give no file a table of its own: its %; take it away, or '
            'append to a table that is not partitioned by file', p_split, wrong
            USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
END
$$;
COMMENT ON FUNCTION commondata.require_plain(regclass) IS
    'Fails if a table does to rows what those of a partition that is attached would miss';

-- open_file_table: where the rows of a file are to be copied. Makes its own table, unless a run
-- before has, whose slices lie in it; a table that is not split by file is answered as it is.
CREATE FUNCTION commondata.open_file_table(p_file bigint, p_table text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    split regclass := commondata.split_table(p_table);
    own   text     := commondata.own_table(p_file, split);
BEGIN
    IF split IS NULL THEN
        RETURN p_table;
    END IF;
    PERFORM commondata.require_split(p_file, split);
    PERFORM commondata.require_plain(split);
    IF commondata.stands_apart(to_regclass(own))
        AND commondata.columns_of(to_regclass(own)) <> commondata.columns_of(split) THEN
        -- A migration came in between: the rows are loaded again, as they are now.
        PERFORM commondata.forget_slices(l.file, l.run)
        FROM commondata.file_load AS l
        WHERE l.file = p_file;
        EXECUTE format('DROP TABLE %s', own);
    END IF;
    IF to_regclass(own) IS NULL THEN
        -- No run would read those slices again.
        IF EXISTS (SELECT FROM commondata.file_slice AS s WHERE s.file = p_file) THEN
            RAISE EXCEPTION 'table % is gone, into which slices of file % were loaded', own, p_file
                USING ERRCODE = 'object_not_in_prerequisite_state',
                      HINT = 'Hand the file in once more.';
        END IF;
        EXECUTE format(
            'CREATE TABLE %s (LIKE %s INCLUDING DEFAULTS INCLUDING GENERATED INCLUDING CONSTRAINTS '
            'INCLUDING STORAGE INCLUDING COMPRESSION, '
            'CONSTRAINT is_of_file CHECK (file = %s)) %s',
            own, split, p_file, commondata.storage_of(split));
        EXECUTE format('ALTER TABLE %s ALTER COLUMN file SET NOT NULL', own);
    ELSIF NOT commondata.stands_apart(to_regclass(own)) THEN
        RAISE EXCEPTION 'table % is there already, and is not one that file % is loaded into',
            own, p_file
            USING ERRCODE = 'duplicate_table',
                  HINT = 'Rename it: tables called so belong to the files of ' || p_table || '.';
    END IF;
    -- A run before may have been another login's.
    EXECUTE format('GRANT INSERT ON %s TO %I', own, session_user);
    RETURN own;
END
$$;
COMMENT ON FUNCTION commondata.open_file_table(bigint, text) IS
    'Makes the table of its own that a file is loaded into, if the table is split by file; returns '
    'the name to copy into';

GRANT EXECUTE ON FUNCTION commondata.open_file_table(bigint, text) TO commondata_service;

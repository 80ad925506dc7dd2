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
    IF to_regclass(own) IS NULL THEN
        -- No run would read those slices again.
        IF EXISTS (SELECT FROM commondata.file_slice AS s WHERE s.file = p_file) THEN
            RAISE EXCEPTION 'table % is gone, into which slices of file % were loaded', own, p_file
                USING ERRCODE = 'object_not_in_prerequisite_state',
                      HINT = 'Hand the file in once more.';
        END IF;
        EXECUTE format(
            'CREATE TABLE %s (LIKE %s INCLUDING DEFAULTS INCLUDING GENERATED INCLUDING CONSTRAINTS '
            'INCLUDING STORAGE INCLUDING COMPRESSION, CONSTRAINT is_of_file CHECK (file = %s))',
            own, split, p_file);
        EXECUTE format('ALTER TABLE %s ALTER COLUMN file SET NOT NULL', own);
        EXECUTE format('GRANT INSERT ON %s TO %I', own, session_user);
    ELSIF NOT commondata.stands_apart(to_regclass(own)) THEN
        RAISE EXCEPTION 'table % is there already, and is not one that file % is loaded into',
            own, p_file
            USING ERRCODE = 'duplicate_table',
                  HINT = 'Rename it: tables called so belong to the files of ' || p_table || '.';
    END IF;
    RETURN own;
END
$$;
COMMENT ON FUNCTION commondata.open_file_table(bigint, text) IS
    'Makes the table of its own that a file is loaded into, if the table is split by file; returns '
    'the name to copy into';

-- refuse_repeated: of rows with the same key the first stays, and the others become rejects. Keys
-- are those of the unique indexes of the whole; one over an expression, or over a part of the rows,
-- is left to the server.
CREATE FUNCTION commondata.refuse_repeated(p_file bigint, p_table regclass, p_own regclass)
RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    key   record;
    met   bigint;
    total bigint := 0;
BEGIN
    FOR key IN
        SELECT
            string_agg(format('o.%I', a.attname), ', ' ORDER BY k.place) AS columns,
            string_agg(a.attname, ', ' ORDER BY k.place) AS names
        FROM pg_index AS i
        CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k (attnum, place)
        JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
        WHERE i.indrelid = p_table
          AND i.indisunique
          AND i.indpred IS NULL
          AND i.indexprs IS NULL
          AND k.place <= i.indnkeyatts
          AND a.attname <> 'file'
        GROUP BY i.indexrelid
        ORDER BY i.indexrelid
    LOOP
        EXECUTE format(
            $query$
            WITH numbered AS (
                SELECT
                    o.ctid AS place,
                    first_value(o.line) OVER same AS first_line,
                    row_number() OVER same AS number
                FROM %1$s AS o
                WHERE num_nulls(%2$s) = 0
                WINDOW same AS (PARTITION BY %2$s ORDER BY o.line)
            ),
            refused AS (
                DELETE FROM %1$s AS o
                USING numbered AS n
                WHERE o.ctid = n.place AND n.number > 1
                RETURNING o.line, n.first_line, concat_ws(', ', %2$s) AS value
            )
            INSERT INTO commondata.file_reject (file, line, column_name, code, message)
            SELECT
                $1,
                r.line,
                $2,
                'E-KEY-DUP',
                format('"%%s" stands in line %%s already', left(r.value, 200), r.first_line)
            FROM refused AS r
            $query$,
            p_own, key.columns)
        USING p_file, key.names;
        GET DIAGNOSTICS met = ROW_COUNT;
        total := total + met;
    END LOOP;
    RETURN total;
END
$$;
COMMENT ON FUNCTION commondata.refuse_repeated(bigint, regclass, regclass) IS
    'Removes rows of a file''s own table whose key stands in it before, and rejects their records';

-- attach_file_table: makes the file's own table a partition, and builds its indexes; readers and
-- writers of the whole are not held up. In the transaction that ends the file. Returns how many
-- rows were refused for a key that the file has twice; 0 for a table that is not split by file.
CREATE FUNCTION commondata.attach_file_table(p_file bigint, p_table text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    split   regclass := commondata.split_table(p_table);
    own     text     := commondata.own_table(p_file, split);
    attach  text     := format(
        'ALTER TABLE %s ATTACH PARTITION %s FOR VALUES IN (%s)', split, own, p_file);
    refused bigint   := 0;
BEGIN
    IF split IS NULL THEN
        RETURN 0;
    END IF;
    PERFORM commondata.require_split(p_file, split);
    IF NOT commondata.stands_apart(to_regclass(own)) THEN
        RAISE EXCEPTION 'table % does not exist, or is not one that file % is loaded into',
            own, p_file
            USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    BEGIN
        EXECUTE attach;
    EXCEPTION WHEN unique_violation THEN
        refused := commondata.refuse_repeated(p_file, split, to_regclass(own));
        IF refused = 0 THEN
            RAISE;
        END IF;
        EXECUTE attach;
    END;
    EXECUTE format('ALTER TABLE %s DROP CONSTRAINT is_of_file', own);
    EXECUTE format('REVOKE INSERT ON %s FROM %I', own, session_user);
    RETURN refused;
END
$$;
COMMENT ON FUNCTION commondata.attach_file_table(bigint, text) IS
    'Makes a file''s own table a partition; returns how many rows were refused for a repeated key';

-- drop_file_table: of a file that is refused. A partition can only go while nobody reads the whole:
-- else it is emptied and stays. A table that is not the file's is left. Returns false for a table
-- that is not split by file.
CREATE FUNCTION commondata.drop_file_table(p_file bigint, p_table text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    split       regclass := commondata.split_table(p_table);
    own         text     := commondata.own_table(p_file, split);
    is_attached boolean  := commondata.is_attached(p_file, split, to_regclass(own));
BEGIN
    IF split IS NULL THEN
        RETURN false;
    END IF;
    PERFORM commondata.claimed_file(p_file);
    IF commondata.why_not_split(split) IS NOT NULL
        OR NOT (is_attached OR commondata.stands_apart(to_regclass(own))) THEN
        RETURN true;
    END IF;
    BEGIN
        IF is_attached THEN
            EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE NOWAIT', split);
        END IF;
        EXECUTE format('DROP TABLE %s', own);
    EXCEPTION WHEN lock_not_available OR out_of_memory THEN
        EXECUTE format('TRUNCATE %s', own);
    END;
    RETURN true;
END
$$;
COMMENT ON FUNCTION commondata.drop_file_table(bigint, text) IS
    'Removes the own table of a file that is refused; empties it while others read the whole';

GRANT EXECUTE ON FUNCTION
    commondata.open_file_table(bigint, text),
    commondata.attach_file_table(bigint, text),
    commondata.drop_file_table(bigint, text)
TO commondata_service;

-- How tables that files have for themselves (V0026__file_table.sql) become partitions, or go.
-- Called by the feed's owner: when a file is loaded or refused, and now and then for what could not
-- go at once or nobody came back to. Only what is provably the file's is touched.

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
            string_agg(a.attname, ', ' ORDER BY k.place) AS names,
            i.indnullsnotdistinct AS nulls_are_same
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
                WHERE %3$L OR num_nulls(%2$s) = 0
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
            p_own, key.columns, key.nulls_are_same)
        USING p_file, key.names;
        GET DIAGNOSTICS met = ROW_COUNT;
        total := total + met;
    END LOOP;
    RETURN total;
END
$$;
COMMENT ON FUNCTION commondata.refuse_repeated(bigint, regclass, regclass) IS
    'Removes rows of a file''s own table whose key stands in it before, and rejects their records';

-- attach_file_table: makes the file's own table a partition, and builds its indexes; whoever reads
-- the whole or inserts into it is not held up. In the transaction that ends the file. Returns how
-- many rows were refused for a key that the file has twice; 0 for a table not split by file.
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

-- drop_own: a partition can only go while nobody reads the whole. False if it can't now.
CREATE FUNCTION commondata.drop_own(p_own text, p_split regclass, p_is_attached boolean)
RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF p_is_attached THEN
        EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE NOWAIT', p_split);
    END IF;
    EXECUTE format('DROP TABLE IF EXISTS %s', p_own);
    RETURN true;
EXCEPTION WHEN lock_not_available OR out_of_memory OR dependent_objects_still_exist THEN
    RETURN false;
END
$$;
COMMENT ON FUNCTION commondata.drop_own(text, regclass, boolean) IS
    'Drops a file''s own table; false if somebody is in the way';

-- drop_file_table: of a file that is refused. Where it can't go it is emptied and stays. A table
-- that is not the file's is left. Returns false for a table that is not split by file.
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
    IF commondata.why_not_split(split) IS NULL
        AND (is_attached OR commondata.stands_apart(to_regclass(own)))
        AND NOT commondata.drop_own(own, split, is_attached) THEN
        EXECUTE format('TRUNCATE %s', own);
    END IF;
    RETURN true;
END
$$;
COMMENT ON FUNCTION commondata.drop_file_table(bigint, text) IS
    'Removes the own table of a file that is refused; empties it while others read the whole';

-- sweep_file_tables: own tables of files that were refused or superseded: partitions that were
-- emptied while somebody read the whole, and tables of files that an operator refused while no node
-- was at them. What somebody reads stays until the next time: nobody is waited for, as others would
-- queue up behind. Returns how many went.
CREATE FUNCTION commondata.sweep_file_tables(p_feed text, p_table text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET lock_timeout = '100ms'
AS $$
DECLARE
    split regclass := commondata.split_table(p_table);
    old   record;
    gone  bigint   := 0;
BEGIN
    PERFORM commondata.owned_job(p_feed);
    IF split IS NULL OR commondata.why_not_split(split) IS NOT NULL THEN
        RETURN 0;
    END IF;
    FOR old IN
        SELECT
            commondata.own_table(f.id, split) AS own,
            commondata.is_attached(f.id, split, t.oid) AS is_attached
        FROM pg_class AS w
        JOIN pg_class AS t ON t.relnamespace = w.relnamespace AND t.relkind = 'r'
        JOIN commondata.file AS f
            ON f.id = CAST(substring(t.relname FROM '_([0-9]{1,18})$') AS bigint)
        WHERE w.oid = split
          AND f.feed = p_feed
          AND f.state IN ('REJECTED', 'SUPERSEDED')
          AND to_regclass(commondata.own_table(f.id, split)) = CAST(t.oid AS regclass)
          AND (
              commondata.is_attached(f.id, split, t.oid)
              OR commondata.stands_apart(t.oid)
          )
        ORDER BY f.id
    LOOP
        IF commondata.drop_own(old.own, split, old.is_attached) THEN
            gone := gone + 1;
        END IF;
    END LOOP;
    RETURN gone;
END
$$;
COMMENT ON FUNCTION commondata.sweep_file_tables(text, text) IS
    'Removes own tables of files that were refused or superseded, as far as nobody reads the '
    'whole; returns how many';

GRANT EXECUTE ON FUNCTION
    commondata.attach_file_table(bigint, text),
    commondata.drop_file_table(bigint, text),
    commondata.sweep_file_tables(text, text)
TO commondata_service;

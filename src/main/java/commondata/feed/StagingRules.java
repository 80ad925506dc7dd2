package commondata.feed;

import commondata.database.Login;
import java.util.List;

/**
 * What keeps a staging table from taking every record that its layout lets through: rules of its
 * own. One record that breaks one ends the COPY, and with it the file, and nobody is told of the
 * record.
 */
final class StagingRules {

  /** Keys that file and line are part of are kept by every record, as no other is of its line. */
  private static final String RULES =
      """
      SELECT
          CASE r.kind
              WHEN 'null' THEN
                  'column "' || r.name || '" may be empty, but in table ' || :table
                      || ' it is NOT NULL: give it required: true, or drop NOT NULL'
              ELSE
                  'table ' || :table || ' has the ' || r.kind || ' "' || r.name
                      || '", and one record that breaks it would refuse the whole file: '
                      || 'let the layout or a check say it'
          END
      FROM pg_class AS c
      JOIN pg_namespace AS n ON n.oid = c.relnamespace
      CROSS JOIN LATERAL (
          SELECT
              CASE k.contype
                  WHEN 'c' THEN 'CHECK'
                  WHEN 'f' THEN 'foreign key'
                  ELSE 'exclusion'
              END AS kind,
              k.conname AS name
          FROM pg_constraint AS k
          WHERE k.conrelid = c.oid AND k.contype IN ('c', 'f', 'x')
          UNION ALL
          SELECT 'unique index', i.relname
          FROM pg_index AS x
          JOIN pg_class AS i ON i.oid = x.indexrelid
          WHERE x.indrelid = c.oid
            AND x.indisunique
            AND 2 <> (
                SELECT count(*)
                FROM pg_attribute AS a
                WHERE a.attrelid = c.oid
                  AND a.attname IN ('file', 'line')
                  AND a.attnum = ANY ((CAST(x.indkey AS smallint[]))[0 : x.indnkeyatts - 1])
            )
          UNION ALL
          SELECT 'null', a.attname
          FROM pg_attribute AS a
          WHERE a.attrelid = c.oid
            AND a.attnum > 0
            AND a.attnotnull
            AND a.attname NOT IN ('file', 'line')
            AND a.attname <> ALL (CAST(:required AS text[]))
            AND (
                a.attname = ANY (CAST(:columns AS text[]))
                OR NOT (a.atthasdef OR a.attidentity <> '')
            )
          UNION ALL
          SELECT 'CHECK', k.conname
          FROM pg_attribute AS a
          JOIN pg_constraint AS k ON k.contypid = a.atttypid AND k.contype = 'c'
          WHERE a.attrelid = c.oid AND a.attname = ANY (CAST(:columns AS text[]))
      ) AS r
      WHERE ARRAY[n.nspname, c.relname] = CAST(parse_ident(:table) AS name[])
      ORDER BY 1
      """;

  private StagingRules() {}

  /** A sentence for each. */
  static List<String> of(Login login, String table, RecordType type) {
    List<Column> columns = type.shape().columns();
    return login
        .jdbc()
        .sql(RULES)
        .param("table", table)
        .param("columns", names(columns))
        .param("required", names(columns.stream().filter(Column::required).toList()))
        .query(String.class)
        .list();
  }

  private static String[] names(List<Column> columns) {
    return columns.stream().map(Column::name).toArray(String[]::new);
  }
}

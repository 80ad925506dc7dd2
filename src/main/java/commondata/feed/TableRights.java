package commondata.feed;

import commondata.database.Login;
import java.util.List;

/**
 * What a feed's login must be allowed to do in the tables of its layout. Some of it is asked for by
 * large files only, or by a refusal: so it is looked at before the first file comes.
 */
final class TableRights {

  /** A staging table that held a large file is emptied at once. */
  private static final List<String> STAGING = List.of("SELECT", "INSERT", "DELETE", "TRUNCATE");

  private static final List<String> APPEND = List.of("SELECT", "INSERT", "DELETE");

  private static final String LACKING =
      """
      SELECT r.sentence
      FROM pg_class AS c
      JOIN pg_namespace AS n ON n.oid = c.relnamespace
      CROSS JOIN LATERAL (
          SELECT format(
              'login %1$I may not use schema %2$I: GRANT USAGE ON SCHEMA %2$I TO %1$I',
              current_user,
              n.nspname
          )
          WHERE NOT has_schema_privilege(n.oid, 'USAGE')
          UNION ALL
          SELECT format(
              'login %1$I may not %2$s in table %3$s: GRANT %2$s ON %3$s TO %1$I',
              current_user,
              string_agg(p.name, ', ' ORDER BY p.place),
              :table
          )
          FROM unnest(CAST(:privileges AS text[])) WITH ORDINALITY AS p (name, place)
          WHERE NOT has_table_privilege(c.oid, p.name)
          HAVING count(*) > 0
          UNION ALL
          SELECT format(
              'table %1$s has row-level security, under which login %2$I can''t COPY: '
                  'ALTER TABLE %1$s DISABLE ROW LEVEL SECURITY',
              :table,
              current_user
          )
          WHERE row_security_active(c.oid)
      ) AS r (sentence)
      WHERE ARRAY[n.nspname, c.relname] = CAST(parse_ident(:table) AS name[])
      """;

  private TableRights() {}

  /**
   * A sentence for each thing that is not allowed.
   *
   * @param appends whether records stay in the table
   */
  static List<String> lacking(Login login, String table, boolean appends) {
    return login
        .jdbc()
        .sql(LACKING)
        .param("table", table)
        .param("privileges", (appends ? APPEND : STAGING).toArray(String[]::new))
        .query(String.class)
        .list();
  }
}

package architecture;

import static org.assertj.core.api.Assertions.assertThat;

import commondata.database.Migrator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import testkit.TestDatabase;

/** What every migration must leave behind: described, owned by nobody who logs in, closed. */
final class SchemaIT {

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();
  @RegisterExtension static final TestDatabase EMPTY = TestDatabase.empty();

  /** Schemas of this project. Quartz's columns are described by Quartz. */
  private static final String OURS =
      "n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'public')";

  @Test
  void seesTheSchemas() {
    assertThat(strings("SELECT n.nspname FROM pg_namespace AS n WHERE " + OURS + " ORDER BY 1"))
        .as("schemas that the checks below look at")
        .contains("commondata", "published", "staging", "quartz", "orders", "payment");
    assertThat(strings(relations("true"))).as("tables and views").hasSizeGreaterThan(40);
  }

  @Test
  void describesEverySchema() {
    assertThat(
            strings(
                """
                SELECT n.nspname
                FROM pg_namespace AS n
                WHERE %s AND obj_description(n.oid, 'pg_namespace') IS NULL
                """
                    .formatted(OURS)))
        .isEmpty();
  }

  @Test
  void describesEveryTableAndView() {
    assertThat(strings(relations("obj_description(c.oid, 'pg_class') IS NULL"))).isEmpty();
  }

  @Test
  void describesEveryColumnOfATable() {
    assertThat(
            strings(
                """
                SELECT n.nspname || '.' || c.relname || '.' || a.attname
                FROM pg_class AS c
                JOIN pg_namespace AS n ON n.oid = c.relnamespace
                JOIN pg_attribute AS a ON a.attrelid = c.oid
                WHERE %s
                  AND n.nspname NOT IN ('quartz', 'staging')
                  AND c.relname <> 'flyway_history'
                  AND c.relkind IN ('r', 'p')
                  AND NOT c.relispartition
                  AND a.attnum > 0
                  AND NOT a.attisdropped
                  AND col_description(c.oid, a.attnum) IS NULL
                ORDER BY 1
                """
                    .formatted(OURS)))
        .isEmpty();
  }

  @Test
  void describesEveryFunction() {
    assertThat(strings(functions("obj_description(p.oid, 'pg_proc') IS NULL"))).isEmpty();
  }

  @Test
  void functionsWithTheOwnersRightsHaveAFixedSearchPath() {
    assertThat(strings(functions("p.prosecdef"))).hasSizeGreaterThan(15);
    assertThat(
            strings(
                functions(
                    """
                    p.prosecdef
                    AND NOT coalesce(
                        'search_path=pg_catalog, pg_temp' = ANY (p.proconfig), false)
                    """)))
        .isEmpty();
  }

  @Test
  void nobodyIsGrantedAnythingAsPublic() {
    assertThat(strings(functions("has_function_privilege('public', p.oid, 'EXECUTE')")))
        .as("functions without rights of their own may be callable; none is")
        .filteredOn(function -> !function.endsWith("refuse_illegal_transition"))
        .isEmpty();
    assertThat(
            strings(
                relations(
                    "has_table_privilege('public', c.oid, 'SELECT, INSERT, UPDATE, DELETE')")))
        .isEmpty();
    assertThat(
            strings(
                "SELECT n.nspname FROM pg_namespace AS n WHERE "
                    + OURS
                    + " AND has_schema_privilege('public', n.oid, 'USAGE, CREATE')"))
        .isEmpty();
    assertThat(
            strings(
                """
                SELECT d.datname
                FROM pg_database AS d
                WHERE d.datname = current_database()
                  AND has_database_privilege('public', d.oid, 'CONNECT')
                """))
        .isEmpty();
  }

  @Test
  void noLoginOfAServiceOwnsAnything() {
    assertThat(
            strings(
                """
                SELECT r.rolname || ' owns ' || s.classid::regclass || ' ' || s.objid
                FROM pg_shdepend AS s
                JOIN pg_roles AS r ON r.oid = s.refobjid
                WHERE s.deptype = 'o'
                  AND s.dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
                  AND r.rolname <> 'commondata_owner'
                  AND NOT r.rolsuper
                """))
        .isEmpty();
  }

  @Test
  void noLoginMayMoreThanLogIn() {
    assertThat(
            strings(
                """
                SELECT r.rolname
                FROM pg_roles AS r
                WHERE (r.rolname ~ '_service$' OR r.rolname ~ '^commondata_')
                  AND r.rolname <> 'commondata_owner'
                  AND (r.rolsuper OR r.rolcreaterole OR r.rolcreatedb OR r.rolbypassrls)
                """))
        .isEmpty();
  }

  @Test
  void theLogIsClosedForEverybody() {
    assertThat(
            strings(
                relations("c.relname = 'outbox' AND c.relrowsecurity AND c.relforcerowsecurity")))
        .containsExactly("commondata.outbox");
    assertThat(
            strings(
                """
                SELECT r.rolname || ' may change ' || c.relname
                FROM pg_class AS c
                CROSS JOIN pg_roles AS r
                WHERE c.relnamespace = 'commondata'::regnamespace
                  AND c.relname ~ '^(outbox|receipt_batch|cursor|part_head|sequencer|file|run)'
                  AND c.relkind IN ('r', 'p')
                  AND (r.rolname ~ '_service$' OR r.rolname ~ '^commondata_')
                  AND r.rolname <> 'commondata_owner'
                  AND has_table_privilege(r.oid, c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')
                """))
        .isEmpty();
  }

  @Test
  void aServiceWritesOnlyItsOwnSchema() {
    List<String> writable =
        strings(
            """
            SELECT DISTINCT r.rolname || ' ' || n.nspname
            FROM pg_class AS c
            JOIN pg_namespace AS n ON n.oid = c.relnamespace
            CROSS JOIN pg_roles AS r
            WHERE %s
              AND n.nspname <> 'staging'
              AND c.relkind IN ('r', 'p', 'v')
              -- Has a check option of its own: see LeastPrivilegeIT.
              AND c.oid <> 'commondata.check_reject'::regclass
              AND r.rolname ~ '_service$'
              AND r.rolcanlogin
              AND has_table_privilege(r.oid, c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')
            ORDER BY 1
            """
                .formatted(OURS));

    assertThat(writable)
        .containsExactlyInAnyOrder(
            "catalog_service catalog",
            "customer_service customer",
            "fraud_service fraud",
            "notification_service notification",
            "order_service orders",
            "payment_service payment",
            "reporting_service reporting",
            "shipping_service shipping",
            "warehouse_service warehouse");
  }

  @Test
  void readersWriteNothing() {
    assertThat(
            strings(
                relations(
                    """
                    EXISTS (
                        SELECT
                        FROM pg_roles AS r
                        WHERE r.rolname IN ('commondata_console', 'commondata_operator')
                          AND has_table_privilege(
                              r.oid, c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')
                    )
                    """)))
        .isEmpty();
    assertThat(
            strings(
                relations(
                    "c.relname = 'run' AND has_table_privilege('commondata_console', c.oid, 'SELECT')")))
        .containsExactly("commondata.run");
  }

  @Test
  void noReaderSeesAPayloadAsItIs() {
    assertThat(
            strings(
                """
                SELECT r.rolname || ' sees ' || c.relname || '.' || a.attname
                FROM pg_attribute AS a
                JOIN pg_class AS c ON c.oid = a.attrelid
                CROSS JOIN pg_roles AS r
                WHERE c.relnamespace = 'commondata'::regnamespace
                  AND c.relkind IN ('r', 'p')
                  AND a.attname = 'payload'
                  AND r.rolname IN ('commondata_console', 'commondata_operator')
                  AND has_column_privilege(r.oid, c.oid, a.attnum, 'SELECT')
                """))
        .isEmpty();
    assertThat(
            strings(
                """
                SELECT a.attname
                FROM pg_attribute AS a
                WHERE a.attrelid IN (
                    'commondata.outbox'::regclass, 'commondata.dead_letter'::regclass)
                  AND a.attnum > 0
                  AND NOT has_column_privilege('commondata_console', a.attrelid, a.attnum, 'SELECT')
                """))
        .as("all else they may see")
        .containsOnly("payload");
  }

  @Test
  void everyViewCanBeRead() {
    List<String> views =
        strings(
            relations(
                "c.relkind = 'v' AND has_table_privilege('commondata_console', c.oid, 'SELECT')"));

    assertThat(views).hasSizeGreaterThan(10);
    for (String view : views) {
      assertThat(
              DATABASE
                  .login("commondata_console")
                  .jdbc()
                  .sql("SELECT count(*) FROM " + view)
                  .query(Long.class)
                  .single())
          .as(view)
          .isNotNull();
    }
  }

  @Test
  void migratesOnceWhoeverComesFirst() {
    ExecutorService nodes = Executors.newFixedThreadPool(3);
    try {
      List<CompletableFuture<Migrator.Result>> results =
          List.of(migration(nodes), migration(nodes), migration(nodes));

      assertThat(results.stream().map(CompletableFuture::join).map(Migrator.Result::migrations))
          .as("one node runs them all, the others none")
          .filteredOn(count -> count > 0)
          .hasSize(1);
    } finally {
      nodes.shutdown();
    }
    assertThat(migrator().migrate().changedNothing()).as("a further start").isTrue();
    assertThat(migrator().pending()).isEmpty();
  }

  private static CompletableFuture<Migrator.Result> migration(ExecutorService node) {
    return CompletableFuture.supplyAsync(() -> migrator().migrate(), node);
  }

  private static Migrator migrator() {
    return new Migrator(EMPTY.url(), EMPTY.owner(), login -> EMPTY.password(), Migrator.IN_JAR);
  }

  private static String relations(String condition) {
    return """
    SELECT n.nspname || '.' || c.relname
    FROM pg_class AS c
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE %s
      AND c.relkind IN ('r', 'p', 'v', 'm')
      AND NOT c.relispartition
      AND c.relname <> 'flyway_history'
      AND (%s)
    ORDER BY 1
    """
        .formatted(OURS, condition);
  }

  private static String functions(String condition) {
    return """
    SELECT n.nspname || '.' || p.proname
    FROM pg_proc AS p
    JOIN pg_namespace AS n ON n.oid = p.pronamespace
    WHERE %s
      AND (%s)
    ORDER BY 1
    """
        .formatted(OURS, condition);
  }

  private static List<String> strings(String sql) {
    return DATABASE.superuser().sql(sql).query(String.class).list();
  }
}

package musiccorp.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import testkit.TestDatabase;

/** A service's login can do its own work and nothing else: asked of the server, login by login. */
final class LeastPrivilegeIT {

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();

  private static final String DENIED = "permission denied";

  static List<String> services() {
    return List.of(
        "order_service",
        "payment_service",
        "fraud_service",
        "warehouse_service",
        "shipping_service",
        "notification_service",
        "customer_service",
        "catalog_service",
        "reporting_service");
  }

  @BeforeAll
  static void everyServicePublishesOnce() {
    for (String service : services()) {
      DATABASE.register(service + ".spoke");
      execute(service, "SELECT commondata.publish('%s.spoke', 'k', '{}')".formatted(service));
    }
    execute("order_service", "SELECT commondata.publish('order.placed', 'k', '{}')");
  }

  @BeforeAll
  static void everyServiceHasARefusedRecord() {
    for (String service : services()) {
      DATABASE
          .superuser()
          .sql(
              """
              WITH
                  its_job AS (
                      INSERT INTO commondata.job (name, owner)
                      VALUES ('feed-of-' || :service, :service)
                      RETURNING name
                  ),
                  its_file AS (
                      INSERT INTO commondata.file (
                          feed, name, sha256, size_bytes, state, reason)
                      SELECT j.name, 'f', 'x', 1, 'LOADED', 'a record of ' || :service
                      FROM its_job AS j
                      RETURNING id
                  ),
                  its_run AS (
                      INSERT INTO commondata.run (job, business_date, attempt, started_by, node)
                      SELECT j.name, '2026-01-01', 1, 'file', 'test'
                      FROM its_job AS j
                      RETURNING id
                  ),
                  its_slice AS (
                      INSERT INTO commondata.file_slice (
                          file, byte_from, byte_to, line_from, line_to, record_count, row_count,
                          rejected_count, totals, trailer, trailer_line, raw_bytes, layout, tables,
                          run)
                      SELECT
                          f.id, 0, 1, 1, 2, 1, 1, 0, '{}',
                          convert_to('a record of ' || :service, 'UTF8'), 1, 1, 'x', '{}', r.id
                      FROM its_file AS f, its_run AS r
                  ),
                  refused AS (
                      INSERT INTO commondata.file_reject (file, line, code, message, raw)
                      SELECT f.id, 1, 'E-TYPE', 'm', 'a record of ' || :service
                      FROM its_file AS f
                  )
              INSERT INTO commondata.file_correction (corrected_file, line, file, record)
              SELECT f.id, 1, f.id, 'a record of ' || :service
              FROM its_file AS f
              """)
          .param("service", service)
          .update();
    }
  }

  @Test
  void knowsEveryServiceLogin() {
    assertThat(
            DATABASE
                .superuser()
                .sql(
                    """
                    SELECT rolname
                    FROM pg_roles
                    WHERE rolcanlogin
                      AND NOT rolsuper
                      AND rolname <> :owner
                      AND pg_has_role(oid, 'commondata_service', 'MEMBER')
                    """)
                .param("owner", DATABASE.owner())
                .query(String.class)
                .list())
        .containsExactlyInAnyOrderElementsOf(services());
  }

  @Test
  void everyTableOfTheCompanyHasOneWriter() {
    List<String> notOne =
        DATABASE
            .superuser()
            .sql(
                """
                SELECT c.oid::regclass || ': ' || count(r.oid)
                FROM pg_class AS c
                JOIN pg_namespace AS n ON n.oid = c.relnamespace
                LEFT JOIN pg_roles AS r
                    ON r.rolcanlogin
                    AND NOT r.rolsuper
                    AND r.oid <> c.relowner
                    AND has_table_privilege(r.oid, c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')
                WHERE c.relkind IN ('r', 'p')
                  AND n.nspname NOT IN ('commondata', 'quartz', 'information_schema', 'public')
                  AND n.nspname NOT LIKE 'pg\\_%'
                  AND c.relname <> 'state_transition'
                GROUP BY c.oid
                HAVING count(r.oid) <> 1
                """)
            .query(String.class)
            .list();

    assertThat(notOne).isEmpty();
  }

  @Test
  void nobodyWritesTheKitsTablesOrTheRulesDirectly() {
    List<String> writable =
        DATABASE
            .superuser()
            .sql(
                """
                SELECT r.rolname || ' ' || c.oid::regclass
                FROM pg_class AS c
                JOIN pg_namespace AS n ON n.oid = c.relnamespace
                CROSS JOIN pg_roles AS r
                WHERE r.rolcanlogin
                  AND NOT r.rolsuper
                  AND r.oid <> c.relowner
                  AND c.relkind IN ('r', 'p')
                  AND (n.nspname = 'commondata' OR c.relname = 'state_transition')
                  AND has_table_privilege(r.oid, c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')
                """)
            .query(String.class)
            .list();

    assertThat(writable).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("services")
  void readsNoTableOfAnotherService(String service) {
    List<String> readable =
        DATABASE
            .superuser()
            .sql(
                """
                SELECT c.oid::regclass::text
                FROM pg_class AS c
                JOIN pg_namespace AS n ON n.oid = c.relnamespace
                WHERE c.relkind IN ('r', 'p', 'v', 'm')
                  AND n.nspname IN (
                      'orders',
                      'payment',
                      'fraud',
                      'warehouse',
                      'shipping',
                      'notification',
                      'customer',
                      'catalog',
                      'reporting',
                      'staging',
                      'quartz'
                  )
                  AND has_table_privilege(:service, c.oid, 'SELECT')
                  AND NOT has_table_privilege(:service, c.oid, 'INSERT')
                  AND c.relname <> 'state_transition'
                """)
            .param("service", service)
            .query(String.class)
            .list();

    assertThat(readable).isEmpty();
  }

  @Test
  void isRefusedByTheServerWhenItTries() {
    assertThatThrownBy(
            () -> execute("payment_service", "UPDATE orders.customer_order SET total = 0"))
        .hasStackTraceContaining(DENIED);
    assertThatThrownBy(() -> execute("payment_service", "SELECT count(*) FROM customer.customer"))
        .hasStackTraceContaining(DENIED);
    assertThatThrownBy(() -> execute("order_service", "DELETE FROM commondata.outbox"))
        .hasStackTraceContaining(DENIED);
    assertThatThrownBy(() -> execute("payment_service", "DELETE FROM payment.entry"))
        .hasStackTraceContaining(DENIED);
    assertThatThrownBy(
            () ->
                execute(
                    "payment_service",
                    "INSERT INTO payment.state_transition VALUES ('REFUSED', 'RECEIVED')"))
        .hasStackTraceContaining(DENIED);
    assertThatThrownBy(
            () -> execute("order_service", "SELECT seq FROM commondata.next_batch('payment', 10)"))
        .hasStackTraceContaining("belongs to \"payment_service\"");
    assertThatThrownBy(
            () ->
                execute(
                    "order_service",
                    "SELECT commondata.create_subscription('spy', 'order_service', '{a}')"))
        .hasStackTraceContaining(DENIED);
    assertThatThrownBy(() -> execute("order_service", "SET ROLE payment_service"))
        .hasStackTraceContaining(DENIED);
  }

  @ParameterizedTest
  @MethodSource("services")
  void publishesUnderItsOwnNameOnly(String service) {
    assertThat(
            DATABASE
                .superuser()
                .sql("SELECT source FROM commondata.outbox WHERE type = :type")
                .param("type", service + ".spoke")
                .query(String.class)
                .list())
        .containsExactly(service);
    assertThatThrownBy(
            () ->
                execute(
                    service,
                    """
                    INSERT INTO commondata.outbox (
                        part, source, kind, type, version, key, event_id, correlation_id,
                        business_date, payload)
                    VALUES (
                        0, 'bank', 'event', 'x', 1, 'k', gen_random_uuid(), gen_random_uuid(),
                        current_date, '{}')
                    """))
        .hasStackTraceContaining(DENIED);
  }

  @ParameterizedTest
  @MethodSource("services")
  void seesItsOwnEventsAndThoseItSubscribesTo(String service) {
    List<String> seen =
        DATABASE
            .login(service)
            .jdbc()
            .sql("SELECT DISTINCT type FROM commondata.outbox")
            .query(String.class)
            .list();

    assertThat(seen).contains(service + ".spoke");
    assertThat(seen)
        .filteredOn(type -> type.endsWith(".spoke"))
        .containsExactly(service + ".spoke");
    if (service.equals("payment_service") || service.equals("order_service")) {
      assertThat(seen).contains("order.placed");
    } else {
      assertThat(seen).doesNotContain("order.placed");
    }
  }

  /** Refused records, their corrections, trailers and reasons are as they came, or quote it. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT raw FROM commondata.file_reject ORDER BY raw",
        "SELECT record FROM commondata.file_correction ORDER BY record",
        "SELECT reason FROM commondata.file ORDER BY reason",
        "SELECT convert_from(trailer, 'UTF8') FROM commondata.file_slice ORDER BY trailer"
      })
  void seesRecordsOfItsOwnFeedsOnly(String names) {
    for (String service : services()) {
      assertThat(DATABASE.login(service).jdbc().sql(names).query(String.class).list())
          .containsExactly("a record of " + service);
    }
    for (String reader : List.of("commondata_console", "commondata_operator", DATABASE.owner())) {
      assertThat(DATABASE.login(reader).jdbc().sql(names).query(String.class).list())
          .hasSameSizeAs(services());
    }
  }

  /** Files of others, and those that are loaded: both are refused, and so is the table. */
  @ParameterizedTest
  @MethodSource("services")
  void refusesRecordsOfNoFileButTheOneThatItLoads(String service) {
    List<Long> files =
        DATABASE.superuser().sql("SELECT id FROM commondata.file").query(Long.class).list();
    for (Long file : files) {
      assertThatThrownBy(
              () ->
                  execute(
                      service,
                      "INSERT INTO commondata.check_reject (file, line, code, message) VALUES (%d, 1, 'E', 'm')"
                          .formatted(file)))
          .hasStackTraceContaining("violates check option");
    }
    assertThatThrownBy(
            () ->
                execute(
                    service,
                    "INSERT INTO commondata.file_reject (file, line, code, message) VALUES (1, 1, 'E', 'm')"))
        .hasStackTraceContaining(DENIED);
  }

  /** What is published of a table that files are appended to is read with it. */
  @ParameterizedTest
  @MethodSource("services")
  void seesWhichFilesAreLoaded(String service) {
    assertThat(
            DATABASE
                .login(service)
                .jdbc()
                .sql("SELECT file FROM commondata.loaded_file")
                .query(Long.class)
                .list())
        .hasSameSizeAs(services());
  }

  @ParameterizedTest
  @MethodSource("services")
  void seesNoPositionsOfTheEventsOfOthers(String service) {
    for (String sql :
        List.of(
            "SELECT type, stamped_at FROM commondata.log_position",
            "SELECT types FROM commondata.outbox_seq",
            "SELECT type FROM commondata.type_head",
            "SELECT head FROM commondata.part_head",
            "SELECT type FROM commondata.at_position(1::smallint, 1)",
            "SELECT commondata.start_position(1::smallint, 'now')")) {
      assertThatThrownBy(() -> execute(service, sql)).as(sql).hasStackTraceContaining(DENIED);
    }
  }

  @ParameterizedTest
  @MethodSource("services")
  void seesTheRunsOfItsOwnJobsOnly(String service) {
    DATABASE
        .superuser()
        .sql(
            """
            INSERT INTO commondata.run (job, business_date, attempt, started_by, node)
            SELECT j.name, '2026-01-01', 1, 'hand', 'test' FROM commondata.job AS j
            ON CONFLICT DO NOTHING
            """)
        .update();

    assertThat(
            DATABASE
                .login(service)
                .jdbc()
                .sql("SELECT job FROM commondata.run")
                .query(String.class)
                .list())
        .containsExactlyInAnyOrderElementsOf(
            DATABASE
                .superuser()
                .sql("SELECT name FROM commondata.job WHERE owner = :service")
                .param("service", service)
                .query(String.class)
                .list());
  }

  private static void execute(String login, String sql) {
    DATABASE
        .login(login)
        .inTransactionDo(() -> DATABASE.login(login).jdbc().sql(sql).query((row, n) -> 1).list());
  }
}

package musiccorp.cli;

import commondata.job.Plural;
import commondata.operate.Alarm;
import commondata.operate.Operate;
import commondata.subscription.SubscriptionCheck;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.simple.JdbcClient;

/** The database server and what lies in it, seen by the login that may only read. */
final class ServerChecks {

  private static final int OLDEST = 150000;
  private static final int NEWEST = 190000;
  private static final int DAYS_AHEAD = 2;
  private static final Duration SKEW_MAX = Duration.ofSeconds(2);

  private final Session session;
  private final JdbcClient jdbc;

  ServerChecks(Session session) {
    this.session = session;
    this.jdbc = session.database().login(Operate.READER).jdbc();
  }

  void run(Diagnosis diagnosis) {
    version(diagnosis);
    clock(diagnosis);
    durability(diagnosis);
    try {
      migrations(diagnosis);
      partitions(diagnosis);
      parts(diagnosis);
      logins(diagnosis);
      lease(diagnosis);
      statistics(diagnosis);
      alarms(diagnosis);
      nodes(diagnosis);
    } catch (DataAccessException e) {
      diagnosis.fail(
          "tables",
          "%s; if this database was never migrated, ./commondata up does it"
              .formatted(e.getMostSpecificCause().getMessage()));
    }
  }

  private void version(Diagnosis diagnosis) {
    int number =
        jdbc.sql(
                """
                SELECT current_setting('server_version_num')::int
                """)
            .query(Integer.class)
            .single();
    String version = "PostgreSQL %d.%d".formatted(number / 10000, number % 10000);
    diagnosis.require(
        number >= OLDEST && number < NEWEST,
        "server",
        version + " at " + session.url(),
        version + " is not supported: 15 to 18 are");
  }

  private void clock(Diagnosis diagnosis) {
    Instant before = Instant.now();
    OffsetDateTime server =
        jdbc.sql(
                """
                SELECT clock_timestamp()
                """)
            .query(OffsetDateTime.class)
            .single();
    Duration skew = Duration.between(before, server.toInstant());
    diagnosis.expect(
        skew.abs().compareTo(SKEW_MAX) < 0,
        "clock",
        "%d ms from the server's".formatted(skew.toMillis()),
        "%d ms from the server's: set both by NTP".formatted(skew.toMillis()));
  }

  private void durability(Diagnosis diagnosis) {
    List<String> off =
        jdbc.sql(
                """
                SELECT name
                FROM pg_settings
                WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit')
                    AND setting = 'off'
                ORDER BY name
                """)
            .query(String.class)
            .list();
    diagnosis.require(
        off.isEmpty(),
        "durability",
        "fsync, full_page_writes, synchronous_commit are on",
        "%s off: a power cut loses committed data".formatted(off));
  }

  private void migrations(Diagnosis diagnosis) {
    List<String> failed =
        jdbc.sql(
                """
                SELECT script
                FROM commondata.flyway_history
                WHERE NOT success
                """)
            .query(String.class)
            .list();
    diagnosis.require(
        failed.isEmpty(), "migrations", "none failed", failed + " failed: see ./commondata up");
    try {
      List<String> pending = session.migrator().pending();
      diagnosis.expect(
          pending.isEmpty(),
          "release",
          "the database is as this program needs it",
          "%s not run yet: ./commondata up runs them".formatted(pending));
    } catch (RuntimeException e) {
      diagnosis.skip("release", "the owner's login is not known here: " + e.getMessage());
    }
  }

  private void partitions(Diagnosis diagnosis) {
    int days =
        jdbc.sql(
                """
                SELECT count(*)
                FROM pg_inherits AS i
                JOIN pg_class AS c ON c.oid = i.inhrelid
                WHERE i.inhparent = 'commondata.outbox'::regclass
                    AND right(c.relname, 8) > to_char(now() AT TIME ZONE 'UTC', 'YYYYMMDD')
                """)
            .query(Integer.class)
            .single();
    String made = "made for %d %s ahead".formatted(days, Plural.of(days, "day"));
    diagnosis.require(
        days >= DAYS_AHEAD,
        "partitions",
        made,
        made + ": ./commondata up makes more, without one nothing can be published");
  }

  /** A setting of the database: a dump has it, and it is lost on the way into one made by hand. */
  private void lease(Diagnosis diagnosis) {
    String silence =
        jdbc.sql(
                """
                SELECT current_setting('idle_in_transaction_session_timeout')
                """)
            .query(String.class)
            .single();
    diagnosis.expect(
        !silence.equals("0"),
        "lease",
        "a node that stands still loses its parts after " + silence,
        "a node that stands still keeps its parts for ever: the database has lost its settings, see docs/how-to/restore.md");
  }

  private void statistics(Diagnosis diagnosis) {
    boolean granted =
        jdbc.sql(
                """
                SELECT pg_has_role(p.proowner, 'pg_read_all_stats', 'USAGE')
                FROM pg_proc AS p
                WHERE p.oid = 'commondata.old_transactions(interval)'::regprocedure
                """)
            .query(Boolean.class)
            .single();
    diagnosis.expect(
        granted,
        "statistics",
        "sessions of others can be seen",
        "no alarm tells of a transaction that stays open: as a superuser, GRANT pg_read_all_stats TO commondata_owner");
  }

  private void alarms(Diagnosis diagnosis) {
    List<Alarm> alarms = session.operate().alarms(LagCommand.KEEP);
    alarms.forEach(alarm -> diagnosis.warn(alarm.name(), alarm.subject() + ": " + alarm.detail()));
    if (alarms.isEmpty()) {
      diagnosis.ok("alarms", "none");
    }
  }

  private void nodes(Diagnosis diagnosis) {
    new Unattended(session)
        .all(session.operate().lag())
        .ifPresentOrElse(
            sentence -> diagnosis.warn("nodes", sentence),
            () ->
                diagnosis.ok(
                    "nodes",
                    session.operate().hasNode()
                        ? "at least one is running"
                        : "none is running, and nothing waits for one"));
  }

  /** As each node does when it starts; the log may have been changed since. */
  private void parts(Diagnosis diagnosis) {
    try {
      SubscriptionCheck.checkParts(session.database().login(Operate.READER));
      diagnosis.ok("parts", "keys lie in the parts that the log was installed with");
    } catch (IllegalStateException e) {
      diagnosis.fail("parts", String.valueOf(e.getMessage()));
    }
  }

  private void logins(Diagnosis diagnosis) {
    List<String> superusers =
        jdbc.sql(
                """
                SELECT r.rolname
                FROM pg_roles AS r
                JOIN pg_auth_members AS m ON m.member = r.oid
                JOIN pg_roles AS g ON g.oid = m.roleid
                WHERE g.rolname IN ('commondata_service', 'commondata_reader')
                    AND r.rolcanlogin
                    AND (r.rolsuper OR r.rolbypassrls)
                ORDER BY r.rolname
                """)
            .query(String.class)
            .list();
    int services =
        jdbc.sql(
                """
                SELECT count(*)
                FROM pg_roles AS r
                JOIN pg_auth_members AS m ON m.member = r.oid
                JOIN pg_roles AS g ON g.oid = m.roleid
                WHERE g.rolname = 'commondata_service'
                    AND r.rolcanlogin
                    AND NOT r.rolcreaterole
                """)
            .query(Integer.class)
            .single();
    diagnosis.require(
        superusers.isEmpty() && services > 0,
        "logins",
        "%d services, none may do more than it should".formatted(services),
        "%d services; superusers or BYPASSRLS among them: %s".formatted(services, superusers));
  }
}

package commondata.upkeep;

import commondata.database.Database;
import commondata.database.Login;
import commondata.operate.Act;
import commondata.operate.Operate;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.ConnectionCallback;
import org.springframework.jdbc.core.JdbcTemplate;

/**
 * Drops days of the log that are past keeping, that every subscription has passed, and that no
 * parked event points into.
 *
 * <ol>
 *   <li>{@code commondata.retire_days} decides, in one transaction with its audit row. From then on
 *       no rewind gets into those days.
 *   <li>{@code commondata.retired_partition} names, partition by partition, the statement that
 *       comes next: DETACH CONCURRENTLY, or FINALIZE where one was cut off, then DROP. Each runs
 *       alone, outside a transaction, and waits for a lock two seconds at most.
 * </ol>
 *
 * <p>A crash between any two statements loses nothing: what is retired stays so, and the next run,
 * of any node, reads from the catalogue where to go on. Two nodes at once get in each other's way
 * by a lock time-out at worst.
 */
public final class Retention {

  /** Lock time-out, and: another session is at the table. */
  private static final Set<String> TAKEN = Set.of("55P03", "55006");

  private static final Logger LOG = LoggerFactory.getLogger(Retention.class);

  private final Database database;
  private final Login reader;

  public Retention(Database database) {
    this.database = database;
    this.reader = database.login(Operate.READER);
  }

  /** Every day of the log, the oldest first. Changes nothing. */
  public List<LogDay> days(Duration keep) {
    return reader
        .jdbc()
        .sql(
            """
            SELECT
                d.day,
                d.size_bytes,
                d.past_keeping,
                CASE WHEN d.past_keeping THEN commondata.held_by(d.day) END AS held_by
            FROM (
                SELECT
                    l.day,
                    l.size_bytes,
                    (l.day + 1)::timestamp AT TIME ZONE 'UTC'
                        <= clock_timestamp() - make_interval(secs => :keep) AS past_keeping
                FROM commondata.log_day AS l
                WHERE l.day <= (clock_timestamp() AT TIME ZONE 'UTC')::date
            ) AS d
            ORDER BY d.day
            """)
        .param("keep", keep.toSeconds())
        .query(
            (row, number) ->
                new LogDay(
                    row.getObject("day", LocalDate.class),
                    row.getLong("size_bytes"),
                    row.getBoolean("past_keeping"),
                    row.getString("held_by")))
        .list();
  }

  /**
   * Gives up the days that may go, and drops what was given up.
   *
   * @return days given up now; what could not be dropped for a lock is dropped next time
   */
  public List<LocalDate> run(Duration keep, Act act) {
    // To decide, it counts days of the log: that may take longer than the limit of an answer.
    Login owner = database.bulkLogin(ownerOfTheLog(database));
    List<LocalDate> days = retire(owner, keep, act);
    while (dropNext(owner)) {
      // One statement a round: each changes what the catalogue says is next.
    }
    return days;
  }

  /** Whoever owns the tables may drop them; that is not this class's to configure. */
  static String ownerOfTheLog(Database database) {
    return database
        .login(Operate.READER)
        .jdbc()
        .sql(
            """
            SELECT pg_get_userbyid(c.relowner)
            FROM pg_class AS c
            WHERE c.oid = 'commondata.outbox'::regclass
            """)
        .query(String.class)
        .single();
  }

  private static List<LocalDate> retire(Login owner, Duration keep, Act act) {
    return owner
        .jdbc()
        .sql(
            """
            SELECT r.day
            FROM commondata.retire_days(make_interval(secs => :keep), :actor, :reason) AS r
            ORDER BY r.day
            """)
        .param("keep", keep.toSeconds())
        .param("actor", act.actor())
        .param("reason", act.reason())
        .query(LocalDate.class)
        .list();
  }

  private boolean dropNext(Login owner) {
    Optional<String> next =
        reader
            .jdbc()
            .sql(
                """
                SELECT p.next_statement
                FROM commondata.retired_partition AS p
                ORDER BY
                    p.day,
                    p.step
                LIMIT 1
                """)
            .query(String.class)
            .optional();
    return next.isPresent() && execute(owner, next.get());
  }

  private static boolean execute(Login owner, String statement) {
    try {
      new JdbcTemplate(owner.dataSource())
          .execute(
              (ConnectionCallback<Boolean>) connection -> withShortLocks(connection, statement));
      LOG.info("log: {}", statement);
      return true;
    } catch (DataAccessException e) {
      Throwable cause = e.getMostSpecificCause();
      if (cause instanceof SQLException sql && TAKEN.contains(String.valueOf(sql.getSQLState()))) {
        LOG.info("log: {} has to wait: {}", statement, cause.getMessage());
      } else {
        LOG.warn("log: {} failed, it is tried again in an hour: {}", statement, cause.getMessage());
      }
      return false;
    }
  }

  private static Boolean withShortLocks(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("SET lock_timeout = '2s'");
      try {
        statement.execute(sql);
      } catch (SQLException e) {
        throw afterReset(statement, e);
      }
      statement.execute("RESET lock_timeout");
      return true;
    }
  }

  /** A connection that is lost can't be reset: what went wrong first is what counts. */
  private static SQLException afterReset(Statement statement, SQLException first) {
    try {
      statement.execute("RESET lock_timeout");
    } catch (SQLException e) {
      first.addSuppressed(e);
    }
    return first;
  }
}

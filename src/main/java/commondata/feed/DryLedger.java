package commondata.feed;

import commondata.database.Login;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.LocalDate;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What the ledgers say of a file within the transaction that loads it. */
final class DryLedger {

  private static final String REASON =
      """
      SELECT coalesce(f.reason, '')
      FROM commondata.file AS f
      WHERE f.id = :file
      """;

  /** What is checked at the commit of a load must be checked here, too. */
  private static final String CHECK_DEFERRED = "SET CONSTRAINTS ALL IMMEDIATE";

  private static final String MARK = "SAVEPOINT dry_run";
  private static final String ROLL_BACK = "ROLLBACK TO SAVEPOINT dry_run";

  private static final String TRIED =
      """
      SELECT
          f.state,
          r.exit_code,
          r.business_date,
          f.record_count,
          f.loaded_count,
          f.rejected_count,
          r.written_count,
          CAST(f.control AS text) AS control,
          f.reason
      FROM commondata.file AS f
      JOIN commondata.run AS r ON r.id = f.run
      WHERE f.id = :file
        AND r.id = :run
      """;

  private static final String EVENTS =
      """
      SELECT
          o.type,
          count(*) AS event_count
      FROM commondata.outbox AS o
      WHERE o.tx = pg_current_xact_id()
      GROUP BY o.type
      ORDER BY o.type
      """;

  private final Login login;
  private final long run;

  DryLedger(Login login, long run) {
    this.login = login;
    this.run = run;
  }

  /** Why the file is not taken. */
  String reason(long file) {
    return login.jdbc().sql(REASON).param("file", file).query(String.class).single();
  }

  /** Where {@link #rollBackToMark} goes back to. */
  void mark() {
    login.jdbc().sql(MARK).update();
  }

  /** Undoes what was done since, and gives back its locks. */
  void rollBackToMark() {
    login.jdbc().sql(ROLL_BACK).update();
  }

  /** Fails if a constraint does that is checked at the commit. */
  void checkDeferred() {
    login.jdbc().sql(CHECK_DEFERRED).update();
  }

  /** What became of the file, with the errors that were found. */
  DryRunOutcome.Tried tried(long file, List<RecordError> errors) {
    Map<String, Long> events = events();
    return login
        .jdbc()
        .sql(TRIED)
        .param("file", file)
        .param("run", run)
        .query((row, n) -> tried(row, events, errors))
        .single();
  }

  private static DryRunOutcome.Tried tried(
      ResultSet row, Map<String, Long> events, List<RecordError> errors) throws SQLException {
    return new DryRunOutcome.Tried(
        row.getString("state"),
        row.getInt("exit_code"),
        row.getObject("business_date", LocalDate.class),
        row.getLong("record_count"),
        row.getLong("loaded_count"),
        row.getLong("rejected_count"),
        row.getLong("written_count"),
        events,
        row.getString("control"),
        row.getString("reason"),
        errors);
  }

  /** Events of this transaction, by type. */
  private Map<String, Long> events() {
    Map<String, Long> events = new LinkedHashMap<>();
    login
        .jdbc()
        .sql(EVENTS)
        .query(
            row -> {
              events.put(row.getString("type"), row.getLong("event_count"));
            });
    return events;
  }
}

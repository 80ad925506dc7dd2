package commondata.operate;

import static commondata.operate.Columns.instant;
import static commondata.operate.Columns.instantOrNull;
import static commondata.operate.Columns.longOrNull;

import commondata.database.Login;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Files that came in and went out, their rejects, what becomes of held ones, their numbers. */
final class FileEntries {

  private static final String RELEASE = "SELECT commondata.release_file(:file, :actor, :reason)";
  private static final String REJECT = "SELECT commondata.reject_file(:file, :actor, :reason)";

  private final Login reader;
  private final Supplier<Login> operator;

  FileEntries(Login reader, Supplier<Login> operator) {
    this.reader = reader;
    this.operator = operator;
  }

  List<FileEntry> list(@Nullable String feed, @Nullable String state, int limit) {
    return select(null, feed, state, null, limit);
  }

  Optional<FileEntry> find(long id) {
    return select(id, null, null, null, 1).stream().findFirst();
  }

  Optional<FileEntry> latest(String feed, String sha256) {
    return select(null, feed, null, sha256, 1).stream().findFirst();
  }

  private List<FileEntry> select(
      @Nullable Long id,
      @Nullable String feed,
      @Nullable String state,
      @Nullable String sha256,
      int limit) {
    return reader
        .jdbc()
        .sql(
            """
            SELECT
                f.id,
                f.feed,
                f.direction,
                f.name,
                f.state,
                f.sha256,
                f.size_bytes,
                f.business_date,
                f.run,
                f.record_count,
                f.loaded_count,
                f.rejected_count,
                f.control::text AS control,
                f.reason,
                f.arrived_at,
                f.finished_at,
                f.errors,
                f.progress,
                f.sequence,
                f.removed_at,
                f.corrects,
                f.superseded_by,
                f.corrected_count,
                f.acknowledge_by,
                f.acknowledged_at,
                f.loading_run,
                f.supersedes,
                f.rejects_removed_at
            FROM commondata.file_summary AS f
            WHERE (CAST(:id AS bigint) IS NULL OR f.id = :id)
              AND (CAST(:feed AS text) IS NULL OR f.feed = :feed)
              AND (CAST(:state AS text) IS NULL OR f.state = :state)
              AND (CAST(:sha256 AS text) IS NULL OR f.sha256 = :sha256)
            ORDER BY f.id DESC
            LIMIT :limit
            """)
        .param("id", id)
        .param("feed", feed)
        .param("state", state)
        .param("sha256", sha256)
        .param("limit", limit)
        .query((row, number) -> file(row))
        .list();
  }

  private static FileEntry file(ResultSet row) throws SQLException {
    return new FileEntry(
        row.getLong("id"),
        row.getString("feed"),
        row.getString("direction"),
        row.getString("name"),
        row.getString("state"),
        row.getString("sha256"),
        row.getLong("size_bytes"),
        row.getObject("business_date", LocalDate.class),
        longOrNull(row, "run"),
        row.getLong("record_count"),
        row.getLong("loaded_count"),
        row.getLong("rejected_count"),
        row.getString("control"),
        row.getString("reason"),
        instant(row, "arrived_at"),
        instantOrNull(row, "finished_at"),
        row.getString("errors"),
        row.getString("progress"),
        longOrNull(row, "sequence"),
        instantOrNull(row, "removed_at"),
        longOrNull(row, "corrects"),
        longOrNull(row, "superseded_by"),
        row.getLong("corrected_count"),
        instantOrNull(row, "acknowledge_by"),
        instantOrNull(row, "acknowledged_at"),
        longOrNull(row, "loading_run"),
        row.getString("supersedes"),
        instantOrNull(row, "rejects_removed_at"));
  }

  List<FileReject> rejects(long file, int limit) {
    return reader
        .jdbc()
        .sql(
            """
            SELECT
                r.line,
                r.byte_offset,
                r.column_name,
                r.code,
                r.message,
                r.raw,
                c.file AS corrected_as,
                c.record AS corrected
            FROM commondata.file_reject AS r
            LEFT JOIN commondata.file_correction AS c
                ON c.corrected_file = r.file
                AND c.line = r.line
            WHERE r.file = :file
            ORDER BY
                r.line,
                r.id
            LIMIT :limit
            """)
        .param("file", file)
        .param("limit", limit)
        .query(
            (row, number) ->
                new FileReject(
                    row.getLong("line"),
                    longOrNull(row, "byte_offset"),
                    row.getString("column_name"),
                    row.getString("code"),
                    row.getString("message"),
                    row.getString("raw"),
                    longOrNull(row, "corrected_as"),
                    row.getString("corrected")))
        .list();
  }

  Optional<String> release(long file, Act act) {
    return decide(operator.get(), RELEASE, file, act);
  }

  /** Done, looked at and rolled back: no second way to find out what is in the way. */
  ReleasePlan releasePlan(long file) {
    Login login = operator.get();
    return login.inTransactionKeptIf(
        done -> false,
        () -> {
          Turn turn = turn(login, file);
          Optional<String> refusal =
              decide(login, RELEASE, file, new Act("dry-run", "nothing is done"));
          boolean givesUp = refusal.isEmpty() && turn.next() < turn.sequence();
          return new ReleasePlan(
              refusal.orElse(null),
              turn(login, file).state(),
              givesUp ? turn.next() : null,
              givesUp ? turn.sequence() - 1 : null);
        });
  }

  /**
   * Where a file stands in its feed.
   *
   * @param sequence its number; 0 if it has none
   * @param next number that is next
   */
  private record Turn(String state, long sequence, long next) {}

  private static Turn turn(Login login, long file) {
    return login
        .jdbc()
        .sql(
            """
            SELECT
                f.state,
                coalesce(f.sequence, 0) AS sequence,
                coalesce(s.last_number, 0) + 1 AS next
            FROM commondata.file AS f
            LEFT JOIN commondata.feed_sequence AS s ON s.feed = f.feed
            WHERE f.id = :file
            """)
        .param("file", file)
        .query(
            (row, number) ->
                new Turn(row.getString("state"), row.getLong("sequence"), row.getLong("next")))
        .single();
  }

  Optional<String> reject(long file, Act act) {
    return decide(operator.get(), REJECT, file, act);
  }

  private static Optional<String> decide(Login login, String select, long file, Act act) {
    return login
        .jdbc()
        .sql(select)
        .param("file", file)
        .param("actor", act.actor())
        .param("reason", act.reason())
        .query((row, number) -> Optional.ofNullable(row.getString(1)))
        .single();
  }

  Optional<Renumbering> renumberPlan(String feed, long next) {
    return reader
        .jdbc()
        .sql(
            """
            SELECT
                coalesce(s.last_number, 0) + 1 AS next_before,
                (
                    SELECT count(*)
                    FROM commondata.file AS f
                    WHERE f.feed = j.name
                      AND f.sequence BETWEEN :next AND s.last_number
                      AND f.state IN ('LOADED', 'SUPERSEDED')
                ) AS loaded_files,
                (
                    SELECT count(*)
                    FROM commondata.file AS f
                    WHERE f.feed = j.name
                      AND f.sequence > coalesce(s.last_number, 0)
                      AND f.sequence < :next
                      AND f.state = 'HELD'
                ) AS held_files
            FROM commondata.job AS j
            LEFT JOIN commondata.feed_sequence AS s ON s.feed = j.name
            WHERE j.name = :feed
            """)
        .param("feed", feed)
        .param("next", next)
        .query(
            (row, number) ->
                new Renumbering(
                    row.getLong("next_before"),
                    next,
                    row.getLong("loaded_files"),
                    row.getLong("held_files")))
        .optional();
  }

  Optional<Renumbering> renumber(String feed, long next, Act act) {
    Optional<Renumbering> plan = renumberPlan(feed, next);
    if (plan.isPresent()) {
      operator
          .get()
          .jdbc()
          .sql("SELECT commondata.renumber_feed(:feed, :next, :actor, :reason)")
          .param("feed", feed)
          .param("next", next)
          .param("actor", act.actor())
          .param("reason", act.reason())
          .query()
          .listOfRows();
    }
    return plan;
  }

  List<UntakenFile> untaken(@Nullable String feed) {
    return reader
        .jdbc()
        .sql(
            """
            SELECT
                u.feed,
                u.name,
                u.why,
                u.since
            FROM commondata.untaken_file AS u
            WHERE (CAST(:feed AS text) IS NULL OR u.feed = :feed)
              AND u.seen_at > statement_timestamp() - interval '1 hour'
            ORDER BY u.feed
            """)
        .param("feed", feed)
        .query(
            (row, number) ->
                new UntakenFile(
                    row.getString("feed"),
                    row.getString("name"),
                    row.getString("why"),
                    instant(row, "since")))
        .list();
  }
}

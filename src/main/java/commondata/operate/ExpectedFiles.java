package commondata.operate;

import static commondata.operate.Columns.instant;
import static commondata.operate.Columns.instantOrNull;
import static commondata.operate.Columns.longOrNull;

import commondata.database.Login;
import java.time.LocalDate;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Files that feeds expect, and the days on which none comes after all. */
final class ExpectedFiles {

  private final Login reader;
  private final Supplier<Login> operator;

  ExpectedFiles(Login reader, Supplier<Login> operator) {
    this.reader = reader;
    this.operator = operator;
  }

  List<ExpectedFile> list(@Nullable String feed, @Nullable String state, int limit) {
    return reader
        .jdbc()
        .sql(
            """
            SELECT
                e.feed,
                e.business_date,
                e.due_at,
                e.state,
                e.file,
                e.loaded_at,
                e.late
            FROM commondata.expected_summary AS e
            WHERE (CAST(:feed AS text) IS NULL OR e.feed = :feed)
              AND (CAST(:state AS text) IS NULL OR e.state = :state)
            ORDER BY
                e.due_at DESC,
                e.feed
            LIMIT :limit
            """)
        .param("feed", feed)
        .param("state", state)
        .param("limit", limit)
        .query(
            (row, number) ->
                new ExpectedFile(
                    row.getString("feed"),
                    row.getObject("business_date", LocalDate.class),
                    instant(row, "due_at"),
                    row.getString("state"),
                    longOrNull(row, "file"),
                    instantOrNull(row, "loaded_at"),
                    row.getBoolean("late")))
        .list();
  }

  boolean waive(String feed, LocalDate businessDate, Act act) {
    return operator
        .get()
        .jdbc()
        .sql("SELECT commondata.waive_file(:feed, :business_date, :actor, :reason)")
        .param("feed", feed)
        .param("business_date", businessDate)
        .param("actor", act.actor())
        .param("reason", act.reason())
        .query(Boolean.class)
        .single();
  }
}

package commondata.operate;

import static commondata.operate.Columns.instant;

import commondata.database.Login;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What operators did; written by the functions that act, only read here. */
final class Acts {

  private final Login reader;

  Acts(Login reader) {
    this.reader = reader;
  }

  List<ActEntry> list(@Nullable String target, int limit) {
    return reader
        .jdbc()
        .sql(
            """
            SELECT
                a.id,
                a.acted_at,
                a.login,
                a.actor,
                a.act,
                a.target,
                a.reason,
                a.before::text AS before,
                a.after::text AS after,
                a.hash
            FROM commondata.operator_act AS a
            WHERE CAST(:target AS text) IS NULL OR a.target = :target
            ORDER BY a.id DESC
            LIMIT :limit
            """)
        .param("target", target)
        .param("limit", limit)
        .query(
            (row, number) ->
                new ActEntry(
                    row.getLong("id"),
                    instant(row, "acted_at"),
                    row.getString("login"),
                    row.getString("actor"),
                    row.getString("act"),
                    row.getString("target"),
                    row.getString("reason"),
                    row.getString("before"),
                    row.getString("after"),
                    row.getString("hash")))
        .list();
  }
}

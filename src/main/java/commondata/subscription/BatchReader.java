package commondata.subscription;

import commondata.database.Login;
import java.sql.Types;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The statements of {@link Poller}: functions of the kit, called under the subscription's login.
 */
final class BatchReader {

  private final Login login;
  private final String subscription;
  private final String node;

  BatchReader(Login login, String subscription, String node) {
    this.login = login;
    this.subscription = subscription;
    this.node = node;
  }

  /**
   * @param part which one; null: the one that has waited for longest
   * @param last parts that come behind all others
   */
  Batch nextBatch(int limit, @Nullable Integer part, Set<Integer> last) {
    return login
        .jdbc()
        .sql(
            """
            SELECT
                part,
                batch_start,
                batch_end,
                seq,
                event_id,
                source,
                kind,
                type,
                version,
                key,
                correlation_id,
                causation_id,
                reply_to,
                business_date,
                occurred_at,
                traceparent,
                payload
            FROM commondata.next_batch(:subscription, :limit, :part, :last)
            """)
        .param("subscription", subscription)
        .param("limit", limit)
        .param("part", part, Types.INTEGER)
        .param("last", last.toArray(Integer[]::new), Types.ARRAY)
        .query(BatchRows.BATCH);
  }

  void finish(Batch batch) {
    login
        .jdbc()
        .sql(
            """
            SELECT commondata.finish(:subscription, :part, :start, :end, :seqs, :node)
            """)
        .param("subscription", subscription)
        .param("part", batch.events().get(0).part())
        .param("start", batch.start())
        .param("end", batch.end())
        .param("seqs", batch.seqs(), Types.ARRAY)
        .param("node", node)
        .query((row, n) -> true)
        .single();
  }
}

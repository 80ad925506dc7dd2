package commondata.subscription;

import commondata.database.Login;
import commondata.event.Event;
import java.util.Optional;

/** The statements that try parked keys again, under the subscription's login. */
final class ParkedReader {

  /** A parked key that this worker is to try. */
  record Due(int part, String key) {}

  private final Login login;
  private final String subscription;
  private final String node;

  ParkedReader(Login login, String subscription, String node) {
    this.login = login;
    this.subscription = subscription;
    this.node = node;
  }

  Optional<Due> beginRetry(String worker) {
    return login
        .jdbc()
        .sql(
            """
            SELECT r.part, r.key
            FROM commondata.begin_retry(:subscription, :worker, :node) AS r
            """)
        .param("subscription", subscription)
        .param("worker", worker)
        .param("node", node)
        .query((row, n) -> new Due(row.getInt("part"), row.getString("key")))
        .optional();
  }

  Batch nextParked(String worker, Due due) {
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
            FROM commondata.next_parked(:subscription, :worker, :part, :key)
            """)
        .param("subscription", subscription)
        .param("worker", worker)
        .param("part", due.part())
        .param("key", due.key())
        .query(BatchRows.BATCH);
  }

  void finishParked(Event event) {
    login
        .jdbc()
        .sql(
            """
            SELECT commondata.finish_parked(:subscription, :part, :key, :seq, :node)
            """)
        .param("subscription", subscription)
        .param("part", event.part())
        .param("key", event.key())
        .param("seq", event.seq())
        .param("node", node)
        .query((row, n) -> true)
        .single();
  }
}

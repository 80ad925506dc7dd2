package commondata.subscription;

import commondata.fault.DeliveryCheck.Numbered;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.springframework.jdbc.core.simple.JdbcClient;

/** A way to read an outbox that looks right and is not; the check must catch it. */
abstract class NaiveCursor {

  private final List<Numbered> delivered = new CopyOnWriteArrayList<>();

  List<Numbered> delivered() {
    return List.copyOf(delivered);
  }

  void deliver(String key, long n) {
    delivered.add(new Numbered(key, n));
  }

  abstract void readOnce(JdbcClient jdbc);

  /** Reads what has a higher id than the last one: skips an id that commits late. */
  static final class IdCursor extends NaiveCursor {

    private long last;

    @Override
    void readOnce(JdbcClient jdbc) {
      jdbc.sql(
              """
            SELECT id, key, CAST(payload ->> 'n' AS bigint) AS n
            FROM commondata.outbox
            WHERE type = 'log.tested'
              AND id > :last
            ORDER BY id
            LIMIT 100
            """)
          .param("last", last)
          .query(
              row -> {
                deliver(row.getString("key"), row.getLong("n"));
                last = row.getLong("id");
              });
    }
  }

  /** Reads by transaction id below the oldest open one: stalls behind it, and inverts keys. */
  static final class XidCursor extends NaiveCursor {

    private String lastTx = "0";
    private long lastId;

    @Override
    void readOnce(JdbcClient jdbc) {
      jdbc.sql(
              """
            SELECT tx, id, key, CAST(payload ->> 'n' AS bigint) AS n
            FROM commondata.outbox
            WHERE type = 'log.tested'
              AND tx < pg_snapshot_xmin(pg_current_snapshot())
              AND (tx, id) > (CAST(:last_tx AS xid8), :last_id)
            ORDER BY tx, id
            LIMIT 100
            """)
          .param("last_tx", lastTx)
          .param("last_id", lastId)
          .query(
              row -> {
                deliver(row.getString("key"), row.getLong("n"));
                lastTx = row.getString("tx");
                lastId = row.getLong("id");
              });
    }
  }
}

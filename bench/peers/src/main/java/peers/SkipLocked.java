package peers;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** State in the row, claimed by SKIP LOCKED in batches, written by hand. No order is kept. */
final class SkipLocked extends ByHand {

  SkipLocked(Setting setting) {
    super(setting);
  }

  @Override
  void append(long id) {
    jdbc.update(
        """
        INSERT INTO queue (type, key, payload)
        VALUES (?, ?, CAST(? AS jsonb))
        """,
        Done.TYPE,
        Done.keyOf(id),
        Done.now(id).json());
  }

  @Override
  public void fill(long count) {
    jdbc.update(
        """
        INSERT INTO queue (type, key, payload)
        SELECT ?, 'key-' || n % 5000, jsonb_set(CAST(? AS jsonb), '{id}', to_jsonb(n))
        FROM generate_series(1, ?) AS n
        """,
        Done.TYPE, Done.now(0).json(), count);
  }

  @Override
  public void start() {
    loops.start(
        Collections.nCopies(
            READERS, () -> Boolean.TRUE.equals(transactions.execute(status -> claim()))));
  }

  private boolean claim() {
    List<Long> claimed = new ArrayList<>();
    List<Done> events =
        jdbc.query(
            """
            SELECT id, payload
            FROM queue
            WHERE status = 'NEW'
            ORDER BY id
            LIMIT ?
            FOR UPDATE SKIP LOCKED
            """,
            (row, n) -> {
              claimed.add(row.getLong(1));
              return Json.event(row.getString(2));
            },
            BATCH);
    if (events.isEmpty()) {
      return false;
    }
    handle(events, Effects.ONE_BY_ONE);
    jdbc.update(
        """
        UPDATE queue
        SET status = 'DONE'
        WHERE id = ANY (?)
        """,
        (Object) claimed.toArray(Long[]::new));
    return true;
  }
}

package peers;

import java.util.ArrayList;
import java.util.List;

/**
 * A log that is only appended to, and a cursor a part, written by hand: no sequencing, no receipts,
 * no parking. Events that commit late are lost, so this is a bound for speed and no design.
 */
final class LogAndCursor extends ByHand {

  private static final int PARTS = 8;

  private final Effects effects;

  LogAndCursor(Setting setting, Effects effects) {
    super(setting);
    this.effects = effects;
  }

  @Override
  void append(long id) {
    jdbc.update(
        """
        INSERT INTO log (part, type, key, payload)
        VALUES (?, ?, ?, CAST(? AS jsonb))
        """,
        id % PARTS,
        Done.TYPE,
        Done.keyOf(id),
        Done.now(id).json());
  }

  @Override
  public void fill(long count) {
    jdbc.update(
        """
        INSERT INTO log (part, type, key, payload)
        SELECT n % ?, ?, 'key-' || n % 5000, jsonb_set(CAST(? AS jsonb), '{id}', to_jsonb(n))
        FROM generate_series(1, ?) AS n
        """,
        PARTS, Done.TYPE, Done.now(0).json(), count);
  }

  @Override
  public void start() {
    List<Loops.Look> looks = new ArrayList<>();
    for (int reader = 0; reader < READERS; reader++) {
      int first = reader * PARTS / READERS;
      looks.add(() -> readParts(first));
    }
    loops.start(looks);
  }

  private boolean readParts(int first) {
    boolean worked = false;
    for (int n = 0; n < PARTS; n++) {
      int part = (first + n) % PARTS;
      worked |= Boolean.TRUE.equals(transactions.execute(status -> readPart(part)));
    }
    return worked;
  }

  private boolean readPart(int part) {
    List<Long> position =
        jdbc.queryForList(
            """
            SELECT pos
            FROM log_cursor
            WHERE part = ?
            FOR UPDATE SKIP LOCKED
            """,
            Long.class,
            part);
    if (position.isEmpty()) {
      return false;
    }
    long[] last = new long[1];
    List<Done> events =
        jdbc.query(
            """
            SELECT id, payload
            FROM log
            WHERE part = ?
              AND id > ?
            ORDER BY id
            LIMIT ?
            """,
            (row, n) -> {
              last[0] = row.getLong(1);
              return Json.event(row.getString(2));
            },
            part,
            position.get(0),
            BATCH);
    if (events.isEmpty()) {
      return false;
    }
    handle(events, effects);
    jdbc.update(
        """
        UPDATE log_cursor
        SET pos = ?
        WHERE part = ?
        """,
        last[0],
        part);
    return true;
  }
}

package musiccorp.bench;

import commondata.database.Login;
import java.util.List;

/** What publishers and handlers of the bench write, and what is asked of the server. */
final class BenchTables {

  private static final int KEYS = 5_000;

  private final Login login;

  BenchTables(Login login) {
    this.login = login;
  }

  /** An effect of one event. */
  record Effect(int part, long seq, String key) {}

  static String keyOf(long id) {
    return "key-" + id % KEYS;
  }

  void business(long id) {
    login
        .jdbc()
        .sql(
            """
            INSERT INTO bench.business (id, key, amount)
            VALUES (:id, :key, :amount)
            """)
        .param("id", id)
        .param("key", keyOf(id))
        .param("amount", id)
        .update();
  }

  void oneByOne(List<Effect> effects) {
    effects.forEach(
        effect ->
            login
                .jdbc()
                .sql(
                    """
                    INSERT INTO bench.effect_one (part, seq, key)
                    VALUES (:part, :seq, :key)
                    """)
                .param("part", effect.part())
                .param("seq", effect.seq())
                .param("key", effect.key())
                .update());
  }

  /** Effects of one part by one statement. */
  void asBatch(List<Effect> effects) {
    login
        .jdbc()
        .sql(
            """
            INSERT INTO bench.effect_batch (part, seq, key)
            SELECT :part, e.seq, e.key
            FROM unnest(:seqs, :keys) AS e (seq, key)
            """)
        .param("part", effects.get(0).part())
        .param("seqs", effects.stream().map(Effect::seq).toArray(Long[]::new))
        .param("keys", effects.stream().map(Effect::key).toArray(String[]::new))
        .update();
  }

  long lastBusinessId() {
    return number(
        """
        SELECT coalesce(max(id), 0)
        FROM bench.business
        """);
  }

  long effects() {
    return number(
        """
        SELECT (SELECT count(*) FROM bench.effect_one) + (SELECT count(*) FROM bench.effect_batch)
        """);
  }

  long distinctEffects() {
    return number(
        """
        SELECT
            (SELECT count(*) FROM (SELECT DISTINCT part, seq FROM bench.effect_one) AS o)
            + (SELECT count(*) FROM (SELECT DISTINCT part, seq FROM bench.effect_batch) AS b)
        """);
  }

  /** Takes out effects that no event had. */
  void removeEffectsOfPart(int part) {
    login
        .jdbc()
        .sql(
            """
            WITH removed AS (
                DELETE FROM bench.effect_one
                WHERE part = :part
            )
            DELETE FROM bench.effect_batch
            WHERE part = :part
            """)
        .param("part", part)
        .update();
  }

  /** Bytes of write-ahead log since the beginning. */
  long walBytes() {
    return number(
        """
        SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint
        """);
  }

  /** Transaction ids given since the beginning: transactions that wrote. */
  long writes() {
    return number(
        """
        SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint
        """);
  }

  private long number(String sql) {
    return login.jdbc().sql(sql).query(Long.class).single();
  }
}

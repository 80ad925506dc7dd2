package musiccorp.chaos;

import commondata.database.Login;
import commondata.event.Event;
import commondata.event.EventCodec;
import commondata.subscription.Subscription;
import java.util.List;

/**
 * The two readers of {@code chaos.done}: one event at a time, with handlers that fail and hold
 * their key; and a whole batch, which never fails. Each event leaves one row, in the transaction of
 * its reader.
 */
final class Readers {

  static final String LOGIN = "chaos_service";
  static final String HOLD = "chaos-hold";
  static final String FLOW = "chaos-flow";

  /** The third one is no Java: {@code reader.sql}, which {@link ClientMain} runs. */
  static final String SQL = "chaos-sql";

  private final Login login;
  private final Login aside;
  private final Login effects;
  private final EventCodec codec;
  private final String node;

  /**
   * @param aside the same login through connections of its own: what it writes survives a roll-back
   * @param effects the one of both that effects are written through: the first, if all is well
   */
  Readers(Login login, Login aside, Login effects, EventCodec codec, String node) {
    this.login = login;
    this.aside = aside;
    this.effects = effects;
    this.codec = codec;
    this.node = node;
  }

  List<Subscription> subscriptions() {
    return List.of(
        Subscription.named(HOLD).login(LOGIN).on(ChaosDone.class, this::one).build(),
        Subscription.named(FLOW).login(LOGIN).onBatch(this::many).build());
  }

  private void one(ChaosDone done, Event event) {
    if (done.fails() > 0 && met(event.key(), done.n()) <= done.fails() && !isMended()) {
      throw new IllegalStateException(
          "%s of key \"%s\" fails %d times".formatted(event.type(), event.key(), done.fails()));
    }
    effect(HOLD, event.key(), done.n());
  }

  private void many(List<Event> events) {
    for (Event event : events) {
      effect(FLOW, event.key(), codec.read(event, ChaosDone.class).n());
    }
  }

  private void effect(String subscription, String key, long n) {
    effects
        .jdbc()
        .sql(
            """
            INSERT INTO chaos.effect (subscription, key, n, node)
            VALUES (:subscription, :key, :n, :node)
            """)
        .param("subscription", subscription)
        .param("key", key)
        .param("n", n)
        .param("node", node)
        .update();
  }

  private long met(String key, long n) {
    aside
        .jdbc()
        .sql(
            """
            INSERT INTO chaos.met (key, n)
            VALUES (:key, :n)
            """)
        .param("key", key)
        .param("n", n)
        .update();
    return aside
        .jdbc()
        .sql(
            """
            SELECT count(*)
            FROM chaos.met
            WHERE key = :key
              AND n = :n
            """)
        .param("key", key)
        .param("n", n)
        .query(Long.class)
        .single();
  }

  private boolean isMended() {
    return login
        .jdbc()
        .sql(
            """
            SELECT EXISTS (SELECT FROM chaos.mended)
            """)
        .query(Boolean.class)
        .single();
  }
}

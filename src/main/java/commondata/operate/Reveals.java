package commondata.operate;

import commondata.database.Login;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;

/** Shows payloads with their personal data; each look is an act, committed before it. */
final class Reveals {

  private final Supplier<Login> operator;

  Reveals(Supplier<Login> operator) {
    this.operator = operator;
  }

  Optional<String> event(UUID eventId, Act act) {
    long asked = ask("event " + eventId, act);
    return operator
        .get()
        .jdbc()
        .sql("SELECT commondata.reveal_event(:event_id, :asked) AS payload")
        .param("event_id", eventId)
        .param("asked", asked)
        .query((row, n) -> Optional.ofNullable(row.getString("payload")))
        .single();
  }

  Optional<String> deadLetter(long id, Act act) {
    long asked = ask("dead letter " + id, act);
    return operator
        .get()
        .jdbc()
        .sql("SELECT commondata.reveal_dead_letter(:id, :asked) AS payload")
        .param("id", id)
        .param("asked", asked)
        .query((row, n) -> Optional.ofNullable(row.getString("payload")))
        .single();
  }

  List<PayloadChange> proposedChanges(long letter, Act act) {
    long asked = ask("dead letter " + letter, act);
    return operator
        .get()
        .jdbc()
        .sql(
            """
            SELECT f.pointer, f.was::text AS was, f.is_now::text AS is_now
            FROM commondata.reveal_proposed_changes(:letter, :asked) AS f
            """)
        .param("letter", letter)
        .param("asked", asked)
        .query(PayloadChange.ROW)
        .list();
  }

  private long ask(String target, Act act) {
    return operator
        .get()
        .jdbc()
        .sql("SELECT commondata.ask_reveal(:target, :actor, :reason)")
        .param("target", target)
        .param("actor", act.actor())
        .param("reason", act.reason())
        .query(Long.class)
        .single();
  }
}

package commondata.operate;

import commondata.database.Login;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;

/** Shows payloads with their personal data; each look is an act. */
final class Reveals {

  private final Supplier<Login> operator;

  Reveals(Supplier<Login> operator) {
    this.operator = operator;
  }

  Optional<String> event(UUID eventId, Act act) {
    return operator
        .get()
        .jdbc()
        .sql("SELECT commondata.reveal_event(:event_id, :actor, :reason) AS payload")
        .param("event_id", eventId)
        .param("actor", act.actor())
        .param("reason", act.reason())
        .query((row, n) -> Optional.ofNullable(row.getString("payload")))
        .single();
  }

  Optional<String> deadLetter(long id, Act act) {
    return operator
        .get()
        .jdbc()
        .sql("SELECT commondata.reveal_dead_letter(:id, :actor, :reason) AS payload")
        .param("id", id)
        .param("actor", act.actor())
        .param("reason", act.reason())
        .query((row, n) -> Optional.ofNullable(row.getString("payload")))
        .single();
  }

  List<PayloadChange> proposedChanges(long letter, Act act) {
    return operator
        .get()
        .jdbc()
        .sql(
            """
            SELECT f.pointer, f.was::text AS was, f.is_now::text AS is_now
            FROM commondata.reveal_proposed_changes(:letter, :actor, :reason) AS f
            """)
        .param("letter", letter)
        .param("actor", act.actor())
        .param("reason", act.reason())
        .query(PayloadChange.ROW)
        .list();
  }
}

package commondata.operate;

import commondata.database.Login;
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
}

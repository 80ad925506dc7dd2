package commondata.operate;

import commondata.database.Login;
import commondata.event.PayloadCheck;
import commondata.event.PayloadError;
import commondata.fault.FaultPoint;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Acts on dead letters: each with its record in one transaction of the database's functions. */
final class Hospital {

  private final Login reader;
  private final Supplier<Login> operator;
  private final PayloadCheck check = new PayloadCheck();

  Hospital(Login reader, Supplier<Login> operator) {
    this.reader = reader;
    this.operator = operator;
  }

  LetterResult act(
      long letter, String act, @Nullable String payload, @Nullable Long seen, Act why) {
    return recorded(
        () ->
            LetterResult.valueOf(
                operator
                    .get()
                    .jdbc()
                    .sql(
                        """
                        SELECT commondata.act_on_letter(
                            :letter,
                            :act,
                            :actor,
                            :reason,
                            CAST(:payload AS jsonb),
                            CAST(:seen AS bigint))
                        """)
                    .param("letter", letter)
                    .param("act", act)
                    .param("actor", why.actor())
                    .param("reason", why.reason())
                    .param("payload", payload)
                    .param("seen", seen)
                    .query(String.class)
                    .single()));
  }

  long makeSet(String act, List<Long> letters, @Nullable Long seen, Act why) {
    return operator
        .get()
        .jdbc()
        .sql(
            """
            SELECT commondata.make_letter_set(
                :act, :letters, :actor, :reason, CAST(:seen AS bigint))
            """)
        .param("act", act)
        .param("seen", seen)
        .param("letters", letters.toArray(Long[]::new), java.sql.Types.ARRAY)
        .param("actor", why.actor())
        .param("reason", why.reason())
        .query(Long.class)
        .single();
  }

  Optional<LetterStep> nextInSet(long set) {
    return recorded(
        () ->
            operator
                .get()
                .jdbc()
                .sql("SELECT n.letter, n.result FROM commondata.next_in_set(:set) AS n")
                .param("set", set)
                .query(
                    (row, number) ->
                        new LetterStep(
                            row.getLong("letter"), LetterResult.valueOf(row.getString("result"))))
                .optional());
  }

  private static <T> T recorded(Supplier<T> act) {
    FaultPoint.HOSPITAL_BEGUN.reached();
    T done = act.get();
    FaultPoint.HOSPITAL_DONE.reached();
    return done;
  }

  List<PayloadError> payloadErrors(long letter, String payload) {
    return reader
        .jdbc()
        .sql(
            """
            SELECT d.type, d.version
            FROM commondata.dead_letter AS d
            WHERE d.id = :letter
            """)
        .param("letter", letter)
        .query(
            (row, number) ->
                check.errors(reader, row.getString("type"), row.getInt("version"), payload))
        .optional()
        .orElse(List.of());
  }

  List<PayloadChange> changes(long letter, String payload) {
    return operator
        .get()
        .jdbc()
        .sql(
            """
            SELECT f.pointer, f.was::text AS was, f.is_now::text AS is_now
            FROM commondata.letter_changes(:letter, CAST(:payload AS jsonb)) AS f
            """)
        .param("payload", payload)
        .param("letter", letter)
        .query(PayloadChange.ROW)
        .list();
  }

  List<PayloadChange> proposedChanges(long letter) {
    return operator
        .get()
        .jdbc()
        .sql(
            """
            SELECT f.pointer, f.was::text AS was, f.is_now::text AS is_now
            FROM commondata.proposed_changes(:letter) AS f
            """)
        .param("letter", letter)
        .query(PayloadChange.ROW)
        .list();
  }
}

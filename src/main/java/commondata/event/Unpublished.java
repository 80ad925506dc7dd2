package commondata.event;

import commondata.database.Login;
import commondata.database.Unsent;
import commondata.database.Write;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.JdbcTemplate;

/**
 * What a transaction has published, in the order of the calls: one statement for all of it. Values
 * go as texts, so that the driver knows a statement again whether one of them is null or not.
 */
final class Unpublished implements Unsent {

  private static final int EVENTS_MAX = 1_000;
  private static final long CHARACTERS_MAX = 8L << 20;
  private static final long SMALL_MAX = 16L << 10;

  private static final String ONE =
      """
      SELECT commondata.publish(
          ?,
          ?,
          commondata.payload_of(?),
          CAST(? AS integer),
          ?,
          CAST(? AS uuid),
          CAST(? AS uuid),
          ?,
          CAST(? AS date),
          ?,
          CAST(? AS timestamptz),
          CAST(? AS uuid)
      )
      """;

  private static final String MANY =
      """
      SELECT commondata.publish_all(
          array_agg(
              ROW(
                  e.type,
                  e.key,
                  commondata.payload_of(e.payload),
                  e.version,
                  e.correlation_id,
                  e.causation_id,
                  e.business_date,
                  e.kind,
                  e.reply_to
              )::commondata.new_event
              ORDER BY e.place
          ),
          CAST(? AS timestamptz),
          CAST(? AS uuid[]),
          CAST(? AS text[])
      )
      FROM unnest(
          CAST(? AS text[]),
          CAST(? AS text[]),
          CAST(? AS text[]),
          CAST(? AS integer[]),
          CAST(? AS uuid[]),
          CAST(? AS uuid[]),
          CAST(? AS date[]),
          CAST(? AS text[]),
          CAST(? AS text[])
      ) WITH ORDINALITY AS e (
          type,
          key,
          payload,
          version,
          correlation_id,
          causation_id,
          business_date,
          kind,
          reply_to,
          place
      )
      """;

  /** In the order of the fields of {@code commondata.new_event}. */
  private static final List<Function<Publication, @Nullable String>> FIELDS =
      List.of(
          p -> p.event().type(),
          p -> p.event().key(),
          p -> p.event().payload(),
          p -> Integer.toString(p.event().version()),
          p -> text(p.correlationId()),
          p -> text(p.causationId()),
          p -> text(p.businessDate()),
          p -> p.event().kind().column(),
          p -> p.event().replyTo());

  private final JdbcTemplate jdbc;
  private final List<Publication> publications = new ArrayList<>();
  private long characters;

  Unpublished(Login login) {
    this.jdbc = new JdbcTemplate(login.dataSource());
  }

  void add(Publication publication) {
    publications.add(publication);
    characters += publication.event().payload().length();
  }

  @Override
  public boolean isSmall() {
    return characters <= SMALL_MAX;
  }

  /** Whether it must be sent before the transaction ends, so as not to use up the memory. */
  boolean isFull() {
    return publications.size() >= EVENTS_MAX || characters >= CHARACTERS_MAX;
  }

  /**
   * @throws EventRefusedException if an event can't be published whenever it is tried
   */
  @Override
  public void send(@Nullable Write before, boolean commits) {
    int from = 0;
    while (from < publications.size()) {
      int to = endOfSameTime(from);
      List<Publication> together = publications.subList(from, to);
      send(from == 0 ? before : null, together, commits && to == publications.size());
      from = to;
    }
  }

  /** Events that are not to be handled before one time go together. */
  private int endOfSameTime(int from) {
    String at = availableAt(publications.get(from));
    int to = from + 1;
    while (to < publications.size() && Objects.equals(at, availableAt(publications.get(to)))) {
      to++;
    }
    return to;
  }

  private void send(@Nullable Write before, List<Publication> together, boolean commits) {
    String first = before == null ? "" : before.sql() + AND;
    String sql = together.size() == 1 ? ONE : MANY;
    try {
      jdbc.execute(
          first + sql + (commits ? AND_COMMIT : ""),
          (PreparedStatement statement) -> {
            int offset = before == null ? 0 : before.set(statement);
            if (together.size() == 1) {
              setOne(statement, offset, together.get(0));
            } else {
              setAll(statement, offset, together);
            }
            return statement.execute();
          });
    } catch (DataAccessException e) {
      throw Refusal.of(together.stream().map(Publication::event).toList(), e);
    }
  }

  private static void setOne(PreparedStatement statement, int offset, Publication one)
      throws SQLException {
    NewEvent event = one.event();
    statement.setString(offset + 1, event.type());
    statement.setString(offset + 2, event.key());
    statement.setString(offset + 3, event.payload());
    statement.setString(offset + 4, Integer.toString(event.version()));
    statement.setString(offset + 5, event.kind().column());
    statement.setString(offset + 6, text(one.correlationId()));
    statement.setString(offset + 7, text(one.causationId()));
    statement.setString(offset + 8, event.replyTo());
    statement.setString(offset + 9, text(one.businessDate()));
    statement.setString(offset + 10, one.traceparent());
    statement.setString(offset + 11, availableAt(one));
    statement.setString(offset + 12, text(one.eventId()));
  }

  private static void setAll(PreparedStatement statement, int offset, List<Publication> all)
      throws SQLException {
    statement.setString(offset + 1, availableAt(all.get(0)));
    setArray(statement, offset + 2, all, p -> text(p.eventId()));
    setArray(statement, offset + 3, all, Publication::traceparent);
    for (int i = 0; i < FIELDS.size(); i++) {
      setArray(statement, offset + 4 + i, all, FIELDS.get(i));
    }
  }

  private static void setArray(
      PreparedStatement statement,
      int index,
      List<Publication> all,
      Function<Publication, @Nullable String> field)
      throws SQLException {
    Object[] values = all.stream().map(field).toArray();
    statement.setArray(index, statement.getConnection().createArrayOf("text", values));
  }

  private static @Nullable String availableAt(Publication publication) {
    Instant at = publication.event().availableAt();
    return at == null ? null : at.atOffset(ZoneOffset.UTC).toString();
  }

  private static @Nullable String text(@Nullable Object value) {
    return value == null ? null : value.toString();
  }
}

package peers;

import java.util.List;
import javax.sql.DataSource;
import org.springframework.jdbc.core.JdbcTemplate;

/** The work that every contestant does, in the Spring transaction of the thread if there is one. */
final class Tables {

  static final String INSERT_BUSINESS =
      """
      INSERT INTO business (id, key, amount)
      VALUES (?, ?, ?)
      """;

  static final String INSERT_EFFECT =
      """
      INSERT INTO effect (reader, id, key)
      VALUES (?, ?, ?)
      """;

  private final JdbcTemplate jdbc;

  Tables(DataSource dataSource) {
    this.jdbc = new JdbcTemplate(dataSource);
  }

  void business(long id) {
    jdbc.update(INSERT_BUSINESS, id, Done.keyOf(id), id);
  }

  /** Effects of many events by one statement. */
  void effects(int reader, List<Done> events) {
    jdbc.update(
        """
        INSERT INTO effect (reader, id, key)
        SELECT ?, e.id, e.key
        FROM unnest(?, ?) AS e (id, key)
        """,
        reader,
        events.stream().map(Done::id).toArray(Long[]::new),
        events.stream().map(Done::key).toArray(String[]::new));
  }

  /** A statement an event, sent together. */
  void effectsTogether(int reader, List<Done> events) {
    jdbc.batchUpdate(
        INSERT_EFFECT, events.stream().map(e -> new Object[] {reader, e.id(), e.key()}).toList());
  }

  void effect(int reader, Done event) {
    jdbc.update(INSERT_EFFECT, reader, event.id(), event.key());
  }
}

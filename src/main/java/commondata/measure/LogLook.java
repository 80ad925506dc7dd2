package commondata.measure;

import commondata.database.Login;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The figures of the log at one moment, read in one statement.
 *
 * @param values by what they measure
 */
record LogLook(Map<Figure, Double> values) {

  /**
   * What is measured, of whom.
   *
   * @param errorClass of dead letters
   */
  record Figure(
      String name,
      @Nullable String subscription,
      @Nullable String part,
      @Nullable String errorClass) {

    static Figure of(String name) {
      return new Figure(name, null, null, null);
    }
  }

  static final LogLook NOTHING = new LogLook(Map.of());

  static LogLook at(Login login) {
    Map<Figure, Double> values = new HashMap<>();
    login
        .jdbc()
        .sql(
            """
            SELECT m.name, m.subscription, m.part, m.error_class, m.value
            FROM commondata.measures() AS m
            """)
        .query(
            row -> {
              values.put(
                  new Figure(
                      row.getString("name"),
                      row.getString("subscription"),
                      row.getString("part"),
                      row.getString("error_class")),
                  row.getDouble("value"));
            });
    return new LogLook(Map.copyOf(values));
  }

  /** The value; 0 if nothing of that kind is there (any more). */
  double value(Figure figure) {
    return values.getOrDefault(figure, 0.0);
  }

  /** Bytes of write-ahead log of the whole server for each event numbered since {@code before}. */
  double walBytesPerEvent(LogLook before) {
    double events = value(LogMeasures.EVENTS) - before.value(LogMeasures.EVENTS);
    double bytes = value(LogMeasures.WAL_BYTES) - before.value(LogMeasures.WAL_BYTES);
    return before.values.isEmpty() || events <= 0 ? 0 : bytes / events;
  }
}

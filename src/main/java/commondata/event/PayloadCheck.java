package commondata.event;

import com.networknt.schema.Error;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import commondata.database.Login;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/**
 * Holds payloads against the JSON Schemas of {@code commondata.event_type} before they are
 * published. Each schema is read and compiled once, when its first event comes; a type without one
 * passes. Thread-safe.
 */
public final class PayloadCheck {

  private static final int SHOWN_MAX = 5;
  private static final SchemaRegistry REGISTRY =
      SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);

  private final Map<TypeAndVersion, Optional<Schema>> compiled = new ConcurrentHashMap<>();

  private record TypeAndVersion(String type, int version) {}

  /**
   * Passes if the payload fits.
   *
   * @param login the one that publishes; its transaction reads the schema
   * @throws EventRefusedException if not; the message names the fields, but no value
   */
  void check(Login login, NewEvent event) {
    List<Error> errors =
        schema(login, new TypeAndVersion(event.type(), event.version()))
            .map(schema -> errors(schema, event))
            .orElse(List.of());
    if (!errors.isEmpty()) {
      throw new EventRefusedException(
          "payload of %s v%d \"%s\" does not fit its schema: %s. Publish what contract and schema ask for."
              .formatted(event.type(), event.version(), event.key(), sentence(errors)));
    }
  }

  private Optional<Schema> schema(Login login, TypeAndVersion wanted) {
    Optional<Schema> known = compiled.get(wanted);
    if (known != null) {
      return known;
    }
    Optional<Optional<String>> row =
        login
            .jdbc()
            .sql(
                """
                SELECT t.schema
                FROM commondata.event_type AS t
                WHERE t.type = :type
                  AND t.version = :version
                """)
            .param("type", wanted.type())
            .param("version", wanted.version())
            .query((rs, n) -> Optional.ofNullable(rs.getString("schema")))
            .optional();
    if (row.isEmpty()) {
      // Not registered, so publish refuses it; perhaps it is tomorrow.
      return Optional.empty();
    }
    Optional<Schema> schema = row.get().map(json -> REGISTRY.getSchema(json, InputFormat.JSON));
    compiled.put(wanted, schema);
    return schema;
  }

  private static List<Error> errors(Schema schema, NewEvent event) {
    try {
      return schema.validate(
          event.payload(),
          InputFormat.JSON,
          context -> context.executionConfig(config -> config.formatAssertionsEnabled(true)));
    } catch (RuntimeException e) {
      // It is no JSON at all: the database says so, with the transaction that it ends.
      return List.of();
    }
  }

  private static String sentence(List<Error> errors) {
    return errors.stream()
        .limit(SHOWN_MAX)
        .map(error -> "%s: %s".formatted(error.getInstanceLocation(), error.getMessage()))
        .collect(Collectors.joining("; "));
  }
}

package commondata.event;

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
 * Holds payloads against the JSON Schemas of {@code commondata.event_type} before {@link Outbox}
 * publishes them; what SQL publishes is not looked into. Each schema is read and compiled once,
 * when its first event comes; a type without one passes. Thread-safe.
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
    List<PayloadError> errors = errors(login, event.type(), event.version(), event.payload());
    if (!errors.isEmpty()) {
      throw new EventRefusedException(
          "payload of %s v%d \"%s\" does not fit its schema: %s. Publish what contract and schema ask for."
              .formatted(event.type(), event.version(), event.key(), sentence(errors)));
    }
  }

  /**
   * Everything in a payload that does not fit the schema of its type and version; nothing if there
   * is no schema, or if it is no JSON, which the database refuses.
   *
   * @param login one that may read the schemas
   */
  public List<PayloadError> errors(Login login, String type, int version, String payload) {
    return schema(login, new TypeAndVersion(type, version))
        .map(schema -> errors(schema, payload))
        .orElse(List.of());
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

  private static List<PayloadError> errors(Schema schema, String payload) {
    try {
      return schema
          .validate(
              payload,
              InputFormat.JSON,
              context -> context.executionConfig(config -> config.formatAssertionsEnabled(true)))
          .stream()
          .map(
              error -> new PayloadError(error.getInstanceLocation().toString(), error.getMessage()))
          .toList();
    } catch (RuntimeException e) {
      // It is no JSON at all: the database says so, with the transaction that it ends.
      return List.of();
    }
  }

  private static String sentence(List<PayloadError> errors) {
    return errors.stream()
        .limit(SHOWN_MAX)
        .map(error -> "%s: %s".formatted(error.pointer(), error.message()))
        .collect(Collectors.joining("; "));
  }
}

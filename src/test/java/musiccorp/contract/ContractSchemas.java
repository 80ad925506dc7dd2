package musiccorp.contract;

import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The JSON Schemas of the contract; tests hold every published event against them. */
public final class ContractSchemas {

  private static final SchemaRegistry REGISTRY =
      SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);
  private static final Map<String, Schema> SCHEMAS = new ConcurrentHashMap<>();

  private ContractSchemas() {}

  /** What is wrong with a payload, by its type and version; empty if it fits. */
  public static List<String> violations(String type, int version, String payload) {
    return schema(type, version)
        .validate(
            payload,
            InputFormat.JSON,
            context -> context.executionConfig(config -> config.formatAssertionsEnabled(true)))
        .stream()
        .map(error -> error.getInstanceLocation() + ": " + error.getMessage())
        .toList();
  }

  static Schema schema(String type, int version) {
    return SCHEMAS.computeIfAbsent("%s.v%d".formatted(type, version), ContractSchemas::load);
  }

  private static Schema load(String name) {
    String resource = "/contract/%s.json".formatted(name);
    try (InputStream json = ContractSchemas.class.getResourceAsStream(resource)) {
      if (json == null) {
        throw new IllegalArgumentException("contract \"%s\" has no schema".formatted(name));
      }
      return REGISTRY.getSchema(json, InputFormat.JSON);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

package commondata.contract;

import commondata.home.SetupException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.springframework.core.io.Resource;
import org.springframework.core.io.support.PathMatchingResourcePatternResolver;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * All event types of an installation: files {@code contract/<type>.v<version>.json}. A contract
 * that breaks its own promises stops the start, with every error in the message: versions are
 * numbered from 1 without a gap, and each one is compatible with the one before ({@link
 * Compatibility}). Immutable.
 */
public final class Contract {

  private static final Pattern FILE = Pattern.compile("([a-z0-9][a-z0-9.-]*)\\.v([1-9]\\d{0,3})");
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final List<PayloadSchema> schemas;

  private Contract(List<PayloadSchema> schemas) {
    this.schemas = schemas;
  }

  /**
   * The contract packed into the application; empty if there is none.
   *
   * @throws SetupException if it breaks its promises
   */
  public static Contract packed() {
    List<PayloadSchema> schemas = new ArrayList<>();
    try {
      for (Resource resource :
          new PathMatchingResourcePatternResolver().getResources("classpath*:contract/*.json")) {
        String file = String.valueOf(resource.getFilename());
        schemas.add(read(file, resource.getContentAsString(StandardCharsets.UTF_8)));
      }
    } catch (IOException e) {
      throw new UncheckedIOException("the packed contract can't be read", e);
    }
    return of(schemas);
  }

  /**
   * Reads one file of a contract.
   *
   * @param file its name, {@code <type>.v<version>.json}
   * @throws SetupException if name or content can't be right
   */
  public static PayloadSchema read(String file, String json) {
    Matcher name = FILE.matcher(file.replaceFirst("\\.json$", ""));
    if (!file.endsWith(".json") || !name.matches()) {
      throw new SetupException(
          "contract/%s is not named <type>.v<version>.json, such as order.placed.v1.json"
              .formatted(file));
    }
    try {
      JsonNode schema = JSON.readTree(json);
      return new PayloadSchema(
          name.group(1), Integer.parseInt(name.group(2)), "contract/" + file, schema);
    } catch (JacksonException e) {
      throw new SetupException(
          "contract/%s is not JSON: %s".formatted(file, e.getOriginalMessage()), e);
    }
  }

  /**
   * A contract of these schemas.
   *
   * @throws SetupException if it breaks its promises
   */
  public static Contract of(Collection<PayloadSchema> schemas) {
    List<PayloadSchema> sorted =
        schemas.stream()
            .sorted(
                Comparator.comparing(PayloadSchema::type).thenComparingInt(PayloadSchema::version))
            .toList();
    List<String> errors = new ArrayList<>();
    PayloadSchema before = null;
    for (PayloadSchema each : sorted) {
      if (before == null || !before.type().equals(each.type())) {
        before = null;
      }
      int expected = before == null ? 1 : before.version() + 1;
      if (each.version() != expected) {
        errors.add(
            "%s: version %d is not there. Versions of a type are numbered from 1, and old ones stay: their events lie in the log."
                .formatted(each.location(), expected));
      } else if (before != null) {
        errors.addAll(Compatibility.problems(before, each));
      }
      before = each;
    }
    if (!errors.isEmpty()) {
      throw new SetupException(String.join("\n", errors));
    }
    return new Contract(sorted);
  }

  /** Every schema, by type and version. */
  public List<PayloadSchema> schemas() {
    return schemas;
  }
}

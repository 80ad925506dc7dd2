package musiccorp.cli;

import java.util.Collection;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Names in the environment that begin as ours do. One that is misspelt would do nothing, without a
 * word; it is told, not refused: Kubernetes makes such names of a service called commondata.
 */
final class EnvironmentNames {

  /** Of every command, of a node's properties, of docker-compose.yml, and of Kubernetes. */
  private static final Pattern KNOWN =
      Pattern.compile(
          """
          COMMONDATA_(?x:
            HOME | DB | OWNER | JAVA_OPTS | PASSWORDS_DIR | PASSWORD_.+
            | POLL_?INTERVAL | IDLE_?INTERVAL | BATCH_?SIZE | WORKERS | WAKE_?NODES
            | CHECK_?PAYLOADS | JOBS | RETENTION_KEEP
            | PG_PORT | SECRETS
            | PORT(_.+)? | SERVICE_.+
          )""");

  private EnvironmentNames() {}

  /** Those that nothing reads, in order. */
  static List<String> unknown(Collection<String> names) {
    return names.stream()
        .filter(name -> name.startsWith("COMMONDATA_") && !KNOWN.matcher(name).matches())
        .sorted()
        .toList();
  }

  /** What is said of them. */
  static String sentence(List<String> unknown) {
    return "%s in the environment: nothing reads such a name; see docs/reference/configuration.md"
        .formatted(String.join(", ", unknown));
  }
}

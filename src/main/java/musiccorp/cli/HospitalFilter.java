package musiccorp.cli;

import commondata.operate.DeadLetterFilter;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which dead letters a command is about. */
final class HospitalFilter {

  private static final List<String> STATES =
      List.of("OPEN", "REPLAYED", "EDITED", "DISCARDED", "ANY");

  @Option(names = "--subscription", paramLabel = "NAME", description = "Only of this reader")
  private @Nullable String subscription;

  @Option(names = "--type", paramLabel = "TYPE", description = "Only of this event type")
  private @Nullable String type;

  @Option(names = "--key", paramLabel = "KEY", description = "Only of this business id")
  private @Nullable String key;

  @Option(
      names = "--error",
      paramLabel = "TEXT",
      description = "Only with this text in the error's class or message")
  private @Nullable String error;

  @Option(
      names = "--group",
      paramLabel = "GROUP",
      description = "Only those that failed alike: see hospital group")
  private @Nullable String group;

  boolean hasGroup() {
    return group != null;
  }

  /** Whether it lets only some letters through; a group does. */
  boolean narrows() {
    return Stream.of(subscription, type, key, error, group).anyMatch(Objects::nonNull);
  }

  DeadLetterFilter open() {
    return withState("OPEN");
  }

  DeadLetterFilter withState(String state) {
    String wanted = state.toUpperCase(Locale.ROOT);
    if (!STATES.contains(wanted)) {
      throw new CliException(
          ExitCode.USAGE,
          "--state \"%s\" must be one of %s.".formatted(state, String.join(", ", STATES)));
    }
    return new DeadLetterFilter(
        subscription, wanted.equals("ANY") ? null : wanted, type, key, error, group);
  }
}

package peers;

import commondata.home.Home;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code bench/run outbox}. */
@Command(
    name = "outbox",
    description = "Compares the shared log with its peers.",
    mixinStandardHelpOptions = true)
final class OutboxCommand implements Callable<Integer> {

  /** What there is to measure. */
  enum What {
    RATES,
    BACKLOG,
    WAITS,
    SLOW,
    SNAPSHOT,
    FANOUT,
    IDLE
  }

  @Option(
      names = "--messages",
      paramLabel = "N",
      defaultValue = "150000",
      description = "Events a round, for us (default ${DEFAULT-VALUE})")
  private long messages;

  @Option(
      names = "--peer-messages",
      paramLabel = "N",
      defaultValue = "20000",
      description =
          "The same for all others, who take minutes for many; a small backlog favours them (default ${DEFAULT-VALUE})")
  private long peerMessages;

  @Option(
      names = "--backlog",
      paramLabel = "N",
      defaultValue = "1000000",
      description = "Events of the large backlog (default ${DEFAULT-VALUE})")
  private long backlog;

  @Option(
      names = "--seconds",
      paramLabel = "N",
      defaultValue = "3",
      description = "How long a steady stream lasts, and idleness (default ${DEFAULT-VALUE})")
  private int seconds;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "3",
      description = "Rounds; medians are printed (default ${DEFAULT-VALUE})")
  private int rounds;

  @Option(
      names = "--what",
      paramLabel = "WHAT",
      split = ",",
      description = "What to measure, of ${COMPLETION-CANDIDATES} (default all)")
  private Set<What> what = EnumSet.allOf(What.class);

  @Option(
      names = "--only",
      paramLabel = "NAME",
      split = ",",
      description = "Only those whose name holds one of these")
  private List<String> only = List.of("");

  @Option(names = "--json", paramLabel = "FILE", description = "Writes every round there")
  private @Nullable Path json;

  @Option(
      names = "--home",
      paramLabel = "DIR",
      defaultValue = "${sys:peers.home:-target/home}",
      description = "Where the server lives (default: a directory that is removed at the end)")
  private Path home = Path.of("target", "home");

  @Override
  public Integer call() throws Exception {
    try (Server server = new Server(new Home(home))) {
      Field field = Field.of(server, only);
      Report report = field.report();
      server.describe(report);
      report.setting("events", messages);
      report.setting("rounds", rounds);
      for (What one : EnumSet.copyOf(what)) {
        scenario(one, new Arena(server), field, report).run(rounds);
      }
      System.out.println(report.markdown());
      if (json != null) {
        Files.writeString(json, report.json());
      }
      return report.hasFailures() ? 1 : 0;
    }
  }

  private Scenario scenario(What one, Arena arena, Field field, Report report) {
    Duration steady = Duration.ofSeconds(seconds);
    return switch (one) {
      case RATES ->
          new PublishAndDrain(arena, field, report, messages, Math.min(messages, peerMessages));
      case BACKLOG -> new Backlog(arena, field, report, backlog);
      case WAITS -> new Waits(arena, field, report, steady);
      case SLOW -> new SlowPart(arena, field, report, steady);
      case SNAPSHOT -> new HeldSnapshot(arena, field, report, Math.max(1, messages / 3));
      case FANOUT -> new FanOut(arena, field, report, messages, Math.min(messages, peerMessages));
      case IDLE -> new Idle(arena, field, report, steady.multipliedBy(2));
    };
  }
}

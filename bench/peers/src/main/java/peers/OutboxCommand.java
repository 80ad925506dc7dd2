package peers;

import commondata.home.Home;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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

  @Option(
      names = "--messages",
      paramLabel = "N",
      defaultValue = "150000",
      description = "Events a round (default ${DEFAULT-VALUE})")
  private long messages;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "3",
      description = "Rounds; medians are printed (default ${DEFAULT-VALUE})")
  private int rounds;

  @Option(
      names = "--only",
      paramLabel = "NAME",
      description = "Contestants whose name holds one of these",
      split = ",")
  private List<String> only = List.of("");

  @Option(names = "--json", paramLabel = "FILE", description = "Writes every round there")
  private @Nullable Path json;

  @Option(
      names = "--home",
      paramLabel = "DIR",
      description = "Where the server lives (default ${DEFAULT-VALUE})")
  private Path home = Path.of("target", "home");

  @Override
  public Integer call() throws Exception {
    try (Server server = new Server(new Home(home))) {
      Field field = Field.of(server, only);
      Report report = field.report();
      report.setting("PostgreSQL", server.setting("server_version"));
      for (String name : List.of("fsync", "synchronous_commit", "shared_buffers")) {
        report.setting(name, server.setting(name));
      }
      report.setting("cores", Runtime.getRuntime().availableProcessors());
      report.setting("Java", System.getProperty("java.version"));
      report.setting("events", messages);
      report.setting("rounds", rounds);
      new OutboxRounds(server, field, report).run(messages, rounds);
      System.out.println(report.markdown());
      if (json != null) {
        Files.writeString(json, report.json());
      }
      return report.hasFailures() ? 1 : 0;
    }
  }
}

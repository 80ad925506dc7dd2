package musiccorp.bench;

import java.util.List;
import musiccorp.cli.CliCommand;
import picocli.CommandLine.Command;

/** Measures, in a database of its own beside the user's. */
@Command(
    name = "bench",
    description = "Measures the shared log or the loading of files, and prints the figures.",
    subcommands = {OutboxBenchCommand.class, FilesBenchCommand.class})
public final class BenchCommand extends CliCommand {

  @Override
  public Integer call() {
    spec().commandLine().usage(spec().commandLine().getErr());
    return spec().commandLine().getCommandSpec().exitCodeOnInvalidInput();
  }

  /** The middle one; of an even number, the lower of the two. */
  static double median(List<Double> figures) {
    return figures.stream().sorted().toList().get((figures.size() - 1) / 2);
  }
}

package musiccorp.chaos;

import commondata.home.Home;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import musiccorp.cli.CliCommand;
import musiccorp.cli.CliException;
import musiccorp.cli.ExitCode;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Makes nodes, SQL services, server and network fail by a seed, and says whether anything was
 * harmed.
 */
@Command(
    name = "chaos",
    description = "Makes nodes, SQL services, server and network fail, and checks everything.",
    footer = {
      "",
      "Works in a scratch home of its own, never in yours. A run that finds nothing",
      "removes it. The same seed plans the same faults; it is printed first and last.",
      "Ctrl-C ends every process of the run, and removes the scratch home."
    })
public final class ChaosCommand extends CliCommand {

  private static final int MINUTES_MAX = 24 * 60;

  /** What an interrupted run has to come to an end. */
  private static final long END_SECONDS = 20;

  private static final long PATIENCE_SECONDS = 60;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "What decides the faults; else one is chosen and printed")
  private long seed = Math.floorMod(System.nanoTime(), 1_000_000L) + 1;

  @Option(
      names = "--minutes",
      paramLabel = "M",
      defaultValue = "2",
      description = "How long to go on with random faults (default ${DEFAULT-VALUE}; 0: none)")
  private int minutes;

  @Option(names = "--no-points", description = "Leaves out ending a node at each fault point first")
  private boolean noPoints;

  private boolean interrupted;

  @Override
  public Integer call() throws Exception {
    if (minutes < 0 || minutes > MINUTES_MAX || seed < 1) {
      throw new CliException(
          ExitCode.USAGE,
          "--minutes %d must be 0 to %d, --seed %d 1 or more."
              .formatted(minutes, MINUTES_MAX, seed));
    }
    if (noPoints && minutes == 0) {
      throw new CliException(
          ExitCode.USAGE,
          "--no-points with --minutes 0 leaves nothing to do: leave one of them out.");
    }
    if (System.getProperty("commondata.log") == null) {
      // Whatever breaks in the clients breaks on purpose, and is counted.
      System.setProperty("commondata.log", "OFF");
    }
    Path scratch = Files.createTempDirectory("commondata-chaos-");
    Campaign.Wanted wanted =
        new Campaign.Wanted(
            seed,
            noPoints ? Set.of() : Campaign.allPoints(),
            minutes == 0 ? List.of() : Plan.dealt(seed),
            minutes > 0,
            TimeUnit.MINUTES.toNanos(minutes),
            PATIENCE_SECONDS,
            Sabotage.NONE);
    Campaign campaign = new Campaign(wanted, new Home(scratch), this::sayUnlessInterrupted);
    CountDownLatch over = new CountDownLatch(1);
    Thread atEnd = new Thread(() -> interrupt(campaign, over, scratch), "chaos-interrupted");
    Runtime.getRuntime().addShutdownHook(atEnd);
    Report report;
    try {
      report = campaign.run();
    } catch (Exception e) {
      if (!forget(atEnd)) {
        // Told to end: whatever broke broke because everything is being closed.
        return ExitCode.CANNOT_TELL_YET;
      }
      throw e;
    } finally {
      over.countDown();
    }
    if (!forget(atEnd)) {
      return ExitCode.CANNOT_TELL_YET;
    }
    output().object(report, out -> out.print(report.forPeople()));
    if (report.isGood()) {
      remove(scratch);
      return exitCode(report);
    }
    output()
        .say(
            "Something was harmed. Data and logs are kept in %s. Again: ./commondata chaos --seed %d --minutes %d%s"
                .formatted(scratch, seed, minutes, noPoints ? " --no-points" : ""));
    return exitCode(report);
  }

  static int exitCode(Report report) {
    return report.isGood() ? ExitCode.OK : ExitCode.CHECK_FAILED;
  }

  private synchronized void sayUnlessInterrupted(String sentence) {
    if (!interrupted) {
      output().say(sentence);
    }
  }

  /** Ctrl-C: from now on nothing is said but what has become of the run. */
  private void interrupt(Campaign campaign, CountDownLatch over, Path scratch) {
    synchronized (this) {
      interrupted = true;
    }
    campaign.abort();
    try {
      // What still runs would make again what is removed.
      over.await(END_SECONDS, TimeUnit.SECONDS);
      remove(scratch);
      output()
          .say("Interrupted: no verdict on seed %d. Nothing of the run is left.".formatted(seed));
    } catch (IOException | UncheckedIOException | InterruptedException e) {
      output()
          .say(
              "Interrupted: no verdict on seed %d. What it made lies in %s: %s"
                  .formatted(seed, scratch, e.getMessage()));
    }
  }

  /** Whether the process goes on; else the hook runs, and has said what is to be said. */
  private static boolean forget(Thread hook) {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
      return true;
    } catch (IllegalStateException e) {
      return false;
    }
  }

  static void remove(Path directory) throws IOException {
    try (Stream<Path> paths = Files.walk(directory)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    }
  }
}

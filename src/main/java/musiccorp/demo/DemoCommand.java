package musiccorp.demo;

import commondata.job.JobCatalog;
import commondata.job.JobDefinition;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import musiccorp.MusicCorp;
import musiccorp.cli.CliCommand;
import musiccorp.cli.CliException;
import musiccorp.cli.ExitCode;
import musiccorp.cli.Output;
import musiccorp.cli.Session;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The main job from nothing to a table of results. */
@Command(
    name = "demo",
    description = "Runs the company from nothing to settled, sums up, and checks every invariant.",
    footer = {
      "",
      "A node that is up in the same home works along. A demo that was killed goes on",
      "where it stopped; the next one in the same home places new orders."
    })
public final class DemoCommand extends CliCommand {

  private static final int ORDERS = 60;
  private static final int ORDERS_MAX = 1_000_000;

  @Option(
      names = "--orders",
      paramLabel = "N",
      description = "How many orders on the sample data (default " + ORDERS + ")")
  private @Nullable Integer orders;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = "Folder of the Chinook music store as CSV files, to run instead")
  private @Nullable Path data;

  public DemoCommand() {}

  @Override
  public Integer call() {
    try {
      Demo.Source source = Demo.source(options(orders, data));
      JobCatalog jobs = jobs();
      requireBuiltIn(jobs);
      Progress progress = new Progress(spec().commandLine().getErr(), Output.terminalWidth() > 0);
      progress.step("starting the company");
      keepLogOffTheTerminal();
      try (Session session = Session.prepare(options());
          MusicCorp node = node(session, jobs)) {
        session.closeFirst(() -> stop(node, progress));
        return tell(source, session, jobs, node, progress);
      } catch (RuntimeException e) {
        if (progress.isBrokenOff()) {
          return ExitCode.CANNOT_TELL_YET;
        }
        throw e;
      }
    } catch (DemoException e) {
      throw new CliException(e.exitCode(), String.valueOf(e.getMessage()));
    }
  }

  private int tell(
      Demo.Source source, Session session, JobCatalog jobs, MusicCorp node, Progress progress) {
    Company company = new Headquarters(session.database(), session.home(), jobs, node);
    Demo.Result result = new Demo(company, progress).run(source);
    output().object(result.json(), out -> print(result, out));
    output()
        .say(
            "Next: ./commondata trace %s, ./commondata lag, ./commondata file list, ./commondata check"
                .formatted(result.anOrder()));
    progress.end();
    return result.exitCode();
  }

  /** Runs when a signal ends the process: what fails from then on is no news. */
  private static void stop(MusicCorp node, Progress progress) {
    progress.breakOff("stopping; the next demo in this home goes on from here");
    node.close();
  }

  private void requireBuiltIn(JobCatalog jobs) {
    List<String> lacking =
        JobCatalog.packed().all().stream()
            .map(JobDefinition::name)
            .filter(job -> jobs.find(job).isEmpty())
            .toList();
    if (!lacking.isEmpty()) {
      throw DemoException.usage(
          "The demo needs the built-in jobs; --jobs \"%s\" lacks %s. Leave --jobs out"
              .formatted(options().jobs(), String.join(", ", lacking)));
    }
  }

  /** The log lies in the home; a progress line and a log on one terminal spoil each other. */
  private void keepLogOffTheTerminal() {
    if (!options().verbose()) {
      System.setProperty("commondata.log", "ERROR");
    }
  }

  private static void print(Demo.Result result, PrintWriter out) {
    out.print(result.text());
  }

  private MusicCorp node(Session session, JobCatalog jobs) {
    return MusicCorp.start(
        session.database(),
        session.home(),
        new MusicCorp.Options(List.of(), "127.0.0.1", 0, jobs, options()::again));
  }

  private static Demo.Options options(@Nullable Integer orders, @Nullable Path data) {
    if (orders != null && data != null) {
      throw DemoException.usage("--orders and --data exclude each other: the data has its orders");
    }
    int count = orders == null ? ORDERS : orders;
    if (count < 1 || count > ORDERS_MAX) {
      throw DemoException.usage(
          "--orders %d must lie between 1 and %d".formatted(count, ORDERS_MAX));
    }
    return new Demo.Options(count, data);
  }
}

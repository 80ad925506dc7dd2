package musiccorp.cli;

import commondata.job.JobCatalog;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import musiccorp.MusicCorp;
import musiccorp.Service;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Starts a node and keeps it running until it is told to stop. */
@Command(
    name = "up",
    description = "Starts the database (unless --db), migrates, starts services, jobs and REST.",
    footer = {"", "Stops on Ctrl-C or SIGTERM, after the transactions under way."})
final class UpCommand extends CliCommand {

  @Option(
      names = "--services",
      paramLabel = "NAME",
      split = ",",
      description = "Services to run here, by name; else all")
  private List<String> services = new ArrayList<>();

  @Option(
      names = "--port",
      paramLabel = "PORT",
      defaultValue = "8080",
      description = "Port of REST (default ${DEFAULT-VALUE}; 0 takes a free one)")
  private int port;

  @Option(
      names = "--address",
      paramLabel = "ADDRESS",
      defaultValue = "127.0.0.1",
      description = "Address that REST listens on (default ${DEFAULT-VALUE})")
  private String address = "127.0.0.1";

  @Override
  public Integer call() throws InterruptedException {
    long start = System.nanoTime();
    if (port < 0 || port > 65535) {
      throw new CliException(
          ExitCode.USAGE, "--port %d must lie between 0 and 65535.".formatted(port));
    }
    for (String service : services) {
      if (Service.named(service).isEmpty()) {
        throw new CliException(
            ExitCode.USAGE,
            "--services \"%s\" is not known. Choose from %s.".formatted(service, Service.names()));
      }
    }
    JobCatalog jobs = jobs();
    List<String> unknown = EnvironmentNames.unknown(System.getenv().keySet());
    if (!unknown.isEmpty()) {
      output().say(EnvironmentNames.sentence(unknown));
    }
    try (Session session = Session.prepare(options());
        MusicCorp node =
            MusicCorp.start(
                session.database(),
                session.home(),
                new MusicCorp.Options(services, address, port, jobs, options()::again))) {
      session.closeFirst(() -> stop(node));
      session.watchServer();
      output()
          .say(
              "up in %.1f s: http://%s:%d, home %s. Stop with Ctrl-C. Next: ./commondata lag"
                  .formatted(
                      (System.nanoTime() - start) / 1e9, address, node.port(), session.home()));
      // Until a signal ends the process; the session then closes the node before the connections.
      new CountDownLatch(1).await();
      return ExitCode.OK;
    }
  }

  private void stop(MusicCorp node) {
    output().say("stopping, after the transactions under way");
    node.close();
    output().say("stopped");
  }
}

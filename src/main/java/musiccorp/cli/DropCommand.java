package musiccorp.cli;

import commondata.feed.DropName;
import commondata.job.JobCatalog;
import commondata.operate.FileEntry;
import commondata.operate.Operate;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Hands a file in, and may wait for what becomes of it. */
@Command(
    name = "drop",
    description = "Hands a file in to a feed.",
    footer = {
      "",
      "Exit code with --wait or --dry-run: 0 loaded or seen before, 5 loaded but for",
      "some records, 1 rejected, 6 held for an operator, or not taken in time.",
      "",
      "--dry-run does all but the commit, in this process: no node needs to be up.",
      "Meanwhile the feed loads no other file. Of one that would be held it says what",
      "a release would make of it."
    })
final class DropCommand extends CliCommand {

  private static final long POLL_MS = 200;

  @Parameters(paramLabel = "FILE", description = "The file; it is copied")
  private Path file = Path.of("");

  @Option(names = "--feed", required = true, paramLabel = "FEED", description = "Name of the feed")
  private String feed = "";

  @Option(names = "--wait", description = "Wait until a node has loaded or rejected it")
  private boolean wait;

  @Option(names = "--dry-run", description = "Only say what would become of it")
  private boolean dryRun;

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      defaultValue = "60",
      description = "Longest wait in which nothing goes on (default ${DEFAULT-VALUE})")
  private long timeout;

  @Override
  public Integer call() throws IOException, InterruptedException {
    JobCatalog jobs = jobs();
    Catalogs.requireFeed(jobs, feed);
    if (!Files.isRegularFile(file) || !Files.isReadable(file)) {
      throw new CliException(
          ExitCode.NOT_FOUND, "\"%s\" is no file that can be read.".formatted(file));
    }
    String why = DropName.whyNot(String.valueOf(file.getFileName()));
    if (why != null) {
      throw new CliException(
          ExitCode.USAGE,
          "No feed takes \"%s\": %s. Give it another name.".formatted(file.getFileName(), why));
    }
    if (dryRun) {
      return new DropDryRun(options(), output()).of(Catalogs.loading(jobs, feed), file);
    }
    HandIn handIn = new HandIn(file, Catalogs.loading(jobs, feed), options().home().drop());
    if (!wait) {
      Path dropped = handIn.done();
      output().row(new Rows("feed", "file").add(feed, dropped.toString()));
      output().say("Next: ./commondata file list --feed " + feed);
      return ExitCode.OK;
    }
    try (Session session = openSession()) {
      return dropAndWait(handIn, session.operate());
    }
  }

  private int dropAndWait(HandIn handIn, Operate operate) throws IOException, InterruptedException {
    String sha256 = HandIn.sha256(file);
    long before = operate.file(feed, sha256).map(FileEntry::id).orElse(0L);
    handIn.done();
    if (!operate.hasNode()) {
      output().say("No node is running: start one that takes it with ./commondata up");
    }
    String told = "";
    long since = System.nanoTime();
    while (System.nanoTime() - since < Duration.ofSeconds(timeout).toNanos()) {
      Optional<FileEntry> found = operate.file(feed, sha256).filter(entry -> entry.id() > before);
      if (found.isPresent() && !found.get().state().equals("CLAIMED")) {
        return ended(found.get());
      }
      String progress = found.map(DropCommand::progress).orElse(told);
      boolean isLoaded = found.map(FileEntry::loadingRun).isPresent();
      since = isLoaded || !progress.equals(told) ? System.nanoTime() : since;
      if (!progress.equals(told)) {
        output().say(progress);
        told = progress;
      }
      Thread.sleep(POLL_MS);
    }
    throw new CliException(ExitCode.CANNOT_TELL_YET, whyNot(operate, sha256, before));
  }

  /** A file of one slice, and checks and SQL of a large one, tell nothing until they have ended. */
  private static @Nullable String progress(FileEntry entry) {
    return entry.progress() == null && entry.loadingRun() != null
        ? "run %d is loading it".formatted(entry.loadingRun())
        : entry.progress();
  }

  private String whyNot(Operate operate, String sha256, long before) {
    String name = String.valueOf(file.getFileName());
    Optional<FileEntry> own = operate.file(feed, sha256).filter(entry -> entry.id() > before);
    if (own.isPresent()) {
      return taken(own.get());
    }
    return new FilesAhead(operate, feed)
        .of(name, sha256)
        .map(
            other ->
                "\"%s\" waits until file %d (%s, %s) has ended. See ./commondata file show %d"
                    .formatted(name, other.id(), other.name(), other.state(), other.id()))
        .orElseGet(() -> untaken(operate, name));
  }

  private String untaken(Operate operate, String name) {
    String why =
        operate.hasNode()
            ? "Why says ./commondata file list --incoming --feed " + feed
            : "None is running: start one with ./commondata up";
    return "No node has loaded \"%s\" within %d s. %s".formatted(name, timeout, why);
  }

  private static String taken(FileEntry entry) {
    if (entry.loadingRun() != null) {
      return "File %d (%s) is being loaded. See ./commondata run show %d"
          .formatted(entry.id(), entry.name(), entry.loadingRun());
    }
    String message =
        "File %d (%s) was taken, but no run is loading it: files before it come first, or its node"
            + " is gone. See ./commondata file show %d";
    return message.formatted(entry.id(), entry.name(), entry.id());
  }

  private int ended(FileEntry entry) {
    output().object(Fields.of(entry), out -> Fields.print(out, entry));
    output()
        .say(
            switch (entry.state()) {
              case "HELD", "LOADED", "REJECTED" -> "Next: ./commondata " + FileCommand.next(entry);
              default -> "Next: ./commondata file show " + entry.id();
            });
    return switch (entry.state()) {
      case "LOADED" -> entry.rejectedCount() > 0 ? ExitCode.PARTIAL : ExitCode.OK;
      case "DUPLICATE" -> ExitCode.OK;
      case "HELD" -> ExitCode.CANNOT_TELL_YET;
      default -> ExitCode.CHECK_FAILED;
    };
  }
}

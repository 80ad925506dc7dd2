package musiccorp.cli;

import commondata.home.Home;
import commondata.operate.FileEntry;
import commondata.operate.Operate;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Hands a file in, as any other writer does: under a hidden name first, then renamed. */
@Command(
    name = "drop",
    description = "Hands a file in to a feed.",
    footer = {
      "",
      "Exit code with --wait or --dry-run: 0 loaded or seen before, 5 loaded but for some records,",
      "1 rejected, 6 held for an operator, or not taken in time.",
      "",
      "--dry-run does all but the commit, in this process: no node needs to be up. Meanwhile the",
      "feed loads no other file."
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
      description = "Longest wait (default ${DEFAULT-VALUE})")
  private long timeout;

  @Override
  public Integer call() throws IOException, InterruptedException {
    List<String> feeds = Catalogs.feeds(Catalogs.of(options()));
    if (!feeds.contains(feed)) {
      throw new CliException(
          ExitCode.NOT_FOUND,
          "Feed \"%s\" is not known. There are: %s.".formatted(feed, String.join(", ", feeds)));
    }
    if (!Files.isRegularFile(file) || !Files.isReadable(file)) {
      throw new CliException(
          ExitCode.NOT_FOUND, "\"%s\" is no file that can be read.".formatted(file));
    }
    if (dryRun) {
      return new DropDryRun(options(), output()).of(feed, file);
    }
    if (!wait) {
      Path dropped = drop(options().home());
      output().row(new Rows("feed", "file").add(feed, dropped.toString()));
      output().say("Next: ./commondata file list --feed " + feed);
      return ExitCode.OK;
    }
    try (Session session = openSession()) {
      return dropAndWait(session);
    }
  }

  private Path drop(Home home) throws IOException {
    String name = String.valueOf(file.getFileName());
    Path incoming = home.drop().resolve(feed).resolve("incoming");
    Files.createDirectories(incoming);
    Path target = incoming.resolve(name);
    if (Files.exists(target)) {
      throw new CliException(
          ExitCode.CHECK_FAILED,
          "\"%s\" waits there already: no node has taken it yet. Start one with ./commondata up."
              .formatted(target));
    }
    Path part = incoming.resolve("." + name + ".part");
    try {
      Files.copy(file, part, StandardCopyOption.REPLACE_EXISTING);
      try (FileChannel channel = FileChannel.open(part, StandardOpenOption.WRITE)) {
        channel.force(true);
      }
      return Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      Files.deleteIfExists(part);
      throw new CliException(
          ExitCode.UNAVAILABLE,
          "\"%s\" can't be written: %s.".formatted(target, String.valueOf(e.getMessage())));
    }
  }

  private int dropAndWait(Session session) throws IOException, InterruptedException {
    Operate operate = session.operate();
    String sha256 = sha256();
    long before = operate.file(feed, sha256).map(FileEntry::id).orElse(0L);
    drop(session.home());
    String told = "";
    long end = System.nanoTime() + Duration.ofSeconds(timeout).toNanos();
    while (System.nanoTime() < end) {
      Optional<FileEntry> found = operate.file(feed, sha256).filter(entry -> entry.id() > before);
      if (found.isPresent() && !found.get().state().equals("CLAIMED")) {
        return ended(found.get());
      }
      String progress = found.map(FileEntry::progress).orElse(told);
      if (!progress.equals(told)) {
        output().say(progress);
        told = progress;
      }
      Thread.sleep(POLL_MS);
    }
    throw new CliException(
        ExitCode.CANNOT_TELL_YET,
        "No node has loaded \"%s\" within %d s. Is one running? Start it with ./commondata up."
            .formatted(file.getFileName(), timeout));
  }

  private int ended(FileEntry entry) {
    output().object(Fields.of(entry), out -> Fields.print(out, entry));
    output()
        .say(
            switch (entry.state()) {
              case "HELD" -> "Next: ./commondata file release %d, or reject".formatted(entry.id());
              case "LOADED" ->
                  entry.rejectedCount() > 0
                      ? "Next: ./commondata file rejects " + entry.id()
                      : "Next: ./commondata run show " + entry.run();
              case "REJECTED" -> "Next: ./commondata file rejects " + entry.id();
              default -> "Next: ./commondata file show " + entry.id();
            });
    return switch (entry.state()) {
      case "LOADED" -> entry.rejectedCount() > 0 ? ExitCode.PARTIAL : ExitCode.OK;
      case "DUPLICATE" -> ExitCode.OK;
      case "HELD" -> ExitCode.CANNOT_TELL_YET;
      default -> ExitCode.CHECK_FAILED;
    };
  }

  private String sha256() throws IOException {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      try (var in = Files.newInputStream(file)) {
        byte[] buffer = new byte[1 << 16];
        for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
          digest.update(buffer, 0, n);
        }
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}

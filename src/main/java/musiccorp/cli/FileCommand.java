package musiccorp.cli;

import commondata.operate.FileEntry;
import commondata.operate.FileReject;
import commondata.operate.Operate;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The ledger of files. */
@Command(
    name = "file",
    description = "Shows files that came, went out or must come; releases, rejects, corrects.",
    subcommands = {
      FileList.class,
      FileCommand.ShowCommand.class,
      FileCommand.RejectsCommand.class,
      FileRelease.class,
      FileCommand.RejectCommand.class,
      FileRenumber.class,
      FileExpected.class,
      FileWaive.class,
      FileResubmit.class
    })
final class FileCommand extends GroupCommand {

  static FileEntry require(Operate operate, long id) {
    return operate
        .file(id)
        .orElseThrow(
            () ->
                new CliException(
                    ExitCode.NOT_FOUND,
                    "There is no file %d. See ./commondata file list".formatted(id)));
  }

  /** What to do next with a file, as the end of a command line. */
  static String next(FileEntry file) {
    if (file.state().equals("HELD")) {
      return "file release %d --reason TEXT, or reject".formatted(file.id());
    }
    boolean hasRejects = file.errors() != null && file.rejectedCount() > file.correctedCount();
    if (hasRejects || (file.state().equals("REJECTED") && file.errors() != null)) {
      return "file rejects " + file.id();
    }
    Long run = file.run() == null ? file.loadingRun() : file.run();
    return run == null ? "file list --feed " + file.feed() : "run show " + run;
  }

  @Command(name = "show", description = "Shows one file.")
  static final class ShowCommand extends CliCommand {

    @Parameters(paramLabel = "ID", description = "Number of the file")
    private long id;

    @Override
    public Integer call() {
      try (Session session = openSession()) {
        FileEntry file = require(session.operate(), id);
        output().object(Fields.of(file), out -> Fields.print(out, file));
        output().say("Next: ./commondata " + next(file));
        return ExitCode.OK;
      }
    }
  }

  @Command(
      name = "rejects",
      description = {
        "Shows every error of a file's refused records.",
        "Records are shown up to 1,000 characters; the whole one stands at its byte",
        "offset in the unpacked file, which lies in the feed's archive."
      })
  static final class RejectsCommand extends CliCommand {

    @Parameters(paramLabel = "ID", description = "Number of the file")
    private long id;

    @Option(
        names = "--limit",
        paramLabel = "ROWS",
        defaultValue = "200",
        description = "Rows to show at most (default ${DEFAULT-VALUE})")
    private int limit;

    @Override
    public Integer call() {
      try (Session session = openSession()) {
        FileEntry file = require(session.operate(), id);
        List<FileReject> rejects = session.operate().rejects(id, positive("--limit", limit));
        Rows rows =
            new Rows("line", "column", "code", "message", "correctedAs", "byteOffset", "raw")
                .cutFirst("raw");
        for (FileReject each : rejects) {
          rows.add(
              each.line(),
              each.column(),
              each.code(),
              each.message(),
              each.correctedAs(),
              each.byteOffset(),
              each.raw());
        }
        output().rows(rows);
        output().say(rejects.isEmpty() ? none(file) : afterRejects(file));
        return ExitCode.OK;
      }
    }

    private static String none(FileEntry file) {
      String name = "File %d (%s)".formatted(file.id(), file.name());
      if (file.rejectsRemovedAt() != null) {
        return "%s has no rejects any more: they were kept long enough, and removed at %s."
            .formatted(name, file.rejectsRemovedAt());
      }
      return file.state().equals("REJECTED")
          ? "%s has no rejects: it was %s.".formatted(name, file.reason())
          : "%s has no rejects.".formatted(name);
    }

    private String afterRejects(FileEntry file) {
      if (file.state().equals("LOADED") && file.rejectedCount() == file.correctedCount()) {
        return "All of them are corrected. Next: ./commondata file list --feed " + file.feed();
      }
      return file.state().equals("LOADED")
          ? "Next: ./commondata file resubmit %d --line LINE --record RECORD --reason TEXT"
              .formatted(file.id())
          : "Next: correct the %s, then ./commondata drop FILE --feed %s"
              .formatted(
                  String.valueOf(file.reason()).startsWith("E-JOB") ? "job" : "file", file.feed());
    }
  }

  @Command(
      name = "reject",
      description = {
        "Refuses a held file, or a claimed one that is not being loaded.",
        "Such as one that has vanished. The next poll moves it to the rejected ones, with",
        "the reason. What is loaded of it already, seen by nobody, is removed before the",
        "feed's next file is loaded."
      })
  static final class RejectCommand extends CliCommand {

    @Parameters(paramLabel = "ID", description = "Number of the file")
    private long id;

    @Mixin private final ActOptions why = new ActOptions();

    @Override
    public Integer call() {
      try (Session session = openSession()) {
        FileEntry file = require(session.operate(), id);
        refuse(file, session.operate().reject(id, why.act()));
        decided(session, id, output());
        return ExitCode.OK;
      }
    }
  }

  /** Fails if there is a refusal, the end of a sentence about the file. */
  static void refuse(FileEntry file, Optional<String> refusal) {
    if (refusal.isPresent()) {
      throw new CliException(
          ExitCode.CHECK_FAILED,
          "File %d (%s, %s) %s.".formatted(file.id(), file.name(), file.state(), refusal.get()));
    }
  }

  static void decided(Session session, long id, Output output) {
    FileEntry after = require(session.operate(), id);
    output.object(Fields.of(after), out -> Fields.print(out, after));
    output.say("Next: ./commondata file show " + id);
  }
}

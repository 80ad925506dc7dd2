package musiccorp.cli;

import commondata.config.NodeName;
import commondata.feed.CorrectionOutcome;
import commondata.feed.Corrections;
import commondata.feed.RecordError;
import commondata.job.Plural;
import commondata.operate.FileEntry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Loads refused records that were corrected, in this process. */
@Command(
    name = "resubmit",
    description = {
      "Loads refused records of a loaded file once they are corrected.",
      "All that are given are loaded, or none.",
      "One: --line and --record. Several, such as those of one order: --from, a file",
      "with the line's number, a tab and the record, for each:",
      "",
      "    7<tab>A-2,CU-0001,2026-11-20,S-1,2,card-ok",
      ""
    },
    footer = {
      "",
      "Exit code: 0 loaded, 1 still wrong or not to be corrected, 6 the feed loads a",
      "file now. --dry-run does all but the commit; a reason is not asked for then."
    })
final class FileResubmit extends CliCommand {

  private static final Pattern ENTRY = Pattern.compile("([0-9]{1,18})\t(.*)");

  @Parameters(paramLabel = "ID", description = "Number of the file")
  private long id;

  @Option(names = "--line", paramLabel = "LINE", description = "Line of the refused record")
  private @Nullable Long line;

  @Option(names = "--record", paramLabel = "RECORD", description = "The record as it should be")
  private @Nullable String record;

  @Option(names = "--from", paramLabel = "FILE", description = "Lines and corrected records")
  private @Nullable Path from;

  @Option(names = "--dry-run", description = "Only say what would become of them")
  private boolean dryRun;

  @Mixin private final ActOptions why = new ActOptions();

  @Override
  public Integer call() throws IOException {
    SortedMap<Long, String> records = records();
    try (Session session = openSession()) {
      FileEntry file = FileCommand.require(session.operate(), id);
      Corrections corrections =
          Corrections.of(
              Catalogs.require(jobs(), file.feed()),
              session.database(),
              session.home().drop(),
              NodeName.ofThisProcess().value());
      return ended(
          session,
          dryRun ? corrections.dryRun(id, records) : corrections.resubmit(id, records, why.act()));
    }
  }

  private SortedMap<Long, String> records() throws IOException {
    if (line != null && record != null && from == null) {
      return new TreeMap<>(java.util.Map.of(line, record));
    }
    if (line != null || record != null || from == null) {
      throw new CliException(
          ExitCode.USAGE, "Give either --line and --record, or --from: see --help.");
    }
    if (!Files.isRegularFile(from)) {
      throw new CliException(
          ExitCode.NOT_FOUND, "\"%s\" is no file that can be read.".formatted(from));
    }
    return read(Files.readAllLines(from));
  }

  /** A record that goes on in the next line is not begun by a number and a tab there. */
  private SortedMap<Long, String> read(List<String> lines) {
    SortedMap<Long, String> records = new TreeMap<>();
    long current = 0;
    for (int i = 0; i < lines.size(); i++) {
      Matcher entry = ENTRY.matcher(lines.get(i));
      if (entry.matches()) {
        current = Long.parseLong(entry.group(1));
        if (records.put(current, entry.group(2)) != null) {
          throw wrong(i, "line %d of the file is corrected above already".formatted(current));
        }
      } else if (!records.isEmpty()) {
        records.merge(current, lines.get(i), (begun, rest) -> begun + "\n" + rest);
      } else {
        throw wrong(i, "must begin with the number of a line and a tab");
      }
    }
    if (records.isEmpty()) {
      throw new CliException(ExitCode.USAGE, "\"%s\" is empty.".formatted(from));
    }
    return records;
  }

  private CliException wrong(int index, String what) {
    return new CliException(
        ExitCode.USAGE, "\"%s\", line %d: %s.".formatted(from, index + 1, what));
  }

  private int ended(Session session, CorrectionOutcome outcome) {
    if (outcome instanceof CorrectionOutcome.Loaded loaded) {
      FileEntry file = FileCommand.require(session.operate(), loaded.file());
      output().object(Fields.of(file), out -> Fields.print(out, file));
      FileEntry corrected = FileCommand.require(session.operate(), id);
      output().say(next(corrected, loaded.run()));
      return ExitCode.OK;
    }
    if (outcome instanceof CorrectionOutcome.Tried tried) {
      new DryRunReport(output())
          .show(
              DryRunReport.fields(tried.outcome()),
              List.of(),
              "Nothing was changed. Without --dry-run they are loaded.");
      return ExitCode.OK;
    }
    if (outcome instanceof CorrectionOutcome.StillWrong wrong) {
      Rows rows = new Rows("line", "column", "code", "message");
      for (RecordError each : wrong.errors()) {
        rows.add(each.line(), each.column(), each.code(), each.message());
      }
      output().rows(rows);
      output().say("Nothing was loaded: correct these, too.");
      return ExitCode.CHECK_FAILED;
    }
    if (outcome instanceof CorrectionOutcome.Refused refused) {
      throw new CliException(ExitCode.CHECK_FAILED, Catalogs.capitalized(refused.message()) + ".");
    }
    if (outcome instanceof CorrectionOutcome.Failed failed) {
      throw new CliException(
          ExitCode.CHECK_FAILED,
          "%s failed with %d: %s"
              .formatted(
                  failed.run() == 0 ? "The dry run" : "Run " + failed.run(),
                  failed.exitCode(),
                  failed.message()));
    }
    throw new CliException(
        ExitCode.CANNOT_TELL_YET,
        "A file of this feed is loaded right now: try again when ./commondata run list shows its end.");
  }

  private static String next(FileEntry corrected, long run) {
    long left = corrected.rejectedCount() - corrected.correctedCount();
    return left > 0
        ? "%d refused %s left. Next: ./commondata file rejects %d"
            .formatted(left, Plural.of(left, "record is", "records are"), corrected.id())
        : "All refused records of file %d are corrected. Next: ./commondata run show %d"
            .formatted(corrected.id(), run);
  }
}

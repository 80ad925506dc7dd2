package musiccorp.cli;

import commondata.event.PayloadError;
import commondata.operate.DeadLetter;
import commondata.operate.LetterResult;
import commondata.operate.PayloadChange;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.core.JacksonException;
import tools.jackson.core.TokenStreamLocation;

/** Replays a dead letter with another payload. */
@Command(
    name = "edit",
    description = "Lets the reader try a dead letter with another payload.",
    footer = {
      "",
      "The letter keeps its payload and is closed as EDITED; the edited one is a",
      "letter of its own. Only its reader gets it: it is not published. Begin with",
      "--dry-run, which shows the difference. A payload that does not fit the schema",
      "of its event is refused, with all that is wrong in it.",
      "",
      "Exit code: 0 done or proposed, 1 the letter is not open, or the payload does",
      "not fit."
    })
final class HospitalEdit extends CliCommand {

  @Parameters(paramLabel = "ID", description = "Number of the dead letter")
  private long id;

  @Option(names = "--payload", paramLabel = "JSON", description = "The payload as it shall be")
  private @Nullable String payload;

  @Option(names = "--file", paramLabel = "FILE", description = "File that holds it; - for stdin")
  private @Nullable Path file;

  @Option(names = "--dry-run", description = "Show the difference, and do nothing")
  private boolean dryRun;

  @Mixin private final ActOptions why = new ActOptions();

  @Override
  public Integer call() {
    String wanted = wanted();
    var act = dryRun ? why.act("dry run") : why.act();
    try (Session session = openSession()) {
      DeadLetter letter =
          session.operate().deadLetter(id).orElseThrow(() -> HospitalCommand.notFound(id));
      List<PayloadChange> changes = session.operate().changes(id, wanted);
      if (changes.isEmpty()) {
        throw new CliException(
            ExitCode.USAGE,
            "The payload is that of dead letter %d: there is nothing to edit. See ./commondata hospital replay %d"
                .formatted(id, id));
      }
      refuseUnfit(session.operate().payloadErrors(id, wanted), letter);
      LetterResult result = dryRun ? null : session.operate().edit(id, wanted, act);
      if (result == LetterResult.NOT_OPEN) {
        throw new CliException(
            ExitCode.CHECK_FAILED, "Dead letter %d is %s, not OPEN.".formatted(id, letter.state()));
      }
      output().rows(rows(output(), changes));
      output().say(next(result, letter));
      return ExitCode.OK;
    }
  }

  private void refuseUnfit(List<PayloadError> errors, DeadLetter letter) {
    if (errors.isEmpty()) {
      return;
    }
    Rows rows = new Rows("pointer", "error");
    errors.forEach(each -> rows.add(each.pointer(), each.message()));
    output().rows(rows);
    throw new CliException(
        ExitCode.CHECK_FAILED,
        "The payload does not fit the schema of %s v%d, as listed: its reader would meet what it does not know. Mend it, or discard the letter."
            .formatted(letter.type(), letter.version()));
  }

  private String wanted() {
    if ((payload == null) == (file == null)) {
      throw new CliException(ExitCode.USAGE, "Give the payload by either --payload or --file.");
    }
    try {
      String text = payload;
      if (text == null && file != null) {
        text =
            file.toString().equals("-")
                ? new String(System.in.readAllBytes(), StandardCharsets.UTF_8)
                : Files.readString(file);
      }
      Json.parsed(String.valueOf(text));
      return String.valueOf(text);
    } catch (NoSuchFileException e) {
      throw new CliException(ExitCode.NOT_FOUND, "File \"%s\" does not exist.".formatted(file));
    } catch (IOException e) {
      throw new CliException(
          ExitCode.NOT_FOUND, "File \"%s\" can't be read: %s".formatted(file, e.getMessage()));
    } catch (JacksonException e) {
      throw new CliException(
          ExitCode.USAGE, "The payload is not JSON%s.".formatted(place(e.getLocation())));
    }
  }

  private static String place(@Nullable TokenStreamLocation at) {
    return at == null || at.getLineNr() < 1
        ? ""
        : ": see line %d, column %d".formatted(at.getLineNr(), at.getColumnNr());
  }

  static Rows rows(Output output, List<PayloadChange> changes) {
    Rows rows = new Rows("pointer", "was", "isNow");
    for (PayloadChange each : changes) {
      rows.add(each.pointer(), json(output, each.was()), json(output, each.isNow()));
    }
    return rows;
  }

  private static @Nullable Object json(Output output, @Nullable String value) {
    return value == null || !output.json() ? value : Json.parsed(value);
  }

  private String next(@Nullable LetterResult result, DeadLetter letter) {
    if (result == null) {
      return "Nothing was done: --dry-run.";
    }
    if (result == LetterResult.PROPOSED) {
      return "It waits for a second operator. Next: ./commondata hospital show %d".formatted(id);
    }
    return "Next: ./commondata trace " + Shell.word(letter.key());
  }
}

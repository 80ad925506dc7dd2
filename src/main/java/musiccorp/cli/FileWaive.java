package musiccorp.cli;

import java.time.LocalDate;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Says that an expected file does not come after all. */
@Command(name = "waive", description = "Says that an expected file does not come after all.")
final class FileWaive extends CliCommand {

  @Parameters(index = "0", paramLabel = "FEED", description = "Name of the feed's job")
  private String feed = "";

  @Parameters(index = "1", paramLabel = "DATE", description = "Business date, such as 2026-11-20")
  private LocalDate businessDate = LocalDate.MIN;

  @Mixin private final ActOptions why = new ActOptions();

  @Override
  public Integer call() {
    try (Session session = openSession()) {
      if (!session.operate().waive(feed, businessDate, why.act())) {
        throw new CliException(
            ExitCode.NOT_FOUND,
            "No file of feed \"%s\" is expected for %s, or it was waived before. See ./commondata file expected"
                .formatted(feed, businessDate));
      }
      output().row(new Rows("feed", "businessDate", "state").add(feed, businessDate, "WAIVED"));
      output().say("Next: ./commondata file expected --feed " + feed);
      return ExitCode.OK;
    }
  }
}

package musiccorp.cli;

import commondata.operate.Act;
import commondata.operate.DeadLetter;
import commondata.operate.Operate;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The second pair of eyes. */
@Command(
    name = "confirm",
    description = "Agrees, as a second operator, to acts that wait for one.",
    footer = {
      "",
      "Exit code: 0 all confirmed, 5 some, 1 none: nothing was proposed, or by the",
      "same operator, or something else since. The number is the column proposal of",
      "./commondata hospital list."
    })
final class HospitalConfirm extends HospitalAct {

  @Option(
      names = "--seen",
      required = true,
      paramLabel = "NUMBER",
      description = "Proposals up to this number were seen; later ones are left as they are")
  private long seen;

  @Override
  long freeze(Operate operate, List<Long> letters, Act why) {
    return operate.makeConfirmSet(letters, seen, why);
  }

  @Override
  String done() {
    return "confirmed";
  }

  @Override
  boolean isFor(DeadLetter letter) {
    return letter.proposed() != null;
  }
}

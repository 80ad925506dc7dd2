package musiccorp.cli;

import commondata.operate.Act;
import commondata.operate.LetterAct;
import commondata.operate.Operate;
import java.util.List;
import picocli.CommandLine.Command;

/** Gives dead letters up. */
@Command(
    name = "discard",
    description = "Gives dead letters up and lets their keys go on.",
    footer = {"", "Exit code: 0 all discarded, 5 some, 1 none: they were not open."})
final class HospitalDiscard extends HospitalAct {

  @Override
  long freeze(Operate operate, List<Long> letters, Act why) {
    return operate.makeLetterSet(LetterAct.DISCARD, letters, why);
  }

  @Override
  String done() {
    return "discarded";
  }
}

package musiccorp.cli;

import commondata.operate.Act;
import commondata.operate.LetterAct;
import commondata.operate.Operate;
import java.util.List;
import picocli.CommandLine.Command;

/** Puts dead letters back to the head of their keys' chains. */
@Command(
    name = "replay",
    description = "Lets the reader try dead letters again, in the order of their keys.",
    footer = {"", "Exit code: 0 all replayed, 5 some, 1 none: they were not open."})
final class HospitalReplay extends HospitalAct {

  @Override
  long freeze(Operate operate, List<Long> letters, Act why) {
    return operate.makeLetterSet(LetterAct.REPLAY, letters, why);
  }

  @Override
  String done() {
    return "replayed";
  }
}

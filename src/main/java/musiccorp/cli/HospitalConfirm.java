package musiccorp.cli;

import commondata.operate.DeadLetter;
import commondata.operate.LetterAct;
import picocli.CommandLine.Command;

/** The second pair of eyes. */
@Command(
    name = "confirm",
    description = "Agrees, as a second operator, to acts that wait for one.",
    footer = {
      "",
      "Exit code: 0 all confirmed, 5 some, 1 none: nothing was proposed, or by the same operator."
    })
final class HospitalConfirm extends HospitalAct {

  @Override
  LetterAct act() {
    return LetterAct.CONFIRM;
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

package musiccorp.cli;

import commondata.operate.LetterAct;
import picocli.CommandLine.Command;

/** Gives dead letters up. */
@Command(
    name = "discard",
    description = "Gives dead letters up and lets their keys go on.",
    footer = {"", "Exit code: 0 all discarded, 5 some, 1 none: they were not open."})
final class HospitalDiscard extends HospitalAct {

  @Override
  LetterAct act() {
    return LetterAct.DISCARD;
  }

  @Override
  String done() {
    return "discarded";
  }
}

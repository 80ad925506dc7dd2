package musiccorp.cli;

import commondata.operate.LetterAct;
import picocli.CommandLine.Command;

/** Puts dead letters back to the head of their keys' chains. */
@Command(
    name = "replay",
    description = "Lets the reader try dead letters again, in the order of their keys.",
    footer = {"", "Exit code: 0 all replayed, 5 some, 1 none: they were not open."})
final class HospitalReplay extends HospitalAct {

  @Override
  LetterAct act() {
    return LetterAct.REPLAY;
  }

  @Override
  String done() {
    return "replayed";
  }
}

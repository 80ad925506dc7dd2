package musiccorp.cli;

import commondata.operate.Act;
import commondata.operate.DeadLetter;
import commondata.operate.Operate;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What replay and discard have in common: which letters, why, and a look before the act. */
abstract class HospitalAct extends CliCommand {

  private static final int MANY = 10_000;

  @Parameters(arity = "0..*", paramLabel = "ID", description = "Numbers of dead letters")
  private List<Long> ids = new ArrayList<>();

  @Option(names = "--all", description = "All open ones that the filters let through")
  private boolean all;

  @Option(names = "--dry-run", description = "Show what would be done, and do nothing")
  private boolean dryRun;

  @Mixin private final ActOptions why = new ActOptions();

  @Mixin private final HospitalFilter filter = new HospitalFilter();

  /** Does it to one letter; false if that is not open any more. */
  abstract boolean act(Operate operate, long id, Act act);

  abstract String done();

  @Override
  public final Integer call() {
    if (ids.isEmpty() != all) {
      throw new CliException(ExitCode.USAGE, "Give either numbers of dead letters or --all.");
    }
    Act act = dryRun ? why.act("dry run") : why.act();
    try (Session session = openSession()) {
      List<DeadLetter> letters = letters(session.operate());
      if (dryRun) {
        output().rows(HospitalCommand.rows(letters));
        output()
            .say("Nothing was done: --dry-run. %d would be %s.".formatted(letters.size(), done()));
        return ExitCode.OK;
      }
      return actOn(session.operate(), letters, act);
    }
  }

  private List<DeadLetter> letters(Operate operate) {
    if (all) {
      return operate.deadLetters(filter.open(), MANY);
    }
    List<DeadLetter> letters = new ArrayList<>();
    for (long id : ids) {
      letters.add(operate.deadLetter(id).orElseThrow(() -> HospitalCommand.notFound(id)));
    }
    return letters;
  }

  private int actOn(Operate operate, List<DeadLetter> letters, Act act) {
    Rows rows = new Rows("id", "subscription", "type", "key", "result");
    int changed = 0;
    for (DeadLetter letter : letters) {
      boolean wasOpen = act(operate, letter.id(), act);
      changed += wasOpen ? 1 : 0;
      rows.add(
          letter.id(),
          letter.subscription(),
          letter.type(),
          letter.key(),
          wasOpen ? done() : "not open");
    }
    output().rows(rows);
    output().say("%d of %d %s. Next: ./commondata lag".formatted(changed, letters.size(), done()));
    if (changed == letters.size()) {
      return ExitCode.OK;
    }
    return changed == 0 ? ExitCode.CHECK_FAILED : ExitCode.PARTIAL;
  }
}

package musiccorp.cli;

import commondata.job.Plural;
import commondata.operate.Act;
import commondata.operate.DeadLetter;
import commondata.operate.LetterResult;
import commondata.operate.LetterStep;
import commondata.operate.Operate;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What acts on dead letters have in common: which letters, why, and a look before the act. */
abstract class HospitalAct extends CliCommand {

  private static final int MANY = 100_000;

  @Parameters(arity = "0..*", paramLabel = "ID", description = "Numbers of dead letters")
  private List<Long> ids = new ArrayList<>();

  @Option(names = "--all", description = "All open ones that the filters let through")
  private boolean all;

  @Option(names = "--dry-run", description = "Show what would be done, and do nothing")
  private boolean dryRun;

  @Option(
      names = "--per-second",
      paramLabel = "LETTERS",
      defaultValue = "100",
      description = "How many a second, at most (default ${DEFAULT-VALUE})")
  private int perSecond;

  @Mixin private final ActOptions why = new ActOptions();

  @Mixin private final HospitalFilter filter = new HospitalFilter();

  /** Makes the set of the letters that are meant; returns its number. */
  abstract long freeze(Operate operate, List<Long> letters, Act why);

  /** Such as "replayed". */
  abstract String done();

  /** Whether it makes sense for an open letter. */
  boolean isFor(DeadLetter letter) {
    return true;
  }

  @Override
  public final Integer call() {
    if (ids.isEmpty() != (all || filter.hasGroup())) {
      throw new CliException(
          ExitCode.USAGE, "Give either numbers of dead letters, or --all or --group.");
    }
    if (!ids.isEmpty() && filter.narrows()) {
      throw new CliException(
          ExitCode.USAGE, "The numbers say which letters are meant: filters go with --all.");
    }
    Throttle throttle = Throttle.of(positive("--per-second", perSecond));
    Act act = dryRun ? why.act("dry run") : why.act();
    try (Session session = openSession()) {
      List<DeadLetter> letters = letters(session.operate());
      if (dryRun) {
        output().rows(HospitalCommand.rows(letters));
        long would = letters.stream().filter(this::isOpenAndMeant).count();
        output().say("Nothing was done: --dry-run. %d would be %s.".formatted(would, done()));
        return ExitCode.OK;
      }
      List<Long> meant = letters.stream().map(DeadLetter::id).toList();
      long set = freeze(session.operate(), meant, act);
      if (meant.size() > 1) {
        output()
            .say(
                "Set %d: %d letters. If this ends early: ./commondata hospital resume %d"
                    .formatted(set, meant.size(), set));
      }
      return goThrough(session.operate(), set, throttle, done(), output());
    }
  }

  private List<DeadLetter> letters(Operate operate) {
    if (ids.isEmpty()) {
      List<DeadLetter> open = operate.deadLetters(filter.open(), MANY + 1);
      if (open.isEmpty() && filter.hasGroup()) {
        throw new CliException(
            ExitCode.NOT_FOUND,
            "No open dead letter is of that group. See ./commondata hospital group");
      }
      if (open.size() > MANY) {
        output().say("More than %,d are open; these are the oldest. Run it again.".formatted(MANY));
      }
      return open.stream().limit(MANY).filter(this::isFor).toList();
    }
    List<DeadLetter> letters = new ArrayList<>();
    for (long id : ids) {
      letters.add(operate.deadLetter(id).orElseThrow(() -> HospitalCommand.notFound(id)));
    }
    return letters;
  }

  private boolean isOpenAndMeant(DeadLetter letter) {
    return letter.state().equals("OPEN") && isFor(letter);
  }

  /** Acts on what is left of a set, and shows what became of each letter. */
  static int goThrough(Operate operate, long set, Throttle throttle, String done, Output output) {
    Rows rows = new Rows("id", "subscription", "type", "key", "result");
    int changed = 0;
    int proposed = 0;
    for (Optional<LetterStep> step = operate.nextInSet(set);
        step.isPresent();
        step = operate.nextInSet(set)) {
      LetterResult result = step.get().result();
      changed += result == LetterResult.DONE ? 1 : 0;
      proposed += result == LetterResult.PROPOSED ? 1 : 0;
      DeadLetter letter = operate.deadLetter(step.get().letter()).orElseThrow();
      rows.add(
          letter.id(),
          letter.subscription(),
          letter.type(),
          letter.key(),
          word(result, done, letter));
      throttle.rest();
    }
    output.rows(rows);
    if (proposed > 0) {
      output.say(
          "%d of %d %s for a second operator. Next: ./commondata hospital list"
              .formatted(proposed, rows.size(), Plural.of(proposed, "waits", "wait")));
    } else {
      output.say("%d of %d %s. Next: ./commondata lag".formatted(changed, rows.size(), done));
    }
    if (changed + proposed == rows.size()) {
      return ExitCode.OK;
    }
    return changed + proposed == 0 ? ExitCode.CHECK_FAILED : ExitCode.PARTIAL;
  }

  private static String word(LetterResult result, String done, DeadLetter letter) {
    if (result == LetterResult.DONE) {
      return done;
    }
    if (result == LetterResult.NOT_OPEN) {
      return letter.state().equals("OPEN") ? "nothing to confirm" : "is " + letter.state();
    }
    if (result == LetterResult.UNSEEN) {
      return "proposal %d is newer than --seen: look at it".formatted(letter.proposal());
    }
    return result.name().replace('_', ' ').toLowerCase(Locale.ROOT);
  }
}

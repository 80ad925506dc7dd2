package musiccorp.cli;

import commondata.job.JobCatalog;
import java.util.Collection;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** A command of the command line: gives access to the common options and to the output. */
public abstract class CliCommand implements Callable<Integer> {

  @Spec
  @SuppressWarnings("NullAway.Init")
  private CommandSpec spec;

  protected CliCommand() {}

  protected final CommandSpec spec() {
    return spec;
  }

  protected final CliOptions options() {
    return ((Main) spec.root().userObject()).options();
  }

  /**
   * The database as it is there, with a word if it must be waited for; see {@link Session#open}.
   */
  protected final Session openSession() {
    return Session.open(options(), output()::say);
  }

  /**
   * The jobs to use.
   *
   * @throws CliException if a folder of them can't be right
   */
  protected final JobCatalog jobs() {
    return Catalogs.of(options());
  }

  /** What {@code --state} says, as the database has it; null: nothing. */
  static @Nullable String known(@Nullable String state, Collection<String> states) {
    String wanted = state == null ? null : state.toUpperCase(Locale.ROOT);
    if (wanted != null && !states.contains(wanted)) {
      throw new CliException(
          ExitCode.USAGE,
          "--state \"%s\" must be one of %s.".formatted(state, String.join(", ", states)));
    }
    return wanted;
  }

  /** The value of an option that says how many. */
  static int positive(String option, int value) {
    if (value < 1) {
      throw new CliException(ExitCode.USAGE, "%s %d must be 1 or more.".formatted(option, value));
    }
    return value;
  }

  protected final Output output() {
    return new Output(spec.commandLine().getOut(), spec.commandLine().getErr(), options());
  }
}

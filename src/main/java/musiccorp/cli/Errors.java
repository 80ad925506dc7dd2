package musiccorp.cli;

import commondata.config.BadProperty;
import commondata.database.Causes;
import commondata.database.Connections;
import commondata.database.MigrationException;
import commondata.home.SetupException;
import commondata.job.DefinitionException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLException;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** Turns what goes wrong into one sentence on stderr and an exit code. */
final class Errors {

  /** SQLSTATE object_not_in_prerequisite_state. */
  private static final String NOT_AS_THINGS_STAND = "55000";

  /** SQLSTATE lock_not_available. */
  private static final String LOCKED = "55P03";

  private Errors() {}

  static int usage(ParameterException e, String[] args) {
    CommandLine line = e.getCommandLine();
    PrintWriter err = line.getErr();
    err.println(sentence(inWords(String.valueOf(e.getMessage()))));
    suggestions(e).forEach(name -> err.println("Did you mean: " + Visible.line(name)));
    err.println("Help: ./%s --help".formatted(line.getCommandSpec().qualifiedName()));
    err.flush();
    return ExitCode.USAGE;
  }

  /** The parser names Java's types. */
  private static String inWords(String message) {
    return message.replaceFirst(" is not an? (?:long|int)$", " is not a whole number");
  }

  private static List<String> suggestions(ParameterException e) {
    if (!(e instanceof UnmatchedArgumentException unmatched)) {
      return List.of();
    }
    String asOption = "--" + unmatched.getUnmatched().get(0);
    return e.getCommandLine().getCommandSpec().findOption(asOption) != null
        ? List.of(asOption)
        : unmatched.getSuggestions().stream().limit(3).toList();
  }

  static int execution(Exception e, CommandLine line, ParseResult parsed) {
    Main main = (Main) line.getCommandSpec().root().userObject();
    PrintWriter err = line.getErr();
    int code = report(e, main.options(), err);
    if (main.options().verbose()) {
      trace(e, err);
    }
    err.flush();
    return code;
  }

  /** Its messages quote what others sent; its own ends of lines and tabs stay. */
  private static void trace(Exception e, PrintWriter err) {
    StringWriter trace = new StringWriter();
    e.printStackTrace(new PrintWriter(trace));
    trace.toString().replace("\t", "    ").lines().map(Visible::line).forEach(err::println);
  }

  private static int report(Exception e, CliOptions options, PrintWriter err) {
    if (e instanceof CliException cli) {
      say(cli.getMessage(), options, err);
      return cli.exitCode();
    }
    Optional<String> wrong = BadProperty.explain(e).or(() -> definition(e)).or(() -> migration(e));
    if (wrong.isPresent()) {
      say(wrong.get(), options, err);
      return ExitCode.USAGE;
    }
    Optional<SetupException> setup =
        e instanceof SetupException s
            ? Optional.of(s)
            : Connections.explain(place(options), null, e);
    if (setup.isPresent()) {
      say(setup.get().getMessage(), options, err);
      return ExitCode.UNAVAILABLE;
    }
    Optional<String> refusal = refusal(e);
    if (refusal.isPresent()) {
      say(refusal.get(), options, err);
      return ExitCode.CHECK_FAILED;
    }
    err.println(
        sentence(
            "Unexpected %s: %s. This is a defect; -v shows where it comes from"
                .formatted(e.getClass().getSimpleName(), oneLine(e))));
    return ExitCode.DEFECT;
  }

  /** Why the server refuses an act as things stand, by the words of the function that does. */
  private static Optional<String> refusal(Throwable e) {
    return Causes.first(e, PSQLException.class)
        .map(PSQLException::getServerErrorMessage)
        .map(
            server ->
                switch (String.valueOf(server.getSQLState())) {
                  case NOT_AS_THINGS_STAND ->
                      "Refused: %s. %s"
                          .formatted(
                              server.getMessage(),
                              Objects.requireNonNullElse(server.getHint(), ""));
                  case LOCKED ->
                      "Refused: what this needs is locked by work under way, which did not end in"
                          + " time. Try again. See ./commondata lag for a transaction left open.";
                  default -> null;
                });
  }

  private static void say(@Nullable String text, CliOptions options, PrintWriter err) {
    err.println(sentence(options.again(String.valueOf(text))));
  }

  /** A node that starts finds out last whether layouts fit their tables. */
  private static Optional<String> definition(Throwable e) {
    return Causes.first(e, DefinitionException.class)
        .map(definition -> String.valueOf(definition.getMessage()).replace("\n", "; "));
  }

  private static Optional<String> migration(Throwable e) {
    return Causes.first(e, MigrationException.class).map(Throwable::getMessage);
  }

  private static String place(CliOptions options) {
    String db = options.db();
    return db == null ? "the embedded server of " + options.home() : db;
  }

  private static String oneLine(Exception e) {
    return String.valueOf(e.getMessage()).lines().findFirst().orElse("").replaceFirst("\\.$", "");
  }

  private static String sentence(@Nullable String text) {
    String line = String.valueOf(text).strip().replaceAll("\\s*\\R\\s*", " ");
    return Visible.line(line.endsWith(".") || line.endsWith("?") ? line : line + ".");
  }
}

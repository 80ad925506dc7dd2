package musiccorp.cli;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.util.List;
import musiccorp.bench.BenchCommand;
import musiccorp.chaos.ChaosCommand;
import musiccorp.demo.DemoCommand;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParseResult;

/** The command line's entry. */
@Command(
    name = "commondata",
    versionProvider = Version.class,
    synopsisSubcommandLabel = "COMMAND",
    description = "Communication through common data: a shared outbox, file drops, polling jobs.",
    footer = {"", "Begin with: ./commondata demo"})
public final class Main {

  /** Every command; a new one is added here and nowhere else. */
  private static final List<Class<?>> COMMANDS =
      List.of(
          AuditCommand.class,
          BackfillCommand.class,
          BenchCommand.class,
          ChaosCommand.class,
          CheckCommand.class,
          DemoCommand.class,
          DoctorCommand.class,
          DropCommand.class,
          EventCommand.class,
          FileCommand.class,
          HospitalCommand.class,
          JobCommand.class,
          LagCommand.class,
          LogCommand.class,
          OrderCommand.class,
          PaymentCommand.class,
          RunCommand.class,
          SecretsCommand.class,
          SqlCommand.class,
          SubscriptionCommand.class,
          TraceCommand.class,
          UpCommand.class,
          WarmUpCommand.class);

  @Mixin private final CliOptions options = new CliOptions();

  // Picocli asks the parser, not the field.
  @SuppressWarnings("UnusedVariable")
  @Option(
      names = {"-V", "--version"},
      versionHelp = true,
      description = "Print the version and exit")
  private boolean version;

  private Main() {}

  public static void main(String[] args) {
    System.exit(
        run(
            new PrintWriter(System.out, true, StandardCharsets.UTF_8),
            new PrintWriter(System.err, true, StandardCharsets.UTF_8),
            args));
  }

  /** Runs one command and returns its exit code. */
  static int run(PrintWriter out, PrintWriter err, String... args) {
    CommandLine line = tree();
    line.setOut(out)
        .setErr(err)
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setExecutionStrategy(Main::execute)
        .setParameterExceptionHandler(Errors::usage)
        .setExecutionExceptionHandler(Errors::execution);
    return line.execute(args);
  }

  /** All commands, below the root. */
  static CommandLine tree() {
    CommandLine line = new CommandLine(new Main());
    COMMANDS.forEach(line::addSubcommand);
    return line.registerConverter(LocalDate.class, new DateConverter());
  }

  private static int execute(ParseResult parsed) {
    Main main = (Main) parsed.commandSpec().userObject();
    if (main.options.verbose()) {
      System.setProperty("commondata.log", "INFO");
    }
    return new CommandLine.RunLast().execute(parsed);
  }

  CliOptions options() {
    return options;
  }
}

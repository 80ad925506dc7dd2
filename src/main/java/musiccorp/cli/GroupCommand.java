package musiccorp.cli;

import picocli.CommandLine.ParameterException;

/** A command that is nothing without one of its subcommands. */
abstract class GroupCommand extends CliCommand {

  @Override
  public final Integer call() {
    throw new ParameterException(
        spec().commandLine(),
        "\"%s\" needs one of: %s"
            .formatted(spec().name(), String.join(", ", spec().subcommands().keySet())));
  }
}

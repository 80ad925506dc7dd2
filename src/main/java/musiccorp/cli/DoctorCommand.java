package musiccorp.cli;

import commondata.home.Home;
import commondata.home.SetupException;
import picocli.CommandLine.Command;

/** Looks whether the machine, the home and the server are as they must be. Changes nothing. */
@Command(
    name = "doctor",
    description = "Checks machine, home, server, migrations, logins; says what to do.")
final class DoctorCommand extends CliCommand {

  @Override
  public Integer call() {
    Diagnosis diagnosis = new Diagnosis(options()::again);
    Home home = options().home();
    new MachineChecks(home).run(diagnosis);
    if (!Session.hasDatabase(options())) {
      diagnosis.skip("server", "no database in this home yet: ./commondata up makes one");
    } else {
      checkServer(diagnosis);
    }
    output().rows(diagnosis.rows());
    return diagnosis.hasFailure() ? ExitCode.CHECK_FAILED : ExitCode.OK;
  }

  private void checkServer(Diagnosis diagnosis) {
    try (Session session = openSession()) {
      new ServerChecks(session).run(diagnosis);
    } catch (SetupException e) {
      diagnosis.fail("server", String.valueOf(e.getMessage()));
    }
  }
}

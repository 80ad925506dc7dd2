package musiccorp.cli;

import commondata.database.GeneratedPasswords;
import commondata.database.Passwords;
import commondata.embedded.EmbeddedPostgres;
import commondata.operate.Operate;
import commondata.schedule.JobClock;
import commondata.subscription.Sequencer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import musiccorp.Service;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Makes a password a login, for a server that does not live in the home. */
@Command(
    name = "secrets",
    description =
        "Makes random passwords for all logins: a file each in DIR, those there are kept.",
    footer = {"", "Then: COMMONDATA_PASSWORDS_DIR=DIR ./commondata up --db jdbc:postgresql://..."})
final class SecretsCommand extends CliCommand {

  /** Of the kit, then of those who own jobs and subscriptions. */
  private static final List<String> LOGINS =
      Stream.of(
              Stream.of(
                  "postgres",
                  EmbeddedPostgres.OWNER,
                  Operate.READER,
                  Operate.OPERATOR,
                  Sequencer.LOGIN,
                  JobClock.LOGIN),
              Arrays.stream(Service.values()).map(Service::login),
              Stream.of("reporting_service"))
          .flatMap(logins -> logins)
          .toList();

  /**
   * The directory keeps others out. A container gets the files alone, under a user of its own, who
   * must be able to read them.
   */
  private static final Set<PosixFilePermission> READABLE =
      PosixFilePermissions.fromString("r--r--r--");

  @Parameters(paramLabel = "DIR", description = "Made when it is missing, for its owner only")
  private Path directory = Path.of("");

  @Override
  public Integer call() throws IOException {
    Passwords passwords = new GeneratedPasswords(directory.toAbsolutePath());
    Rows rows = new Rows("login", "file");
    for (String login : LOGINS) {
      passwords.of(login);
      Files.setPosixFilePermissions(directory.resolve(login), READABLE);
      rows.add(login, directory.resolve(login).toString());
    }
    output().rows(rows);
    return ExitCode.OK;
  }
}

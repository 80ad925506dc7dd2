package musiccorp.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.springframework.jdbc.datasource.DriverManagerDataSource;
import org.springframework.util.FileSystemUtils;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;

/** A home of its own with an embedded server, and the command line on it, in this process. */
final class Installation implements BeforeAllCallback, AfterAllCallback {

  private @Nullable Path home;
  private @Nullable Session session;

  /** What a command did. */
  record Outcome(int exitCode, String out, String err) {

    JsonNode json() {
      return Json.parsed(out);
    }
  }

  @Override
  public void beforeAll(ExtensionContext context) throws IOException {
    home = Files.createTempDirectory(Files.createDirectories(Path.of("target")), "home");
    CliOptions options = new CliOptions();
    new CommandLine(options).parseArgs("--home", home.toString());
    session = Session.prepare(options);
  }

  @Override
  public void afterAll(ExtensionContext context) throws IOException {
    session().close();
    FileSystemUtils.deleteRecursively(home());
  }

  Path home() {
    return Objects.requireNonNull(home);
  }

  Session session() {
    return Objects.requireNonNull(session);
  }

  DataSource owner() {
    return new DriverManagerDataSource(
        session().url(), session().owner(), session().passwords().of(session().owner()));
  }

  Outcome run(String... arguments) {
    List<String> all = new ArrayList<>(List.of("--home", home().toString()));
    all.addAll(List.of(arguments));
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int exitCode = Main.run(new PrintWriter(out), new PrintWriter(err), all.toArray(new String[0]));
    return new Outcome(exitCode, out.toString(), err.toString());
  }
}

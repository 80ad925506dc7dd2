package docs;

import static org.assertj.core.api.Assertions.assertThat;

import docs.voucher.VoucherNode;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import testkit.TestDatabase;

/** The node of docs/how-to/add-a-reader.md as a process, with what the kit's jar sets for it. */
final class ProgramOfYourOwnIT {

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();

  @TempDir private Path directory = Path.of("");

  @Test
  void saysWhyItCannotStart() throws Exception {
    writePasswords();
    Files.createDirectory(directory.resolve("my-services"));
    Path said = directory.resolve("said");
    Process node = start(said);

    assertThat(node.waitFor(1, TimeUnit.MINUTES)).as("it ends").isTrue();
    assertThat(node.exitValue()).isEqualTo(1);
    assertThat(Files.readString(said))
        .contains("APPLICATION FAILED TO START")
        .contains("server.port", "'eighty'");
  }

  private Process start(Path said) throws IOException {
    ProcessBuilder node =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx256m",
            "-Djava.io.tmpdir=" + directory,
            "-cp",
            absoluteClassPath(),
            VoucherNode.class.getName(),
            DATABASE.url());
    node.environment().put("COMMONDATA_PASSWORDS_DIR", directory.toString());
    node.environment().put("SERVER_PORT", "eighty");
    return node.directory(directory.toFile())
        .redirectErrorStream(true)
        .redirectOutput(said.toFile())
        .start();
  }

  private static String absoluteClassPath() {
    return String.join(
        File.pathSeparator,
        List.of(System.getProperty("java.class.path").split(File.pathSeparator)).stream()
            .map(each -> Path.of(each).toAbsolutePath().toString())
            .toList());
  }

  private void writePasswords() throws IOException {
    List<String> logins =
        DATABASE
            .superuser()
            .sql("SELECT r.rolname FROM pg_roles AS r WHERE r.rolcanlogin")
            .query(String.class)
            .list();
    for (String login : logins) {
      Files.writeString(directory.resolve(login), DATABASE.password());
    }
  }
}

package commondata.embedded;

import commondata.database.GeneratedPasswords;
import commondata.home.Home;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.OptionalInt;

/** A process of its own that uses a home's server until its input ends. */
final class ServerUser implements AutoCloseable {

  private final Process process;
  private final BufferedReader output;

  private ServerUser(Process process) {
    this.process = process;
    this.output =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
  }

  /** What that process runs. */
  public static void main(String[] args) throws IOException {
    Home home = new Home(Path.of(args[0]));
    try (EmbeddedPostgres postgres =
        EmbeddedPostgres.open(home, new GeneratedPasswords(home.secrets()), OptionalInt.empty())) {
      System.out.println(postgres.port());
      while (System.in.read() >= 0) {
        // Until the other side closes it.
      }
    }
  }

  static ServerUser start(Home home) throws IOException {
    return new ServerUser(
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                ServerUser.class.getName(),
                home.path().toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start());
  }

  /** Waits until the process has its server. */
  int port() throws IOException {
    String line = output.readLine();
    if (line == null) {
      throw new IOException("the process ended before it said its port");
    }
    return Integer.parseInt(line);
  }

  void kill() {
    process.destroyForcibly().onExit().join();
  }

  @Override
  public void close() throws IOException {
    process.getOutputStream().close();
    process.onExit().join();
  }
}

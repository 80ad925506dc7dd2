package testkit;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.springframework.util.FileSystemUtils;

/** A server from the embedded binaries, without fsync: its data is thrown away with the JVM. */
final class EmbeddedServer implements TestServer {

  private final Path bin;
  private final Path data;
  private final int port;

  EmbeddedServer() {
    try {
      Path target = Path.of("target").toAbsolutePath();
      Files.createDirectories(target);
      bin = unpacked(target.resolve("test-postgres"));
      data = Files.createTempDirectory(target, "test-postgres-data");
      port = freePort();
      run("initdb", "-D", data.toString(), "-U", superuser(), "-A", "trust", "-E", "UTF8", "-N");
      run(
          "pg_ctl",
          "-D",
          data.toString(),
          "-l",
          data.resolve("server.log").toString(),
          "-w",
          "-o",
          "-p " + port + " -h 127.0.0.1 -k '' -F -c max_connections=300 -c full_page_writes=off",
          "start");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static Path unpacked(Path directory) throws IOException {
    if (Files.exists(directory.resolve("bin/postgres"))) {
      return directory.resolve("bin");
    }
    Path unpacking = Files.createTempDirectory(directory.getParent(), "unpacking");
    Path archive = unpacking.resolve("postgres.txz");
    try (InputStream packed =
        Objects.requireNonNull(
            EmbeddedServer.class.getResourceAsStream("/postgres-linux-x86_64.txz"))) {
      Files.copy(packed, archive);
    }
    execute(List.of("tar", "-C", unpacking.toString(), "-xJf", archive.toString()), unpacking);
    Files.delete(archive);
    Files.move(unpacking, directory);
    return directory.resolve("bin");
  }

  private void run(String program, String... arguments) {
    List<String> command = new ArrayList<>();
    if ("root".equals(System.getProperty("user.name"))) {
      command.addAll(List.of("unshare", "-U"));
    }
    command.add(bin.resolve(program).toString());
    command.addAll(Arrays.asList(arguments));
    execute(command, data);
  }

  private static void execute(List<String> command, Path directory) {
    try {
      File output = Files.createTempFile("test-postgres", ".out").toFile();
      Process process =
          new ProcessBuilder(command)
              .directory(directory.toFile())
              .redirectErrorStream(true)
              .redirectOutput(output)
              .start();
      if (!process.waitFor(60, TimeUnit.SECONDS) || process.exitValue() != 0) {
        throw new IllegalStateException(
            String.join(" ", command) + " failed: " + Files.readString(output.toPath()));
      }
      Files.delete(output.toPath());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  @Override
  public String host() {
    return "127.0.0.1";
  }

  @Override
  public int port() {
    return port;
  }

  @Override
  public String superuser() {
    return "postgres";
  }

  @Override
  public String password() {
    return "";
  }

  @Override
  public void close() {
    run("pg_ctl", "-D", data.toString(), "-m", "immediate", "-w", "stop");
    FileSystemUtils.deleteRecursively(data.toFile());
  }
}

package commondata.embedded;

import commondata.home.SetupException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Runs the server's programs. They refuse to run as root, so as root they run in a user namespace
 * of their own, where they are nobody and the files are still theirs; where the system forbids that
 * (some containers), as an ordinary user who is given the files.
 */
final class Commands {

  private static final long LIMIT_SECONDS = 120;
  private static final List<String> ORDINARY_USERS = List.of("postgres", "nobody");

  private final Path binaries;
  private final Path directory;
  private final Path logs;
  private final List<String> prefix;

  /**
   * @param binaries has {@code bin/}
   * @param directory what the programs read and write
   * @param logs where they log
   */
  Commands(Path binaries, Path directory, Path logs) throws IOException, InterruptedException {
    this.binaries = binaries;
    this.directory = directory;
    this.logs = logs;
    this.prefix = "root".equals(System.getProperty("user.name")) ? asNobody() : List.of();
  }

  private List<String> asNobody() throws IOException, InterruptedException {
    if (succeeds(List.of("unshare", "-U", "true"))) {
      return List.of("unshare", "-U");
    }
    for (String user : ORDINARY_USERS) {
      List<String> setpriv =
          List.of("setpriv", "--reuid=" + user, "--regid=nogroup", "--clear-groups");
      if (succeeds(with(setpriv, List.of("true")))) {
        give(directory, user);
        give(logs, user);
        letThrough(directory.getParent());
        if (succeeds(with(setpriv, List.of("test", "-w", directory.toString())))) {
          return setpriv;
        }
      }
    }
    throw new SetupException(
        "PostgreSQL refuses to run as root, and no ordinary user can work in \"%s\". Run this as an ordinary user, choose a --home outside of root's own directory, or use a server of your own with --db."
            .formatted(directory));
  }

  private static void give(Path directory, String user) throws IOException {
    UserPrincipal owner =
        directory.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName(user);
    try (Stream<Path> tree = Files.walk(directory)) {
      for (Path path : tree.filter(p -> !Files.isSymbolicLink(p)).toList()) {
        Files.setOwner(path, owner);
      }
    }
  }

  private static void letThrough(@Nullable Path home) throws IOException {
    if (home != null) {
      Files.setPosixFilePermissions(home, PosixFilePermissions.fromString("rwx--x--x"));
    }
  }

  private static boolean succeeds(List<String> command) throws InterruptedException {
    try {
      return new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start()
              .waitFor()
          == 0;
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * Runs one program to its end and returns what it said.
   *
   * @param output where that goes meanwhile: a file, because a server that is started would keep a
   *     pipe open
   */
  Outcome run(Path output, String program, String... arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(prefix);
    command.add(binaries.resolve("bin").resolve(program).toString());
    command.addAll(List.of(arguments));
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile());
    builder.environment().keySet().removeIf(name -> name.startsWith("PG"));
    builder.environment().put("LC_ALL", "C");
    Process process = builder.start();
    if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new SetupException(
          "PostgreSQL's %s did not end within %d seconds. See \"%s\"."
              .formatted(program, LIMIT_SECONDS, output));
    }
    return new Outcome(process.exitValue(), Files.readString(output).strip());
  }

  private static List<String> with(List<String> prefix, List<String> command) {
    return Stream.concat(prefix.stream(), command.stream()).toList();
  }

  record Outcome(int exitCode, String output) {

    boolean isGood() {
      return exitCode == 0;
    }
  }
}

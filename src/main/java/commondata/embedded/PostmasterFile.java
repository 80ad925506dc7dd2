package commondata.embedded;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;

/**
 * What a server says of itself in {@code postmaster.pid}.
 *
 * @param status {@code starting}, {@code ready}, {@code stopping}, or empty in the first moment
 */
record PostmasterFile(long pid, int port, String status) {

  /** Above every pid that a system gives, so that no process ever has it. */
  private static final String NOBODY = "2147483646";

  private static final int PORT_LINE = 3;
  private static final int STATUS_LINE = 7;

  static Optional<PostmasterFile> read(Path dataDirectory) throws IOException {
    try {
      List<String> lines = Files.readAllLines(file(dataDirectory), StandardCharsets.UTF_8);
      if (lines.size() <= PORT_LINE) {
        return Optional.empty();
      }
      return Optional.of(
          new PostmasterFile(
              Long.parseLong(lines.get(0).strip()),
              Integer.parseInt(lines.get(PORT_LINE).strip()),
              lines.size() > STATUS_LINE ? lines.get(STATUS_LINE).strip() : ""));
    } catch (NoSuchFileException | NumberFormatException e) {
      return Optional.empty();
    }
  }

  /** Whether the process runs; a zombie, which nobody has waited for yet, does not. */
  boolean isAlive() {
    return ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isPresent() && !isZombie(pid);
  }

  private static boolean isZombie(long pid) {
    try {
      String stat =
          Files.readString(Path.of("/proc/" + pid + "/stat"), StandardCharsets.ISO_8859_1);
      return stat.startsWith(" Z", stat.lastIndexOf(')') + 1);
    } catch (IOException e) {
      return false;
    }
  }

  /** Whether the process is a server at all; pids are given anew after a restart of the machine. */
  boolean isPostgres() {
    return ProcessHandle.of(pid)
        .flatMap(process -> process.info().command())
        .map(command -> Path.of(command).endsWith("postgres"))
        .orElse(true);
  }

  /**
   * Lets the next start see that no process holds the directory. The file itself stays: its last
   * lines name the shared memory, by which the server finds out whether sessions of the dead
   * postmaster are still at work. Removing it would take that protection away.
   */
  static void disown(Path dataDirectory) throws IOException {
    Path file = file(dataDirectory);
    List<String> lines = Files.readAllLines(file, StandardCharsets.UTF_8);
    lines.set(0, NOBODY);
    Path edited = file.resolveSibling("postmaster.pid.edited");
    Files.write(edited, lines, StandardCharsets.UTF_8);
    Files.move(edited, file, StandardCopyOption.ATOMIC_MOVE);
  }

  private static Path file(Path dataDirectory) {
    return dataDirectory.resolve("postmaster.pid");
  }
}

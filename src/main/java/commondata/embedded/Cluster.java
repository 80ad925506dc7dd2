package commondata.embedded;

import commondata.home.Home;
import commondata.home.SetupException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/** The data directory: made once, with settings of our own, kept for good. */
final class Cluster {

  static final String SUPERUSER = "postgres";

  private static final long MEGABYTE = 1L << 20;
  private static final long NEEDED_TO_INSTALL = 300 * MEGABYTE;
  private static final long NEEDED_TO_START = 50 * MEGABYTE;

  private static final String SETTINGS =
      """
      # Written once, when the data directory was made; change what you like.
      listen_addresses = '127.0.0.1'
      unix_socket_directories = ''
      max_connections = 200
      password_encryption = 'scram-sha-256'

      # What is committed stays committed, also after a power cut.
      fsync = on
      full_page_writes = on
      synchronous_commit = on

      shared_buffers = 256MB
      work_mem = 16MB
      maintenance_work_mem = 128MB
      max_wal_size = 4GB
      min_wal_size = 256MB
      checkpoint_timeout = 15min
      jit = off

      timezone = 'UTC'
      log_timezone = 'UTC'
      log_line_prefix = '%m [%p] %q%u@%d '
      log_checkpoints = off
      # Without details, which hold values of rows.
      log_error_verbosity = terse
      """;

  private Cluster() {}

  static Path dataDirectory(Home home) {
    return home.postgres().resolve("data");
  }

  static boolean exists(Home home) {
    return Files.isRegularFile(dataDirectory(home).resolve("PG_VERSION"));
  }

  /**
   * @throws SetupException if the disk is so full that the server would stop half way
   */
  static void requireSpace(Home home) {
    long needed = exists(home) ? NEEDED_TO_START : NEEDED_TO_INSTALL;
    long free = home.freeBytes();
    if (free < needed) {
      throw new SetupException(
          "No space for the database in \"%s\": %d MB are free, %d MB are needed. Free some, or choose another --home."
              .formatted(home, free / MEGABYTE, needed / MEGABYTE));
    }
  }

  /**
   * @throws SetupException if another major version of PostgreSQL made the directory
   */
  static void requireVersion(Home home, String major) throws IOException {
    Path data = dataDirectory(home);
    String found = Files.readString(data.resolve("PG_VERSION")).strip();
    if (!found.equals(major)) {
      throw new SetupException(
          "Data directory \"%s\" is of PostgreSQL %s, this program's server is %s. Choose another --home, or move the data over with pg_dump of version %s."
              .formatted(data, found, major, found));
    }
  }

  /** Makes the directory beside its place and moves it there when it is whole. */
  static void make(Home home, Commands commands, String password)
      throws IOException, InterruptedException {
    Path part = home.postgres().resolve("data.part");
    Path passwordFile = home.postgres().resolve("superuser.part");
    Binaries.deleteTree(part);
    try {
      Files.writeString(passwordFile, password, StandardOpenOption.CREATE);
      Commands.Outcome made = initdb(home, commands, part, passwordFile);
      if (!made.isGood()) {
        throw failure(home, made.output());
      }
      Files.writeString(part.resolve("postgresql.conf"), SETTINGS);
      Files.move(part, dataDirectory(home), StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(passwordFile);
    }
  }

  private static Commands.Outcome initdb(Home home, Commands commands, Path part, Path passwordFile)
      throws IOException, InterruptedException {
    return commands.run(
        home.logs().resolve("initdb.log"),
        "initdb",
        "--pgdata=" + part,
        "--username=" + SUPERUSER,
        "--pwfile=" + passwordFile,
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        "--locale=C",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8");
  }

  private static SetupException failure(Home home, String said) {
    if (said.contains("No space left on device")) {
      return new SetupException(
          "No space left for the database in \"%s\". Free some, or choose another --home."
              .formatted(home));
    }
    return new SetupException(
        "The database directory can't be made in \"%s\": %s"
            .formatted(home.postgres(), said.replace('\n', ' ')));
  }
}

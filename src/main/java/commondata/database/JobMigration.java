package commondata.database;

import commondata.home.SetupException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The migrations that a job brings along: {@code migration/V1__*.sql} and so on in its folder. Each
 * job has a history of its own, so its versions begin at 1, whatever other jobs have and whatever a
 * later release brings.
 *
 * @param job the folder's name
 * @param directory where its migrations lie
 */
record JobMigration(String job, Path directory) {

  private static final String DIRECTORY = "migration";

  /** The history's index must have a name, too, of at most 63 characters. */
  private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9-]{0,41}");

  /** Those of the jobs in a directory, by name. */
  static List<JobMigration> all(Path jobs) {
    try (Stream<Path> folders = Files.list(jobs)) {
      return folders
          .map(folder -> folder.resolve(DIRECTORY))
          .filter(Files::isDirectory)
          .sorted()
          .map(JobMigration::of)
          .toList();
    } catch (IOException e) {
      throw new SetupException("Jobs directory \"%s\" can't be read: %s".formatted(jobs, e), e);
    }
  }

  private static JobMigration of(Path directory) {
    Path folder = directory.getParent();
    String job = folder == null ? "" : String.valueOf(folder.getFileName());
    if (!NAME.matcher(job).matches()) {
      throw new MigrationException(
          "\"%s\" can't be migrated: a job's folder with migrations is named by up to 42 small letters, digits and hyphens, as in \"supplier-prices\"."
              .formatted(directory));
    }
    return new JobMigration(job, directory);
  }

  /** The table that says which of them have run. */
  String history() {
    return "flyway_history_" + job.replace('-', '_');
  }

  String location() {
    return "filesystem:" + directory;
  }
}

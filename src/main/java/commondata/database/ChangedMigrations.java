package commondata.database;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.CoreErrorCode;
import org.flywaydb.core.api.MigrationInfo;
import org.flywaydb.core.api.MigrationState;
import org.flywaydb.core.api.MigrationVersion;
import org.jspecify.annotations.Nullable;

/**
 * Says what in a job's folder is not as it was when it ran: Flyway's words are of its own tools.
 */
final class ChangedMigrations {

  private final JobMigration job;
  private final MigrationInfo[] all;
  private final Set<String> renamed;

  ChangedMigrations(JobMigration job, Flyway flyway) {
    this.job = job;
    this.all = flyway.info().all();
    this.renamed =
        flyway.validateWithResult().invalidMigrations.stream()
            .filter(each -> each.errorDetails.errorCode == CoreErrorCode.DESCRIPTION_MISMATCH)
            .map(each -> each.version)
            .collect(Collectors.toSet());
  }

  /** A sentence for each file, without its end; empty if all is as it was. */
  Optional<String> inWords() {
    String sentences =
        Arrays.stream(all)
            .map(this::whyNot)
            .filter(Objects::nonNull)
            .collect(Collectors.joining(". "));
    return sentences.isEmpty() ? Optional.empty() : Optional.of(sentences);
  }

  private @Nullable String whyNot(MigrationInfo one) {
    if (!one.isVersioned() || one.getState() == MigrationState.BASELINE) {
      return null;
    }
    Path file = job.directory().resolve(one.getScript());
    if (one.getState() == MigrationState.MISSING_SUCCESS) {
      return "\"%s\" has run and is gone: put it back".formatted(file);
    }
    if (one.getState() == MigrationState.IGNORED) {
      return "\"%s\" has not run, and files of higher numbers have: call it V%s__<what>.sql"
          .formatted(file, next());
    }
    if (one.isApplied() && !one.isChecksumMatching()) {
      String changed =
          "\"%s\" has run and was changed since: put it back as it was, and what is new into V%s__<what>.sql";
      return changed.formatted(file, next());
    }
    return renamed.contains(String.valueOf(one.getVersion()))
        ? "\"%s\" has run and has another name now: give it this one back".formatted(file)
        : null;
  }

  private String next() {
    long last =
        Arrays.stream(all)
            .map(MigrationInfo::getVersion)
            .filter(Objects::nonNull)
            .map(MigrationVersion::getMajor)
            .mapToLong(Number::longValue)
            .max()
            .orElse(0);
    return Long.toString(last + 1);
  }
}

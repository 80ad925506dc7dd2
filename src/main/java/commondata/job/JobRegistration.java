package commondata.job;

import commondata.database.Login;
import java.util.Optional;

/** Whether the database knows a job, and lets its owner run it. */
final class JobRegistration {

  private static final String OWNER =
      """
      SELECT j.owner
      FROM commondata.job AS j
      WHERE j.name = :job
      """;

  private JobRegistration() {}

  /** What is wrong with it, and what to do; empty if nothing is. */
  static Optional<String> whyNot(JobDefinition job, Login login) {
    String owner =
        login.jdbc().sql(OWNER).param("job", job.name()).query(String.class).optional().orElse("");
    if (owner.equals(job.owner())) {
      return Optional.empty();
    }
    if (owner.isEmpty()) {
      return Optional.of(
          "job \"%1$s\" is not registered: a migration of its folder must say SELECT commondata.register_job('%1$s', '%2$s')"
              .formatted(job.name(), job.owner()));
    }
    return Optional.of(
        "job \"%1$s\" has the owner \"%2$s\", but is registered for \"%3$s\": correct job.yaml, or let a migration of its folder say UPDATE commondata.job SET owner = '%2$s' WHERE name = '%1$s'"
            .formatted(job.name(), job.owner(), owner));
  }
}

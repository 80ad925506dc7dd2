package commondata.job;

import commondata.database.Login;
import java.util.List;

/**
 * Whether a job publishes what its job.yaml says. Asked once a transaction, before its commit: what
 * a trigger or a function has published in it counts, too. A login sees all that it has published.
 */
public final class DeclaredEvents {

  /**
   * Read by the primary key, which begins with tx: no event of another transaction is looked at. A
   * transaction that has written nothing is given no number for it.
   */
  private static final String UNDECLARED =
      """
      SELECT o.type
      FROM commondata.outbox AS o
      WHERE o.tx = pg_current_xact_id_if_assigned()
        AND o.type <> ALL (CAST(:declared AS text[]))
      LIMIT 1
      """;

  private DeclaredEvents() {}

  /**
   * Asks it of the open transaction.
   *
   * @throws IllegalStateException if the transaction has published an event of a type that the job
   *     does not declare
   */
  public static void require(JobDefinition job, Login login) {
    List<String> declared = job.publishes();
    if (declared == null) {
      return;
    }
    login
        .jdbc()
        .sql(UNDECLARED)
        .param("declared", declared.toArray(String[]::new))
        .query(String.class)
        .optional()
        .ifPresent(
            type -> {
              throw new IllegalStateException(
                  "%s: key \"publishes\" does not name \"%s\", which the job has published: nothing of this is kept; add the type there, or do not publish it"
                      .formatted(job.folder().locationOf(JobYaml.FILE), type));
            });
  }
}

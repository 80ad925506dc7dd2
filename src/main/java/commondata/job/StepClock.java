package commondata.job;

import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.springframework.jdbc.core.JdbcTemplate;

/**
 * Keeps the statements of one transaction within the job's timeout: those of all steps together,
 * or, for a feed, whose runs are as long as its files are large, each of them.
 */
public final class StepClock {

  private static final String LIMIT = "SELECT set_config('statement_timeout', ?, true)";

  private static final String LIFT = "SET LOCAL statement_timeout TO DEFAULT";

  private final JdbcTemplate jdbc;
  private final JobDefinition job;
  private final long deadline;

  public StepClock(JdbcTemplate jdbc, JobDefinition job) {
    this.jdbc = jdbc;
    this.job = job;
    this.deadline = System.nanoTime() + job.timeout().toNanos();
  }

  /**
   * Lets the next statement, or the next rows of a query, take at most what is left; the server
   * cancels one that takes longer.
   *
   * @throws IllegalStateException if nothing is left
   */
  public void limitNext() {
    long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
    if (left <= 0) {
      throw new IllegalStateException(
          "job \"%s\" took too long; %s".formatted(job.name(), inWords(job.timeout())));
    }
    jdbc.queryForObject(LIMIT, String.class, Long.toString(left));
  }

  /** The key to change, with its value as it may be written there. */
  static String inWords(Duration timeout) {
    return "timeout in job.yaml is %s: raise it if this may take longer"
        .formatted(timeout.toString().substring("PT".length()).toLowerCase(Locale.ROOT));
  }

  /** Lets each statement of the open transaction from now on take as long as the job may. */
  public static void limitEach(JdbcTemplate jdbc, JobDefinition job) {
    jdbc.queryForObject(LIMIT, String.class, Long.toString(job.timeout().toMillis()));
  }

  /** Lets what follows in the open transaction take as long as it takes. */
  public static void lift(JdbcTemplate jdbc) {
    jdbc.execute(LIFT);
  }
}

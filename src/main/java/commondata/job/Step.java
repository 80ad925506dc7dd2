package commondata.job;

import java.time.Duration;
import java.time.Period;
import org.jspecify.annotations.Nullable;

/** One step of a job; each names a file in the job's folder. */
public sealed interface Step {

  /** SQL that writes rejects of records that lie in staging; before any other step. */
  record Check(SqlScript script) implements Step {}

  /** SQL that does the work. */
  record Sql(SqlScript script) implements Step {}

  /**
   * SQL that publishes the events of lines {@code :line_from} up to, but without, {@code :line_to}
   * of a file that is loaded: after every other step, in the load's commit or in commits of its
   * own.
   */
  record Events(SqlScript script) implements Step {}

  /**
   * A file that goes out.
   *
   * @param query SQL that gives its rows
   * @param layout file that says what a record looks like
   * @param feed name of the drop directory
   * @param name name of the file; {@code {business_date}} and {@code {run_id}} are filled in
   * @param acknowledgedWithin how soon the other side must say that it has taken it; null: it need
   *     not
   * @param keep how long it is kept when it has; null: for ever
   */
  record Export(
      SqlScript query,
      String layout,
      String feed,
      String name,
      @Nullable Duration acknowledgedWithin,
      @Nullable Period keep)
      implements Step {

    /** Behind the name of a file: what the other side lays beside it when it has taken it. */
    public static final String ACKNOWLEDGEMENT = ".ack";
  }
}

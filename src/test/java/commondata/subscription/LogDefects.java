package commondata.subscription;

import java.util.List;
import java.util.regex.Matcher;
import org.springframework.jdbc.core.JdbcTemplate;

/** Ways to break the log's functions in a test's own database. */
final class LogDefects {

  private LogDefects() {}

  /** Writes a function of the kit anew; false if it has nothing like that. */
  static boolean rewrite(JdbcTemplate jdbc, String function, String regex, String instead) {
    List<String> definitions =
        jdbc.queryForList(
            """
            SELECT pg_get_functiondef(p.oid)
            FROM pg_proc AS p
            WHERE p.pronamespace = CAST('commondata' AS regnamespace)
              AND p.proname = ?
            """,
            String.class,
            function);
    boolean changed = false;
    for (String before : definitions) {
      String after = before.replaceAll(regex, Matcher.quoteReplacement(instead));
      jdbc.execute(after);
      changed |= !after.equals(before);
    }
    return changed;
  }

  /** Failures of parked keys are counted by each session for itself. */
  static void rememberAttemptsInSessions(JdbcTemplate jdbc) {
    jdbc.execute(
        """
        CREATE FUNCTION spec.remember() RETURNS trigger
        LANGUAGE plpgsql
        AS $$
        DECLARE
            remembered integer := coalesce(
                nullif(current_setting('spec.attempts', true), ''), '0');
        BEGIN
            IF NEW.attempts > OLD.attempts THEN
                PERFORM set_config('spec.attempts', (remembered + 1)::text, false);
                NEW.attempts := remembered + 1;
            END IF;
            RETURN NEW;
        END
        $$
        """);
    jdbc.execute(
        """
        CREATE TRIGGER remember BEFORE UPDATE ON commondata.parked_key
        FOR EACH ROW EXECUTE FUNCTION spec.remember()
        """);
  }
}

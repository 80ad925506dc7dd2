package testkit;

import java.util.List;
import org.springframework.jdbc.core.simple.JdbcClient;

/** Lets a test's own database number its rounds in slices, which are long in a real one. */
public final class SliceLength {

  private SliceLength() {}

  /** Rounds of more than so many events are cut where they can be. */
  public static void set(TestDatabase database, int events) {
    set(database.superuser(), events);
  }

  /** The same, for a database that a program has made. */
  public static void set(JdbcClient owner, int events) {
    owner
        .sql(
            """
            CREATE OR REPLACE FUNCTION commondata.slice_length() RETURNS bigint
            LANGUAGE sql IMMUTABLE PARALLEL SAFE
            RETURN %d
            """
                .formatted(events))
        .update();
  }

  /** From now on {@link #slices} counts. */
  public static void watch(TestDatabase database) {
    for (String sql :
        List.of(
            "CREATE SCHEMA watched",
            "CREATE TABLE watched.slice (snapshot pg_snapshot NOT NULL)",
            """
            CREATE FUNCTION watched.note() RETURNS trigger
            LANGUAGE plpgsql SECURITY DEFINER
            AS $$
            BEGIN
                INSERT INTO watched.slice (snapshot)
                VALUES (NEW.snapshot);
                RETURN NULL;
            END
            $$
            """,
            """
            CREATE TRIGGER note AFTER UPDATE ON commondata.sequencer
            FOR EACH ROW WHEN (NEW.goal IS NOT NULL)
            EXECUTE FUNCTION watched.note()
            """)) {
      database.superuser().sql(sql).update();
    }
  }

  /** How many slices were numbered that were not the last of their round. */
  public static long slices(TestDatabase database) {
    return database
        .superuser()
        .sql("SELECT count(*) FROM watched.slice")
        .query(Long.class)
        .single();
  }
}

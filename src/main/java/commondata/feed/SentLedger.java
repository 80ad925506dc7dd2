package commondata.feed;

import commondata.database.Login;
import java.sql.Types;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The rows of files that go out, written under the login of the job that sends them. */
final class SentLedger {

  /** A file that goes out. */
  record Sent(
      String name, Digests.Content content, long run, LocalDate businessDate, long records) {}

  private static final String SEND =
      """
      SELECT commondata.send_file(
          :feed,
          :name,
          :sha256,
          :size_bytes,
          :run,
          :business_date,
          :record_count,
          CAST(:control AS jsonb),
          CAST(:acknowledged_within AS interval)
      )
      """;

  private static final String IS_SENT =
      """
      SELECT count(*)
      FROM commondata.file AS f
      WHERE f.feed = :feed
        AND f.name = :name
        AND f.direction = 'OUT'
      """;

  private static final String ACKNOWLEDGE =
      """
      SELECT a.name
      FROM commondata.acknowledge_files(:feed, :names) AS a (name)
      """;

  private static final String REMOVE =
      """
      SELECT r.name
      FROM commondata.remove_sent_files(:feed, :names, :before) AS r (name)
      """;

  private final Login login;
  private final String feed;

  SentLedger(Login login, String feed) {
    this.login = login;
    this.feed = feed;
  }

  /**
   * Writes the row of a file, in the open transaction.
   *
   * @param acknowledgedWithin how soon it must be acknowledged; null: it need not
   */
  void send(Sent file, @Nullable Duration acknowledgedWithin) {
    login
        .jdbc()
        .sql(SEND)
        .param("feed", feed)
        .param("name", file.name())
        .param("sha256", file.content().sha256())
        .param("size_bytes", file.content().size())
        .param("run", file.run())
        .param("business_date", file.businessDate())
        .param("record_count", file.records())
        .param("control", "{}")
        .param(
            "acknowledged_within",
            acknowledgedWithin == null ? null : acknowledgedWithin.toString(),
            Types.VARCHAR)
        .query(Long.class)
        .single();
  }

  /** Whether a file of that name was sent. */
  boolean isSent(String name) {
    return login
            .jdbc()
            .sql(IS_SENT)
            .param("feed", feed)
            .param("name", name)
            .query(Long.class)
            .single()
        > 0;
  }

  /** Notes that files were taken, in one commit; returns those that were sent, now or before. */
  Set<String> acknowledge(Collection<String> names) {
    return new HashSet<>(
        login
            .jdbc()
            .sql(ACKNOWLEDGE)
            .param("feed", feed)
            .param("names", names.toArray(String[]::new))
            .query(String.class)
            .list());
  }

  /** Notes that files are removed; returns those that were acknowledged before that time. */
  Set<String> remove(Collection<String> names, Instant before) {
    return new HashSet<>(
        login
            .jdbc()
            .sql(REMOVE)
            .param("feed", feed)
            .param("names", names.toArray(String[]::new))
            .param("before", before.atOffset(ZoneOffset.UTC))
            .query(String.class)
            .list());
  }
}

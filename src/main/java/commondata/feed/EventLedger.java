package commondata.feed;

import commondata.database.Login;
import java.time.LocalDate;
import java.util.Optional;
import java.util.OptionalLong;

/** The rows of {@code commondata.file_events}, written under the feed's own login. */
final class EventLedger {

  /**
   * Lines of a file whose events are to be published.
   *
   * @param run run that loaded the file
   */
  record Lines(long next, long end, long run, LocalDate businessDate) {}

  private static final String OWE =
      """
      SELECT CAST(commondata.owe_events(:file, :end_line) AS text)
      """;

  private static final String OWED =
      """
      SELECT e.file
      FROM commondata.file_events AS e
      JOIN commondata.file AS f ON f.id = e.file
      WHERE e.published_at IS NULL
        AND f.feed = :feed
      ORDER BY e.file
      LIMIT 1
      """;

  private static final String TAKE =
      """
      SELECT
          t.next_line,
          t.end_line,
          t.run,
          t.business_date
      FROM commondata.take_events(:file) AS t
      """;

  private static final String FINISH =
      """
      SELECT CAST(commondata.finish_events(:file, :line_to, :events) AS text)
      """;

  private static final String FAIL =
      """
      SELECT CAST(commondata.fail_events(:file, :failure) AS text)
      """;

  private final Login login;
  private final String feed;

  EventLedger(Login login, String feed) {
    this.login = login;
    this.feed = feed;
  }

  /** Says that events of a file are owed, in the transaction that loads it. */
  void owe(long file, long endLine) {
    login.jdbc().sql(OWE).param("file", file).param("end_line", endLine).query().listOfRows();
  }

  /** The oldest file of the feed that owes events. */
  OptionalLong owed() {
    return login.jdbc().sql(OWED).param("feed", feed).query(Long.class).list().stream()
        .mapToLong(Long::longValue)
        .findFirst();
  }

  /**
   * Lines to publish next, locked until the transaction ends; empty if there are none to be had.
   */
  Optional<Lines> take(long file) {
    return login
        .jdbc()
        .sql(TAKE)
        .param("file", file)
        .query(
            (row, n) ->
                new Lines(
                    row.getLong("next_line"),
                    row.getLong("end_line"),
                    row.getLong("run"),
                    row.getObject("business_date", LocalDate.class)))
        .optional();
  }

  /** Says up to which line events are published, in the transaction that does. */
  void finish(long file, long lineTo, long events) {
    login
        .jdbc()
        .sql(FINISH)
        .param("file", file)
        .param("line_to", lineTo)
        .param("events", events)
        .query()
        .listOfRows();
  }

  /** Notes why the next lines could not be published. */
  void fail(long file, String failure) {
    login.jdbc().sql(FAIL).param("file", file).param("failure", failure).query().listOfRows();
  }
}

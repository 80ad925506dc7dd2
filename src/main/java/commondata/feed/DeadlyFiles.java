package commondata.feed;

import commondata.database.Login;

/**
 * Files that nodes have died of. A run that was begun with a file and is ABANDONED has ended with
 * its node: out of memory, killed, or cut off. One or two may be chance; after the third such run
 * the file rests for ten seconds, and then twice as long each time, up to ten minutes: the files
 * behind it are loaded meanwhile.
 */
final class DeadlyFiles {

  private static final String RESTS =
      """
      SELECT
          count(*) >= 3
          AND max(r.finished_at) + make_interval(secs => least(10 * 2 ^ (count(*) - 3), 600))
              > clock_timestamp()
      FROM commondata.run AS r
      WHERE r.job = :feed
        AND r.state = 'ABANDONED'
        AND r.params ->> 'file' = :file
      """;

  private final Login login;
  private final String feed;

  DeadlyFiles(Login login, String feed) {
    this.login = login;
    this.feed = feed;
  }

  /** Whether a file is not to be loaded for now. */
  boolean rests(long file) {
    return Boolean.TRUE.equals(
        login
            .jdbc()
            .sql(RESTS)
            .param("feed", feed)
            .param("file", Long.toString(file))
            .query(Boolean.class)
            .single());
  }
}
